package graph

import (
	"fmt"
	"slices"

	"github.com/stheno/stheno/ir"

	"gorgonia.org/gorgonia"
)

// norm is the running statistics of a batch normalisation: two inputs of the program, one number a channel, that a run in
// training updates. Programs of one store share them.
type norm struct {
	op             *gorgonia.BatchNormOp
	name           string // in the store, with .mean and .variance behind it
	channels       int
	mean, variance ir.ID // before the run
	next           []ir.Update
}

// running are the updates of all running statistics, and of the generator.
func (l *lowerer) running() []ir.Update {
	var out []ir.Update
	if l.random != nil {
		out = append(out, l.random.next)
	}
	for _, n := range l.norms {
		out = append(out, n.next...)
	}
	return out
}

// normOf finds a batch normalisation's statistics, or makes them. In a store they are known by the position of the op among the
// graph's: a net that is built again for another batch size has them in the same order.
func (l *lowerer) normOf(n *gorgonia.Node, op *gorgonia.BatchNormOp, channels int) *norm {
	for _, known := range l.norms {
		if known.op == op {
			return known
		}
	}
	at := 0
	for _, m := range n.Graph().AllNodes() {
		if other, ok := m.Op().(*gorgonia.BatchNormOp); ok {
			if other == op {
				break
			}
			at++
		}
	}
	s := &norm{op: op, name: fmt.Sprintf("batchnorm%d", at), channels: channels}
	s.mean, s.variance = l.Input(s.name+".mean", channels), l.Input(s.name+".variance", channels)
	l.norms = append(l.norms, s)
	return s
}

// moments are what one channel's numbers are normalised by, one number a channel: y = (x − mean)·inverse, inverse = 1/√(variance + ε).
type moments struct {
	mean, inverse ir.ID
	training      bool
}

// lowerNorm: y = (x − mean)/√(variance + ε) for each channel, which is x's second axis (Ioffe and Szegedy, 2015, algorithm 1; book, 6.3).
// In training mean and (biased) variance are the batch's, and the running ones move towards the batch's mean and unbiased variance.
// It is computed as x·inverse − mean·inverse and in the order of Gorgonia's op: its rounding decides the sign of gradients that are
// zero but for rounding, and some optimisers go by that sign.
func lowerNorm(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
	op, ok := n.Op().(*gorgonia.BatchNormOp)
	if !ok {
		return 0, false
	}
	x := args[0]
	m, ok := l.moments(n, op, x)
	if !ok {
		return 0, false
	}
	s := l.Shape(x)
	shift := l.Op(ir.Mul, l.Op(ir.Mul, m.mean, m.inverse), l.Scalar(-1))
	return l.Op(ir.Add, l.Op(ir.Mul, x, l.spread(m.inverse, s)), l.spread(shift, s)), true
}

// lowerNormDiff: dx = (g − (x − mean)·k − Σg/n)·inverse with k = Σ(x − mean)·g·inverse²/n in training, g·inverse in evaluation.
func lowerNormDiff(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
	op := (*gorgonia.BatchNormOp)(fieldsOf(n.Op()).pointer("BatchNormOp"))
	if op == nil {
		return 0, false
	}
	x, g := args[0], args[1]
	m, ok := l.moments(n, op, x)
	if !ok {
		return 0, false
	}
	s := l.Shape(x)
	inverse := l.spread(m.inverse, s)
	if !m.training {
		return l.Op(ir.Mul, g, inverse), true
	}
	count := l.Scalar(float64(s.Size() / s[1]))
	centred := l.Op(ir.Sub, x, l.spread(m.mean, s))
	k := l.Op(ir.Mul, l.Op(ir.Mul, l.channelSum(l.Op(ir.Mul, centred, g)), m.inverse), m.inverse)
	tilt := l.Op(ir.Mul, centred, l.spread(l.Op(ir.Div, k, count), s))
	shift := l.spread(l.Op(ir.Div, l.channelSum(g), count), s)
	return l.Op(ir.Mul, l.Op(ir.Sub, l.Op(ir.Sub, g, tilt), shift), inverse), true
}

func (l *lowerer) moments(n *gorgonia.Node, op *gorgonia.BatchNormOp, x ir.ID) (moments, bool) {
	f := fieldsOf(op)
	epsilon, momentum, training := f.float("epsilon"), f.float("momentum"), f.bool("training") && !l.eval
	s := l.Shape(x)
	if f.missing || len(s) < 2 || s.Size() == 0 {
		return moments{}, false
	}
	running := l.normOf(n, op, s[1])
	mean, variance := running.mean, running.variance
	if training {
		count := s.Size() / s[1]
		mean = l.Op(ir.Div, l.channelSum(x), l.Scalar(float64(count)))
		centred := l.Op(ir.Sub, x, l.spread(mean, s))
		squares := l.channelSum(l.Op(ir.Mul, centred, centred))
		variance = l.Op(ir.Div, squares, l.Scalar(float64(count)))
		l.track(running, momentum, mean, squares, count)
	}
	root := l.Op(ir.Sqrt, l.Op(ir.Add, variance, l.Scalar(epsilon)))
	return moments{mean, l.Op(ir.Div, l.Scalar(1), root), training}, true
}

// track moves the running statistics towards those of a batch of so many numbers a channel. One number has no variance: the
// running one then stays.
func (l *lowerer) track(s *norm, momentum float64, mean, squares ir.ID, count int) {
	if s.next != nil {
		return
	}
	kept := 1 - momentum
	if l.dt == ir.Float32 {
		kept = float64(1 - float32(momentum))
	}
	move := func(from, to ir.ID) ir.Update {
		return ir.Update{Into: from, Value: l.Op(ir.Add, l.Op(ir.Mul, to, l.Scalar(momentum)), l.Op(ir.Mul, from, l.Scalar(kept)))}
	}
	s.next = []ir.Update{move(s.mean, mean)}
	if count > 1 {
		s.next = append(s.next, move(s.variance, l.Op(ir.Div, squares, l.Scalar(float64(count-1)))))
	}
}

// channelSum is the sum over all axes but the second.
func (l *lowerer) channelSum(x ir.ID) ir.ID {
	s := l.Shape(x)
	if rest := s[2:].Size(); len(s) > 2 {
		x = l.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{l.Reshape(x, s[0], s[1], rest)}, Axes: []int{2}})
	}
	return l.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{x}, Axes: []int{0}})
}

// spread repeats one number a channel over a shape.
func (l *lowerer) spread(v ir.ID, s ir.Shape) ir.ID {
	view := ir.View{Strides: make([]int, len(s))}
	view.Strides[1] = 1
	return l.View(v, view, slices.Clone(s)...)
}
