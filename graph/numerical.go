package graph

import (
	"fmt"

	"gorgonia.org/tensor"
)

// DefaultStep is the h of the book's central differences (4.3.1).
const DefaultStep = 1e-4

// NumericalGradient is the gradient of f at x by central differences, (f(x + h·e) − f(x − h·e)) / 2h for each element
// (book, 4.4). x is a float32 or float64 tensor of any shape, row-major; f reads x itself. Every element of x is
// restored exactly. The result has x's shape and type; the differences are taken in float64. An h that is lost in x
// gives 0, as in the book.
func NumericalGradient(f func(x *tensor.Dense) float64, x *tensor.Dense, h float64) (*tensor.Dense, error) {
	if x.RequiresIterator() || x.DataOrder().IsColMajor() { // its memory is not in the order of its elements
		return nil, fmt.Errorf("numerical gradient of a %v tensor that is a view or column-major: pass a row-major copy", x.Shape())
	}
	grad := tensor.New(tensor.WithShape(x.Shape().Clone()...), tensor.Of(x.Dtype()))
	eval := func() (float64, error) { return f(x), nil }
	switch x.Dtype() {
	case tensor.Float64:
		return grad, centralDifferences(eval, x.Float64s(), grad.Float64s(), h)
	case tensor.Float32:
		return grad, centralDifferences(eval, x.Float32s(), grad.Float32s(), h)
	}
	return nil, fmt.Errorf("numerical gradient of a %v tensor: float32 or float64 only", x.Dtype())
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

// difference is the derivative of f with respect to the number at x. The number is restored even if f fails or panics.
func difference[T float32 | float64](f func() (float64, error), x *T, h float64) (float64, error) {
	v := *x
	defer func() { *x = v }()
	up, down, width := v+T(h), v-T(h), 2*h
	if _, single := any(v).(float32); single && up != down {
		width = float64(up) - float64(down) // a float32 moves by a step that can be far from h
	}
	*x = up
	above, err := f()
	if err != nil {
		return 0, err
	}
	*x = down
	below, err := f()
	return (above - below) / width, err
}
