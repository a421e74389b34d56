package main

import (
	"fmt"
	"io"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/graph"

	"gorgonia.org/tensor"
)

// function2 is x0² + x1² (book, 4.3.3).
func function2(x *tensor.Dense) float64 {
	v := x.Data().([]float64)
	return float64(v[0]*v[0]) + float64(v[1]*v[1]) // the conversions forbid a fused multiply-add, which rounds otherwise
}

func point(v ...float64) *tensor.Dense {
	return tensor.New(tensor.WithShape(len(v)), tensor.WithBacking(v))
}

// gradients are those of function_2 at the chapter's three points (4.4).
func gradients(w io.Writer, _ backend.Engine) error {
	fmt.Fprintln(w, "numerical_gradient(function_2, x) at x = (3, 4), (0, 2), (3, 0)")
	for _, x := range []*tensor.Dense{point(3, 4), point(0, 2), point(3, 0)} {
		grad, err := graph.NumericalGradient(function2, x, graph.DefaultStep)
		if err != nil {
			return err
		}
		fmt.Fprintln(w, formatArray(grad.Data().([]float64)))
	}
	return nil
}

// descents are the chapter's runs of gradient descent (4.4.1). The notebook's function changes init_x in place, so that
// its second run starts where the first has ended. (It makes that run twice; the second time nothing moves, as the step of
// 1e-4 is lost beside 1e12.)
func descents(w io.Writer, _ backend.Engine) error {
	x := point(-3, 4)
	for _, c := range []struct {
		title string
		x     *tensor.Dense
		lr    float64
	}{
		{"gradient_descent from (-3, 4), lr = 0.1, 100 steps", x, 0.1},
		{"from where that ended, as in the notebook, lr = 10", x, 10},
		{"from (-3, 4) again, lr = 10: too large", point(-3, 4), 10},
		{"from (-3, 4) again, lr = 1e-10: too small", point(-3, 4), 1e-10},
	} {
		if _, err := graph.GradientDescent(function2, c.x, c.lr, 100); err != nil {
			return err
		}
		fmt.Fprintf(w, "\n%s\n%s\n", c.title, formatArray(c.x.Data().([]float64)))
	}
	return nil
}
