package main

import (
	"io"

	"github.com/stheno/stheno/figures"
	"github.com/stheno/stheno/graph"
)

// field draws figure 4-9, the field of negative gradients of function_2.
func field(w io.Writer, format string) error {
	points, vectors, err := negativeGradients()
	if err != nil {
		return err
	}
	return figures.GradientField(w, format, points, vectors)
}

// negativeGradients are those of function_2 on the book's grid: -2 to 2.25 in steps of 0.25, both ways.
func negativeGradients() (points, vectors []figures.Point, err error) {
	for i := range 18 {
		for j := range 18 {
			x := point(-2+0.25*float64(i), -2+0.25*float64(j))
			grad, err := graph.NumericalGradient(function2, x, graph.DefaultStep)
			if err != nil {
				return nil, nil, err
			}
			at, g := x.Data().([]float64), grad.Data().([]float64)
			points = append(points, figures.Point{X0: at[0], X1: at[1]})
			vectors = append(vectors, figures.Point{X0: -g[0], X1: -g[1]})
		}
	}
	return points, vectors, nil
}

// path draws figure 4-10, the path of gradient descent.
func path(w io.Writer, format string) error {
	points, err := descentPath()
	if err != nil {
		return err
	}
	return figures.Descent(w, format, points)
}

// descentPath is the book's: 20 steps from (-3, 4) at a learning rate of 0.1.
func descentPath() ([]figures.Point, error) {
	steps, err := graph.GradientDescent(function2, point(-3, 4), 0.1, 20)
	var points []figures.Point
	for _, x := range steps {
		at := x.Data().([]float64)
		points = append(points, figures.Point{X0: at[0], X1: at[1]})
	}
	return points, err
}
