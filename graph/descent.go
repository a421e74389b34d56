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
		switch d := x.Data().(type) {
		case []float64:
			descend(d, grad.Data().([]float64), lr)
		case []float32:
			descend(d, grad.Data().([]float32), lr)
		}
		path = append(path, x.Clone().(*tensor.Dense))
	}
	return path, nil
}

func descend[T float32 | float64](x, grad []T, lr float64) {
	for i := range x {
		x[i] -= T(lr) * grad[i]
	}
}
