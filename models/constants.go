package models

import (
	"sync"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Gorgonia's graphs share the nodes of its constants 0, 1, 2, 3 and log 2, each of which computes its hash when it is first added to a graph, and
// writes it down without a lock. touchConstants has them do so once, so that models can be compiled side by side.
var touchConstants = sync.OnceFunc(func() {
	uses := []func(*gorgonia.Node) (*gorgonia.Node, error){
		gorgonia.Rectify, gorgonia.Tanh, gorgonia.Sigmoid, gorgonia.Sqrt, gorgonia.Square, gorgonia.Cube, gorgonia.Log2,
	}
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		for _, use := range uses {
			x := gorgonia.NewScalar(gorgonia.NewGraph(), dt, gorgonia.WithName("x"))
			if y, err := use(x); err == nil {
				_, _ = gorgonia.Grad(y, x) // the derivative is not wanted
			}
		}
	}
})
