package graph

import "gorgonia.org/tensor"

// GradientDescent walks steps times against the numerical gradient, x ← x − lr·∂f/∂x (book, 4.4.1). It changes x in
// place, as the book's function does, and returns the path: a copy of x before the first step and after each.
func GradientDescent(f func(x *tensor.Dense) float64, x *tensor.Dense, lr float64, steps int) ([]*tensor.Dense, error) {
	path := []*tensor.Dense{x.Clone().(*tensor.Dense)}
	for range steps {
		grad, err := NumericalGradient(f, x, DefaultStep)
		if err != nil {
			return path, err
		}
		switch x.Dtype() {
		case tensor.Float64:
			descend(x.Float64s(), grad.Float64s(), lr)
		case tensor.Float32:
			descend(x.Float32s(), grad.Float32s(), lr)
		}
		path = append(path, x.Clone().(*tensor.Dense))
	}
	return path, nil
}

func descend[T float32 | float64](x, grad []T, lr float64) {
	for i := range x {
		x[i] -= T(T(lr) * grad[i]) // rounded before it is subtracted, on machines with fused instructions too
	}
}
