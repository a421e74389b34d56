package gorgonia_test

import (
	"os"

	"github.com/stheno/stheno/graph"
	"gorgonia.org/gorgonia"
)

func init() {
	if os.Getenv("MACHINE") != "stheno" {
		return
	}
	gorgonia.OtherMachine = func(g *gorgonia.ExprGraph, eval, dual bool, duals gorgonia.Nodes) gorgonia.Machine {
		var opts []graph.Option
		if eval {
			opts = append(opts, graph.EvalMode())
		}
		if dual {
			opts = append(opts, graph.BindDualValues(duals...))
		}
		m, err := graph.NewMachine(g, opts...)
		if err != nil {
			panic(err)
		}
		return m
	}
}
