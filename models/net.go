// Package models builds networks as Gorgonia expression graphs: SimpleNet and TwoLayerNet of chapter 4 of "Deep
// Learning from Scratch", networks of any depth, and whatever graph a user writes as a Net.
package models

import (
	"fmt"
	"math/rand/v2"

	"gorgonia.org/gorgonia"
)

// Net is a network as functions that build graph nodes. x is (batch, In), t is (batch, Out); params come in the order
// of Params.
type Net struct {
	Name    string
	In, Out int
	Params  []Param
	// Scores builds the last layer's sums, (batch, Out), from the input.
	Scores func(x *gorgonia.Node, params gorgonia.Nodes) (*gorgonia.Node, error)
	// Output turns scores into predictions, (batch, Out); nil leaves them as they are.
	Output func(scores *gorgonia.Node) (*gorgonia.Node, error)
	// Loss builds the scalar to minimise.
	Loss func(scores, t *gorgonia.Node) (*gorgonia.Node, error)
	// About is what the parameters do not tell, such as the activation, by name; files of parameters keep it. It may be nil.
	About map[string]string
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

func (n *Net) check() error {
	if n.In < 1 || n.Out < 1 {
		return fmt.Errorf("net %q: %d inputs and %d outputs: both must be at least 1", n.Name, n.In, n.Out)
	}
	if n.Scores == nil || n.Loss == nil {
		return fmt.Errorf("net %q: Scores and Loss must be set", n.Name)
	}
	seen := map[string]bool{}
	for _, p := range n.Params {
		if p.Name == "" || seen[p.Name] {
			return fmt.Errorf("net %q: parameter name %q is empty or taken", n.Name, p.Name)
		}
		seen[p.Name] = true
		for _, d := range p.Shape {
			if d < 1 {
				return fmt.Errorf("net %q: parameter %s of shape %v: each dimension must be at least 1", n.Name, p.Name, p.Shape)
			}
		}
		if p.Init != nil && len(p.Init) != p.Size() {
			return fmt.Errorf("net %q: parameter %s of shape %v has %d initial values", n.Name, p.Name, p.Shape, len(p.Init))
		}
	}
	return nil
}

// Normal draws n numbers from a normal distribution of mean 0 and standard deviation std. The sequence depends on the
// seed alone: a PCG generator, whatever the machine and the float type.
func Normal(r *rand.Rand, n int, std float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = std * r.NormFloat64()
	}
	return out
}

// NewRand is the generator that initial weights are drawn with.
func NewRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x57e6e0)) }
