package graph

import (
	"fmt"

	"github.com/stheno/stheno/ir"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// lowerDropout: y = x·mask/keep in training, where the mask is 0 with the op's probability and 1 else, drawn anew in each run by the
// op's own generator; y = x in evaluation (Srivastava et al., 2014, in the inverted form; book, 6.4.3).
func lowerDropout(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
	drop, ok := l.dropped(n.Op())
	if drop > 0 && drop < 1 {
		s := l.Shape(args[0])
		l.masks[addressOf(n.Op())] = l.Emit(ir.Instr{Op: ir.Host, Name: fmt.Sprintf("Dropout mask, %g", drop), Shape: s,
			Host: func(out any, _ []any) error { return drawMask(n.Op(), s, out) }})
	}
	return l.scaled(args[0], l.masks[addressOf(n.Op())], drop), ok
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

// drawMask lets the op drop from ones, and notes what is left.
func drawMask(op gorgonia.Op, s ir.Shape, out any) error {
	switch m := out.(type) {
	case []float32:
		return maskOf(op, s, m)
	case []float64:
		return maskOf(op, s, m)
	}
	return fmt.Errorf("a mask in %T", out)
}

func maskOf[T float32 | float64](op gorgonia.Op, s ir.Shape, out []T) error {
	for i := range out {
		out[i] = 1
	}
	v, err := do(op, []gorgonia.Value{tensor.New(tensor.WithShape(s...), tensor.WithBacking(out))})
	if err != nil {
		return err
	}
	if err := copyValue(out, v); err != nil {
		return err
	}
	for i, x := range out {
		if x != 0 {
			out[i] = 1
		}
	}
	return nil
}
