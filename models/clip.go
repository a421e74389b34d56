package models

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
)

// Clipped is an optimizer whose steps have a limit: where the norm of the gradient, over all parameters together, is above Norm, the
// gradient is scaled down to it. A gradient within the limit keeps its bits. The gradient is that of the whole loss, with its penalty.
//
// Source: Pascanu et al., On the difficulty of training recurrent neural networks, 2013, algorithm 1.
type Clipped struct {
	Optimizer         // nil is SGD
	Norm      float64 // above 0
}

// optimizer is the one that gets the gradients.
func (c Clipped) optimizer() Optimizer {
	if c.Optimizer == nil {
		return SGD{}
	}
	return c.Optimizer
}

// clip scales gradients by Norm / max(Norm, √Σ g²).
func (c Clipped) clip(grads gorgonia.Nodes) (gorgonia.Nodes, error) {
	if !(c.Norm > 0 && c.Norm <= math.MaxFloat64) {
		return nil, fmt.Errorf("the norm that gradients are clipped to is %v: want a number above 0", c.Norm)
	}
	e := newExpr(State{}, grads...)
	var squares *gorgonia.Node
	for i, g := range grads {
		square := e.sum(e.mul(g, g))
		if i > 0 {
			square = e.add(squares, square)
		}
		squares = square
	}
	limit := e.num(squares, c.Norm)
	above := e.rectify(e.sub(e.sqrt(squares), limit))
	scale := e.div(limit, e.add(limit, above))
	clipped := make(gorgonia.Nodes, len(grads))
	for i, g := range grads {
		clipped[i] = e.mul(g, scale)
	}
	return clipped, e.err
}
