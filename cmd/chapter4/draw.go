package main

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/stheno/stheno/figures"
	"github.com/stheno/stheno/graph"
	"github.com/stheno/stheno/internal/command"
	"github.com/stheno/stheno/internal/output"
)

// draw writes figure 4-9, the field of negative gradients of function_2, and figure 4-10, the path of gradient descent.
func draw(w io.Writer, folder *output.Folder, format string) error {
	files := []output.File{
		{Name: "fig4-9." + format, Fill: func(w io.Writer) error { return field(w, format) }},
		{Name: "fig4-10." + format, Fill: func(w io.Writer) error { return path(w, format) }},
	}
	if err := folder.Write(files...); err != nil {
		return err
	}
	for _, f := range files {
		fmt.Fprintf(w, "\nwrote %s", command.Printable(filepath.Join(folder.Path, f.Name)))
	}
	fmt.Fprintln(w)
	return nil
}

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
