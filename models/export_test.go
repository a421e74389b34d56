package models

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// GradientByHand is the hand-written gradient of training, with what each dropout lets through.
func (s Sequential) GradientByHand(params map[string][]float64, x, t []float64, masks [][]float64) map[string][]float64 {
	return s.gradientByHand(params, x, t, masks)
}

// FixedDropout drops by a mask of its own, the same in every run: a loss that finite differences can be taken of.
type FixedDropout struct {
	Probability float64
	Mask        []float64
}

func (FixedDropout) String() string { return "fixed dropout" }

func (d FixedDropout) plan(in []int) (plan, error) {
	p, err := Dropout(d.Probability).plan(in)
	p.node = func(x *gorgonia.Node, _ gorgonia.Nodes) (*gorgonia.Node, error) {
		scaled := make([]float64, len(d.Mask))
		for i, v := range d.Mask {
			scaled[i] = v / (1 - d.Probability)
		}
		mask := tensor.New(tensor.WithShape(x.Shape()...), tensor.WithBacking(scaled))
		return gorgonia.HadamardProd(x, gorgonia.NewConstant(mask, gorgonia.WithName(fmt.Sprintf("mask %p", d.Mask))))
	}
	return p, err
}

// HoldTurn lets a predictor run nothing until it is released.
func (p *Predictor) HoldTurn() (release func()) {
	p.turn.Lock()
	return p.turn.Unlock
}

// Waiting is how many samples no run has taken yet.
func (p *Predictor) Waiting() int { return int(p.queue.waiting.Load()) }
