package graph

import (
	"github.com/stheno/stheno/ir"

	"gorgonia.org/gorgonia"
)

// randomState is the name of the generator's state among a store's values.
const randomState = "random.state"

// generator is the state of a program's random numbers, an input that a run carries on.
type generator struct {
	drawn int // streams of it
	state ir.ID
	next  ir.Update
}

// Advance makes the state that a generator (Executable.Generator) has after so many more runs of its programs: both []float32 or []float64.
func Advance(to, from any, runs int) {
	switch to := to.(type) {
	case []float32:
		ir.Advance(to, from.([]float32), runs)
	case []float64:
		ir.Advance(to, from.([]float64), runs)
	}
}

// uniform draws a value's worth of numbers from a stream of their own.
func (l *lowerer) uniform(s ir.Shape) ir.ID {
	if l.random == nil {
		state := l.Input(randomState, ir.StateSize)
		l.random = &generator{state: state, next: ir.Update{Into: state, Value: l.NextState(state)}}
	}
	l.random.drawn++
	return l.Emit(ir.Instr{Op: ir.Uniform, Args: []ir.ID{l.random.state}, Shape: s, Data: []float64{float64(l.random.drawn)}})
}

// lowerDropout: y = x·mask/keep in training, where the mask is 0 with the op's probability and 1 else, drawn anew in each run;
// y = x in evaluation (Srivastava et al., 2014, in the inverted form; book, 6.4.3).
func lowerDropout(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
	drop, ok := l.dropped(n.Op())
	if drop > 0 && drop < 1 {
		l.masks[addressOf(n.Op())] = l.mask(l.Shape(args[0]), 1-drop)
	}
	return l.scaled(args[0], l.masks[addressOf(n.Op())], drop), ok
}

// mask is 1 with probability keep, else 0. Those of images are drawn with channels last, as their neighbours compute.
func (l *lowerer) mask(s ir.Shape, keep float64) ir.ID {
	if len(s) == 4 {
		return l.channelsFirst(l.Op(ir.Less, l.uniform(ir.Shape{s[0], s[2], s[3], s[1]}), l.Scalar(keep)))
	}
	return l.Op(ir.Less, l.uniform(s), l.Scalar(keep))
}

// lowerDropoutDiff: dx = g·mask/keep. Gorgonia divides by the probability to drop instead, which is right for 0.5 only.
func lowerDropoutDiff(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
	forward := l.order.owner(n)
	if forward == nil {
		return 0, false
	}
	drop, ok := l.dropped(forward.Op())
	return l.scaled(args[2], l.masks[addressOf(forward.Op())], drop), ok
}

// dropped is the share that an op drops, which is none in evaluation.
func (l *lowerer) dropped(op gorgonia.Op) (drop float64, ok bool) {
	f := fieldsOf(op)
	drop, training := f.float("probability"), f.bool("isTraining") && !l.eval
	if !training {
		drop = 0
	}
	return drop, !f.missing && drop >= 0 && drop <= 1
}

func (l *lowerer) scaled(x, mask ir.ID, drop float64) ir.ID {
	switch drop {
	case 0:
		return x
	case 1:
		return l.Const([]float64{0}, l.Shape(x)...)
	}
	keep := 1 - drop
	if l.dt == ir.Float32 {
		keep = float64(float32(keep))
	}
	return l.Op(ir.Div, l.Op(ir.Mul, x, mask), l.Scalar(keep))
}
