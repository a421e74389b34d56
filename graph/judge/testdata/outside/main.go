// A program as a user of Gorgonia writes it: logistic regression on eight points.
package main

import (
	"fmt"
	"os"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func main() {
	g := gorgonia.NewGraph()
	x := gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithShape(8, 2), gorgonia.WithName("x"))
	y := gorgonia.NewVector(g, tensor.Float64, gorgonia.WithShape(8), gorgonia.WithName("y"))
	w := gorgonia.NewVector(g, tensor.Float64, gorgonia.WithShape(2), gorgonia.WithName("w"), gorgonia.WithInit(gorgonia.Zeroes()))
	b := gorgonia.NewScalar(g, tensor.Float64, gorgonia.WithName("b"), gorgonia.WithValue(0.0))
	p := gorgonia.Must(gorgonia.Sigmoid(gorgonia.Must(gorgonia.Add(gorgonia.Must(gorgonia.Mul(x, w)), b))))
	cost := gorgonia.Must(gorgonia.Mean(gorgonia.Must(gorgonia.BinaryXent(p, y))))
	_, err := gorgonia.Grad(cost, w, b)
	exitOn(err)

	m := gorgonia.NewTapeMachine(g)
	exitOn(err)
	defer m.Close()

	exitOn(gorgonia.Let(x, tensor.New(tensor.WithShape(8, 2), tensor.WithBacking([]float64{
		0.5, 1, 1.5, 0.2, 2, 2.5, 3, 1, -1, 0.5, -0.5, -2, -2, -1, 0.3, -1.5,
	}))))
	exitOn(gorgonia.Let(y, tensor.New(tensor.WithBacking([]float64{1, 1, 1, 0, 1, 0, 0, 0}))))
	solver := gorgonia.NewAdamSolver(gorgonia.WithLearnRate(0.1))
	for i := range 20 {
		exitOn(m.RunAll())
		fmt.Printf("%d: cost %.9f, ", i, cost.Value())
		exitOn(solver.Step([]gorgonia.ValueGrad{w, b}))
		fmt.Printf("w %.9f, b %.9f\n", w.Value().Data(), b.Value())
		m.Reset()
	}
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
}
