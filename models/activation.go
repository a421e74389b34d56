package models

import (
	"fmt"
	"slices"
	"strings"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Activation is a function of a layer's sums, (batch, units) to (batch, units).
type Activation func(x *gorgonia.Node) (*gorgonia.Node, error)

// Sigmoid is 1 / (1 + exp(−x)) (book, 3.2.4).
func Sigmoid(x *gorgonia.Node) (*gorgonia.Node, error) { return of("sigmoid", gorgonia.Sigmoid, x) }

// Tanh is the hyperbolic tangent.
func Tanh(x *gorgonia.Node) (*gorgonia.Node, error) { return of("tanh", gorgonia.Tanh, x) }

// ReLU is max(x, 0) (book, 3.2.7). Its derivative at 0 is 0, as the book's (5.5.1) and PyTorch's; that of Gorgonia's Rectify is 1. Where
// images have areas of zeros it matters: there a layer's sums are 0 as long as its biases are.
func ReLU(x *gorgonia.Node) (*gorgonia.Node, error) { return of("ReLU", relu, x) }

func relu(x *gorgonia.Node) (*gorgonia.Node, error) {
	positive, err := gorgonia.Gt(x, scalar(x, 0, "zero"), true)
	if err != nil {
		return nil, err
	}
	return gorgonia.HadamardProd(x, positive)
}

// Identity is x itself: the output of a network for regression (book, 3.5).
func Identity(x *gorgonia.Node) (*gorgonia.Node, error) { return x, checkNodes("identity", x) }

// Softmax is exp(x_k) / Σ exp(x_j) over the last axis (book, 3.5.2), computed from x − max x: huge inputs stay finite.
// Over one unit it would always be 1: that is an error.
//
// Gorgonia 0.9.18 cannot tell Softmax and LogSoftMax of the same node apart in one graph: build only one of them.
func Softmax(x *gorgonia.Node) (*gorgonia.Node, error) {
	return of("softmax", func(x *gorgonia.Node) (*gorgonia.Node, error) {
		if err := checkClasses("softmax", x); err != nil {
			return nil, err
		}
		return gorgonia.SoftMax(x)
	}, x)
}

// Maxout takes the largest of each k neighbouring sums: (batch, units·k) to (batch, units). The derivative goes to the
// largest; to the first of equals.
//
// Source: Goodfellow et al., Maxout Networks, 2013.
func Maxout(x *gorgonia.Node, k int) (*gorgonia.Node, error) {
	return of("maxout", func(x *gorgonia.Node) (*gorgonia.Node, error) { return maxout(x, k) }, x)
}

func maxout(x *gorgonia.Node, k int) (*gorgonia.Node, error) {
	s := x.Shape()
	if len(s) != 2 || k < 1 || s[1]%k != 0 {
		return nil, fmt.Errorf("maxout of %d: the shape %v has no whole number of groups; want (batch, units·%d)", k, s, k)
	}
	if k == 1 {
		return x, nil
	}
	batch, units := s[0], s[1]/k
	groups, err := gorgonia.Reshape(x, tensor.Shape{batch * units, k})
	if err != nil {
		return nil, err
	}
	best, err := column(groups, 0)
	for i := 1; i < k && err == nil; i++ {
		var next *gorgonia.Node
		if next, err = column(groups, i); err == nil {
			best, err = larger(best, next)
		}
	}
	if err != nil {
		return nil, err
	}
	return gorgonia.Reshape(best, tensor.Shape{batch, units})
}

// column is column i of a matrix, as its product with a unit vector: Gorgonia's slices lose their gradient's shape.
func column(m *gorgonia.Node, i int) (*gorgonia.Node, error) {
	k := m.Shape()[1]
	unit := tensor.New(tensor.WithShape(k, 1), tensor.Of(m.Dtype()))
	one := any(1.0)
	if m.Dtype() == tensor.Float32 {
		one = float32(1)
	}
	if err := unit.SetAt(one, i, 0); err != nil {
		return nil, err
	}
	return gorgonia.Mul(m, gorgonia.NewConstant(unit, gorgonia.WithName(fmt.Sprintf("unit %d of %d", i, k))))
}

// larger is a where a ≥ b, else b.
func larger(a, b *gorgonia.Node) (*gorgonia.Node, error) {
	isA, err := gorgonia.Gte(a, b, true)
	if err != nil {
		return nil, err
	}
	isB, err := gorgonia.Lt(a, b, true)
	if err != nil {
		return nil, err
	}
	fromA, err := gorgonia.HadamardProd(a, isA)
	if err != nil {
		return nil, err
	}
	fromB, err := gorgonia.HadamardProd(b, isB)
	if err != nil {
		return nil, err
	}
	return gorgonia.Add(fromA, fromB)
}

// activations are those that a network of layers can be asked for by name. The derivative, from a layer's output, is
// what the hand-written backward pass uses.
var activations = map[string]struct {
	f     Activation
	value func(x float64) float64
	deriv func(y float64) float64
}{
	"sigmoid":  {Sigmoid, sigmoid, func(y float64) float64 { return y * (1 - y) }},
	"tanh":     {Tanh, tanh, func(y float64) float64 { return 1 - y*y }},
	"relu":     {ReLU, func(x float64) float64 { return max(x, 0) }, func(y float64) float64 { return float64(sign(y)) }},
	"identity": {Identity, func(x float64) float64 { return x }, func(float64) float64 { return 1 }},
}

// ActivationNames lists the activations that MLP knows by name, sorted.
func ActivationNames() []string {
	names := make([]string, 0, len(activations))
	for n := range activations {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

func checkActivation(name string) error {
	if _, ok := activations[name]; !ok {
		return fmt.Errorf("activation %q is unknown: choose one of %s", name, strings.Join(ActivationNames(), ", "))
	}
	return nil
}
