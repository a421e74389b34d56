package data

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
)

// Sampling is how the samples of batches are drawn.
type Sampling int

const (
	WithReplacement Sampling = iota // any sample at any time, as the book's np.random.choice draws
	Epochs                          // shuffled, without replacement: all samples once, then all once again in another order
)

// A Sampler draws the numbers of the samples of a batch.
//
// With replacement the sequence is that of math/rand/v2: rand.New(rand.NewPCG(seed, 0)).IntN(n), one call an index, as the book's
// np.random.choice(train_size, batch_size) does. In epochs it is one shuffle of 0 to n-1 (Fisher and Yates) behind the other, with the same
// generator; a batch may begin in one and end in the next. It depends on nothing else, so a seed gives the same batches on every machine
// and engine.
type Sampler struct {
	source *rand.PCG
	rand   *rand.Rand
	n      int
	order  []int32  // of an epoch; nil with replacement
	at     int      // the next of order
	before rand.PCG // the generator as it was before this order
}

// mostShuffled is how many samples an epoch may have.
const mostShuffled = math.MaxInt32

var errNoSampler = errors.New("no sampler: make one with NewSampler")

// NewSampler returns a sampler of 0 to n-1 with replacement.
func NewSampler(n int, seed uint64) *Sampler { return NewSamplerOf(WithReplacement, n, seed) }

// NewSamplerOf returns a sampler of 0 to n-1. In epochs it has 4 bytes of memory for each of them.
func NewSamplerOf(s Sampling, n int, seed uint64) *Sampler {
	source := rand.NewPCG(seed, 0)
	drawn := &Sampler{source: source, rand: rand.New(source), n: n}
	if s == Epochs {
		drawn.order, drawn.at, drawn.before = make([]int32, min(max(n, 0), mostShuffled)), n, *source
	}
	return drawn
}

// Draw fills idx. It allocates nothing. Without samples to draw from it is an error.
func (s *Sampler) Draw(idx []int) error {
	if s == nil {
		return errNoSampler
	}
	if s.n < 1 {
		return fmt.Errorf("a sampler of %d samples has none to draw: it needs at least one", s.n)
	}
	if s.order != nil && s.n > mostShuffled {
		return fmt.Errorf("epochs of %d samples: at most %d: draw them with replacement", s.n, mostShuffled)
	}
	for i := range idx {
		if s.order == nil {
			idx[i] = s.rand.IntN(s.n)
			continue
		}
		if s.at == s.n {
			s.reorder()
		}
		idx[i] = int(s.order[s.at])
		s.at++
	}
	return nil
}

// reorder begins an epoch.
func (s *Sampler) reorder() {
	s.before, s.at = *s.source, 0
	for i := range s.order {
		s.order[i] = int32(i)
	}
	s.rand.Shuffle(s.n, func(i, j int) { s.order[i], s.order[j] = s.order[j], s.order[i] })
}

// State returns where in its sequence the sampler is, as text for a checkpoint: the generator as hexadecimal digits; in epochs, as it was
// before the epoch, a slash, and how many of the epoch have been drawn.
func (s *Sampler) State() string {
	if s.order == nil {
		return stateOf(s.source)
	}
	if s.at == s.n && s.before == *s.source { // nothing has been drawn yet
		return stateOf(s.source) + "/0"
	}
	return stateOf(&s.before) + "/" + strconv.Itoa(s.at)
}

func stateOf(source *rand.PCG) string {
	state, _ := source.MarshalBinary() // PCG never fails
	return hex.EncodeToString(state)
}

// Resume goes to a place that State returned, of a sampler of the same kind and size with any seed.
func (s *Sampler) Resume(state string) error {
	if s == nil || s.source == nil {
		return errNoSampler
	}
	digits, drawn, epochs := strings.Cut(state, "/")
	b, err := hex.DecodeString(digits)
	at := 0
	if err == nil && epochs {
		at, err = strconv.Atoi(drawn)
	}
	if err == nil && (epochs != (s.order != nil) || at < 0 || at > s.n) {
		err = errors.New("it is that of another kind of sampler, or of another number of samples")
	}
	if err == nil {
		err = s.source.UnmarshalBinary(b)
	}
	if err != nil {
		return fmt.Errorf("sampler state %q: %v; take the text that State returned", state, err)
	}
	if epochs {
		s.reorder()
		s.at = at
	}
	return nil
}
