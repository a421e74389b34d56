package graph

import (
	"slices"

	"github.com/stheno/stheno/ir"

	"gorgonia.org/gorgonia"
)

// lowerGroupNorm: y = (x − mean)/√(variance + ε) over each group of channels of each sample (Wu and He, 2018). The axes of x are
// samples, channels, and any others.
func lowerGroupNorm(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
	g, ok := l.groupsOf(n.Op(), args[0])
	return l.Reshape(g.normed, g.shape...), ok
}

// lowerGroupNormDiff: dx = (g − mean(g) − y·mean(g·y))/√(variance + ε).
func lowerGroupNormDiff(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
	forward := l.order.owner(n)
	if forward == nil {
		return 0, false
	}
	g, ok := l.groupsOf(forward.Op(), args[0])
	if !ok {
		return 0, false
	}
	dy := l.Reshape(args[1], g.rows...)
	tilt := l.Op(ir.Mul, g.normed, l.overRow(l.rowMean(l.Op(ir.Mul, dy, g.normed)), g.rows))
	rest := l.Op(ir.Sub, l.Op(ir.Sub, dy, l.overRow(l.rowMean(dy), g.rows)), tilt)
	return l.Reshape(l.Op(ir.Mul, rest, g.inverse), g.shape...), true
}

// groups is a value with each group as a row.
type groups struct {
	shape, rows     ir.Shape
	normed, inverse ir.ID // both of the shape rows
}

func (l *lowerer) groupsOf(op gorgonia.Op, x ir.ID) (groups, bool) {
	f := fieldsOf(op)
	count, epsilon := f.int("numGroups"), f.float("epsilon")
	s := slices.Clone(l.Shape(x))
	if f.missing || len(s) < 2 || count < 1 || s[1]%count != 0 || s.Size() == 0 {
		return groups{}, false
	}
	rows := ir.Shape{s[0] * count, s.Size() / (s[0] * count)}
	flat := l.Reshape(x, rows...)
	centred := l.Op(ir.Sub, flat, l.overRow(l.rowMean(flat), rows))
	variance := l.rowMean(l.Op(ir.Mul, centred, centred))
	inverse := l.Op(ir.Div, l.Scalar(1), l.Op(ir.Sqrt, l.Op(ir.Add, variance, l.Scalar(epsilon))))
	spread := l.overRow(inverse, rows)
	return groups{s, rows, l.Op(ir.Mul, centred, spread), spread}, true
}

func (l *lowerer) rowMean(x ir.ID) ir.ID {
	total := l.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{x}, Axes: []int{1}})
	return l.Op(ir.Div, total, l.Scalar(float64(l.Shape(x)[1])))
}

// overRow repeats one number a row over the rows.
func (l *lowerer) overRow(v ir.ID, rows ir.Shape) ir.ID {
	return l.View(v, ir.View{Strides: []int{1, 0}}, rows...)
}
