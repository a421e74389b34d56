package models

import "gorgonia.org/gorgonia"

// SimpleNet is the book's network of one weight matrix (4.4.2): x·W, softmax, cross-entropy with the book's 1e-7.
// W is (in, out), row-major.
func SimpleNet(in, out int, w []float64) Net {
	return Net{
		Name: "simpleNet", In: in, Out: out,
		Params: []Param{{Name: "W", Shape: []int{in, out}, Init: w}},
		Scores: func(x *gorgonia.Node, params gorgonia.Nodes) (*gorgonia.Node, error) {
			return gorgonia.Mul(x, params[0])
		},
		Loss: SoftmaxThenCrossEntropy,
	}
}
