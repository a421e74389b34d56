package data

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
)

// A Sampler draws the numbers of the images of a batch, with replacement, as the book's
// np.random.choice(train_size, batch_size) does.
//
// The sequence is that of math/rand/v2: rand.New(rand.NewPCG(seed, 0)).IntN(n), one call an index. It depends on
// nothing else, so a seed gives the same batches on every machine and engine.
type Sampler struct {
	source *rand.PCG
	rand   *rand.Rand
	n      int
}

var errNoSampler = errors.New("no sampler: make one with NewSampler")

// NewSampler returns a sampler of 0 to n-1.
func NewSampler(n int, seed uint64) *Sampler {
	source := rand.NewPCG(seed, 0)
	return &Sampler{source, rand.New(source), n}
}

// Draw fills idx. It allocates nothing. Without images to draw from it is an error.
func (s *Sampler) Draw(idx []int) error {
	if s == nil {
		return errNoSampler
	}
	if s.n < 1 {
		return fmt.Errorf("a sampler of %d images has none to draw: it needs at least one", s.n)
	}
	for i := range idx {
		idx[i] = s.rand.IntN(s.n)
	}
	return nil
}

// State returns where in its sequence the sampler is, as hexadecimal text for a checkpoint.
func (s *Sampler) State() string {
	state, _ := s.source.MarshalBinary() // PCG never fails
	return hex.EncodeToString(state)
}

// Resume goes to a place that State returned, of a sampler with any seed.
func (s *Sampler) Resume(state string) error {
	if s == nil || s.source == nil {
		return errNoSampler
	}
	b, err := hex.DecodeString(state)
	if err == nil {
		err = s.source.UnmarshalBinary(b)
	}
	if err != nil {
		return fmt.Errorf("sampler state %q: %v; take the text that State returned", state, err)
	}
	return nil
}
