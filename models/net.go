// Package models builds networks as Gorgonia expression graphs: those of "Deep Learning from Scratch" (SimpleNet, TwoLayerNet,
// SimpleConvNet, DeepConvNet), any list of layers (Sequential), and whatever graph a user writes as a Net. The file of a model (Save)
// is all that Load needs to make it again.
package models

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"gorgonia.org/gorgonia"
)

// Net is a network as functions that build graph nodes. x is (batch, In), t is (batch, Out); params come in the order
// of Params.
type Net struct {
	Name    string
	In, Out int
	// Shape is that of a sample, of In elements, such as (channels, height, width); nil is (In).
	Shape  []int
	Params []Param
	// Scores builds the last layer's sums, (batch, Out), from the input. It, Output, Loss and Penalty are called by one goroutine at a time, of
	// all models, and build nodes only: they must not call what compiles or runs a model.
	Scores func(x *gorgonia.Node, params gorgonia.Nodes) (*gorgonia.Node, error)
	// Output turns scores into predictions, (batch, Out); nil leaves them as they are.
	Output func(scores *gorgonia.Node) (*gorgonia.Node, error)
	// Loss builds the scalar to minimise.
	Loss func(scores, t *gorgonia.Node) (*gorgonia.Node, error)
	// Penalty builds a scalar of the parameters that is added to the loss, such as weight decay; nil is none.
	Penalty func(params gorgonia.Nodes) (*gorgonia.Node, error)
	// Seed is that of what Dropout drops.
	Seed uint64
	// About is what the parameters do not tell, such as the activation, by name; the model's file keeps it. It may be nil.
	About map[string]string
	// Classes are the names of the outputs, in their order; nil if they have none. The file keeps them.
	Classes []string
	// Preprocessing says what became of the training data before they were inputs, as JSON of data.Preprocessing; "" is nothing. The file keeps it.
	Preprocessing string
}

// Sample is the shape of a sample.
func (n *Net) Sample() []int {
	if n.Shape == nil {
		return []int{n.In}
	}
	return n.Shape
}

// Param is a parameter: its name, shape and initial value (len = product of Shape; nil for zeros).
type Param struct {
	Name  string
	Shape []int
	Init  []float64
}

// Size is the number of elements.
func (p Param) Size() int {
	n := 1
	for _, d := range p.Shape {
		n *= d
	}
	return n
}

// Size is the number of all parameters' elements.
func (n *Net) Size() int {
	total := 0
	for _, p := range n.Params {
		total += p.Size()
	}
	return total
}

// elements is Size, also where it is more than an int holds.
func (n *Net) elements() float64 {
	total := 0.
	for _, p := range n.Params {
		of := 1.
		for _, d := range p.Shape {
			of *= float64(d)
		}
		total += of
	}
	return total
}

// reserved are names of inputs.
var reserved = []string{"x", "t", "lr", ofMethods.x, ofMethods.t}

func (n *Net) check() error {
	if n.In < 1 || n.Out < 1 {
		return fmt.Errorf("net %q: %d inputs and %d outputs: both must be at least 1", n.Name, n.In, n.Out)
	}
	if n.Shape != nil && (Param{Shape: n.Shape}).Size() != n.In {
		return fmt.Errorf("net %q: samples of the shape %v do not have %d elements", n.Name, n.Shape, n.In)
	}
	if n.Classes != nil && len(n.Classes) != n.Out {
		return fmt.Errorf("net %q: names of %d classes for %d outputs: give one for each, or none", n.Name, len(n.Classes), n.Out)
	}
	if n.Scores == nil || n.Loss == nil {
		return fmt.Errorf("net %q: Scores and Loss must be set", n.Name)
	}
	seen := map[string]bool{}
	for _, p := range n.Params {
		switch {
		case p.Name == "" || seen[p.Name]:
			return fmt.Errorf("net %q: parameter name %q is empty or taken", n.Name, p.Name)
		case slices.Contains(reserved, p.Name):
			return fmt.Errorf("net %q: parameter name %q is that of an input: choose another than %s", n.Name, p.Name,
				strings.Join(reserved, ", "))
		}
		seen[p.Name] = true
		if err := p.check(); err != nil {
			return fmt.Errorf("net %q: parameter %s %w", n.Name, p.Name, err)
		}
	}
	return nil
}

// check completes the sentence "parameter W ...".
func (p Param) check() error {
	size := 1
	for _, d := range p.Shape {
		if d < 1 {
			return fmt.Errorf("of shape %v: each dimension must be at least 1", p.Shape)
		}
		if d > mostElements/size {
			return fmt.Errorf("of shape %v is too large", p.Shape)
		}
		size *= d
	}
	if p.Init != nil && len(p.Init) != size {
		return fmt.Errorf("of shape %v has %d initial values", p.Shape, len(p.Init))
	}
	for i, v := range p.Init {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("starts with %v at element %d: initial values must be finite", v, i)
		}
	}
	return nil
}

// Normal draws n numbers from a normal distribution of mean 0 and standard deviation std. The sequence depends on the
// seed alone: a PCG generator, whatever the machine and the float type. Without a generator, or of less than one number,
// it is an empty slice, which is no parameter's initial value.
func Normal(r *rand.Rand, n int, std float64) []float64 {
	if r == nil || n < 1 {
		return []float64{}
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = std * r.NormFloat64()
	}
	return out
}

// NewRand is the generator that initial weights are drawn with.
func NewRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x57e6e0)) }
