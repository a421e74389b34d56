// Package work says what work the comparison compares, for all programs that do it: the arguments that name a job, the
// numbers that it starts from, and the conversation in which it is timed. It imports nothing but the standard library.
// peers/python/work.py and peers/c/step.c say the same in their languages.
package work

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

const (
	// Batches is how many mini-batches the steps go round.
	Batches = 8
	// Rate is the learning rate of affine layers, convRate that of nets with names.
	Rate     = 0.1
	convRate = 0.001
	// GateSteps is after how many steps from the same start the losses of all programs must agree.
	GateSteps = 10
	// scale gives the weights W = (2u − 1)·scale a standard deviation of 0.01, the book's.
	scale = 0.017320508075688773
)

// Spec is a job as the arguments of a peer name it.
type Spec struct {
	Name    string // of a net with convolutions; empty for one of affine layers
	Forward bool   // a unit of work is a forward pass alone, up to the scores
	Widths  []int  // of the layers, the input's first; of a named net, of input and output
	Batch   int    // samples a step
	DType   string // float32 or float64
	Pixels  string // Digits or Dense
	Threads int    // that the program may use
}

// What the pixels of a batch are like.
const (
	Digits = "digits" // four fifths are zero, as in MNIST
	Dense  = "dense"  // none is
)

// forward ends the name of a net of which only the forward pass is timed.
const forward = "-forward"

// Args are the arguments that name the job: NET BATCH DTYPE PIXELS THREADS, such as 784-50-10 100 float32 digits 1.
func (s Spec) Args() []string {
	return []string{s.Net(), strconv.Itoa(s.Batch), s.DType, s.Pixels, strconv.Itoa(s.Threads)}
}

// Net is the net's name, such as 784-50-10, convnet, or convnet-forward.
func (s Spec) Net() string {
	if s.Name != "" && s.Forward {
		return s.Name + forward
	}
	if s.Name != "" {
		return s.Name
	}
	var parts []string
	for _, w := range s.Widths {
		parts = append(parts, strconv.Itoa(w))
	}
	return strings.Join(parts, "-")
}

// Parse reads Args.
func Parse(args []string) (Spec, error) {
	var s Spec
	if len(args) != 5 {
		return s, fmt.Errorf("%d arguments: want NET BATCH DTYPE PIXELS THREADS, such as 784-50-10 100 float32 digits 1", len(args))
	}
	if err := s.parseNet(args[0]); err != nil {
		return s, err
	}
	var errs [2]error
	s.Batch, errs[0] = strconv.Atoi(args[1])
	s.Threads, errs[1] = strconv.Atoi(args[4])
	s.DType, s.Pixels = args[2], args[3]
	switch {
	case len(s.Widths) < 2:
		return s, fmt.Errorf("net %q: want two widths at least", args[0])
	case errs[0] != nil || s.Batch < 1:
		return s, fmt.Errorf("batch %q: want a whole number from 1", args[1])
	case s.DType != "float32" && s.DType != "float64":
		return s, fmt.Errorf("dtype %q: choose float32 or float64", s.DType)
	case s.Pixels != Digits && s.Pixels != Dense:
		return s, fmt.Errorf("pixels %q: choose %s or %s", s.Pixels, Digits, Dense)
	case errs[1] != nil || s.Threads < 1:
		return s, fmt.Errorf("threads %q: want a whole number from 1", args[4])
	}
	return s, nil
}

func (s *Spec) parseNet(net string) error {
	if name, alone := strings.CutSuffix(net, forward); named[name] != nil {
		s.Name, s.Forward, s.Widths = name, alone, []int{784, 10}
		return nil
	}
	for _, w := range strings.Split(net, "-") {
		n, err := strconv.Atoi(w)
		if err != nil || n < 1 {
			return fmt.Errorf("net %q: want widths such as 784-50-10, or one of %s", net, strings.Join(slices.Sorted(maps.Keys(named)), ", "))
		}
		s.Widths = append(s.Widths, n)
	}
	return nil
}

// Sequence is splitmix64 (Steele, Lea and Flood, 2014).
type Sequence uint64

// Start is where every program's sequence starts.
const Start Sequence = 42

// Next is the next number in [0, 1).
func (s *Sequence) Next() float64 {
	*s += 0x9E3779B97F4A7C15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return float64((z^z>>31)>>11) * 0x1p-53
}

// Weights are a matrix of n initial weights.
func (s *Sequence) Weights(n int) []float64 { return s.uniform(n, scale) }

// HeWeights are n initial weights of a net with relu, of which each unit sums up so many inputs: He's, but uniform.
func (s *Sequence) HeWeights(n, inputs int) []float64 {
	return s.uniform(n, math.Sqrt(6/float64(inputs)))
}

// uniform are numbers in [-most, most).
func (s *Sequence) uniform(n int, most float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = (2*s.Next() - 1) * most
	}
	return out
}

// Draw is the next mini-batch: pixels (batch, Widths[0]) and one-hot targets (batch, the last width).
func (s *Sequence) Draw(job Spec) (x, t []float64) {
	in, classes := job.Widths[0], job.Widths[len(job.Widths)-1]
	x, t = make([]float64, job.Batch*in), make([]float64, job.Batch*classes)
	for i := range x {
		switch u := s.Next(); {
		case job.Pixels == Dense:
			x[i] = u
		case u < 0.2:
			x[i] = 5 * u
		}
	}
	for i := range job.Batch {
		t[i*classes+int(s.Next()*float64(classes))] = 1
	}
	return x, t
}
