package graph

import (
	"fmt"

	"gorgonia.org/tensor"
)

// DefaultStep is the h of the book's central differences (4.3.1).
const DefaultStep = 1e-4

// NumericalGradient is the gradient of f at x by central differences, (f(x + h·e) − f(x − h·e)) / 2h for each element
// (book, 4.4). x is a float32 or float64 tensor of any shape; f reads x itself. Every element of x is restored
// exactly. The result has x's shape and type; the differences are taken in float64.
func NumericalGradient(f func(x *tensor.Dense) float64, x *tensor.Dense, h float64) (*tensor.Dense, error) {
	grad := tensor.New(tensor.WithShape(x.Shape().Clone()...), tensor.Of(x.Dtype()))
	eval := func() (float64, error) { return f(x), nil }
	var err error
	switch d := x.Data().(type) {
	case []float64:
		err = centralDifferences(eval, d, grad.Data().([]float64), h)
	case []float32:
		err = centralDifferences(eval, d, grad.Data().([]float32), h)
	case float64: // a scalar's data is no slice
		return scalarGradient(f, x, h)
	default:
		err = fmt.Errorf("numerical gradient of a %v tensor: float32 or float64 only", x.Dtype())
	}
	return grad, err
}

func scalarGradient(f func(x *tensor.Dense) float64, x *tensor.Dense, h float64) (*tensor.Dense, error) {
	as := func(v float64) float64 { return f(tensor.New(tensor.FromScalar(v))) }
	v := x.Data().(float64)
	return tensor.New(tensor.FromScalar((as(v+h) - as(v-h)) / (2 * h))), nil
}

// centralDifferences fills grad with the derivative of f with respect to each element of x, which f reads.
func centralDifferences[T float32 | float64](f func() (float64, error), x, grad []T, h float64) error {
	for i := range x {
		d, err := difference(f, &x[i], h)
		if err != nil {
			return err
		}
		grad[i] = T(d)
	}
	return nil
}

// difference is the derivative of f with respect to the number at x. The number is restored even if f fails.
func difference[T float32 | float64](f func() (float64, error), x *T, h float64) (float64, error) {
	v := *x
	defer func() { *x = v }()
	*x = v + T(h)
	above, err := f()
	if err != nil {
		return 0, err
	}
	*x = v - T(h)
	below, err := f()
	return (above - below) / (2 * h), err
}
