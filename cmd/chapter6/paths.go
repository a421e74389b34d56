package main

import (
	"fmt"
	"io"

	"github.com/stheno/stheno/figures"
	"github.com/stheno/stheno/models"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// paths are the ways of the optimisers over x0²/20 + x1² from (-7, 2), with the book's learning rates (6.1.8, figure 6-8).
func paths(w *work) error {
	var drawn []figures.Path
	fmt.Fprintln(w, "x0²/20 + x1², from (-7, 2), 30 steps")
	for _, o := range []struct {
		name      string
		optimizer models.Optimizer
		lr        float64
	}{{"SGD", models.SGD{}, 0.95}, {"Momentum", models.Momentum{}, 0.1}, {"AdaGrad", models.AdaGrad{}, 1.5}, {"Adam", models.Adam{}, 0.3}} {
		points, err := w.path(o.optimizer, o.lr, 30)
		if err != nil {
			return err
		}
		end := points[len(points)-1]
		fmt.Fprintf(w, "%-9s lr %-4v ends at (%.4f, %.4f)\n", o.name, o.lr, end.X0, end.X1)
		drawn = append(drawn, figures.Path{Name: o.name, Points: points})
	}
	return w.Draw("fig6-8", func(out io.Writer, format string) error { return figures.Paths(out, format, drawn...) })
}

// path is that of one optimiser, with its start.
func (w *work) path(optimizer models.Optimizer, lr float64, steps int) ([]figures.Point, error) {
	m, err := models.New(valley, w.Engine, tensor.Float64)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	step, err := m.Step(1, optimizer)
	if err != nil {
		return nil, err
	}
	defer step.Close()
	for _, err := range []error{step.SetLR(lr), step.X.SetFloats([]float64{1, 1}), step.T.SetFloats([]float64{1. / 20, 1})} {
		if err != nil {
			return nil, err
		}
	}
	var points []figures.Point
	for i := 0; ; i++ {
		params, err := m.Params()
		if err != nil {
			return nil, err
		}
		p := params["p"]
		points = append(points, figures.Point{X0: p[0], X1: p[1]})
		if i == steps {
			return points, nil
		}
		if err := step.Run(); err != nil {
			return nil, err
		}
	}
}

// valley is Σ t·p² as the loss of a net, whose input is ones.
var valley = models.Net{
	Name: "valley", In: 2, Out: 2,
	Params: []models.Param{{Name: "p", Shape: []int{1, 2}, Init: []float64{-7, 2}}},
	Scores: func(x *gorgonia.Node, p gorgonia.Nodes) (*gorgonia.Node, error) {
		return gorgonia.HadamardProd(x, p[0])
	},
	Loss: func(y, t *gorgonia.Node) (*gorgonia.Node, error) {
		square, err := gorgonia.Square(y)
		if err != nil {
			return nil, err
		}
		weighed, err := gorgonia.HadamardProd(square, t)
		if err != nil {
			return nil, err
		}
		return gorgonia.Sum(weighed)
	},
}
