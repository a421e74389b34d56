package graph

import (
	"slices"
	"strconv"
	"strings"

	"github.com/stheno/stheno/ir"

	"gorgonia.org/gorgonia"
)

// lowerConcat: the values one after the other along an axis.
func lowerConcat(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
	axis, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(n.Op().String(), "Concat(axis="), ")"))
	if err != nil {
		return 0, false
	}
	return l.concat(axis, args...), true
}

func (l *lowerer) concat(axis int, args ...ir.ID) ir.ID {
	if len(args) == 1 {
		return args[0]
	}
	return l.Emit(ir.Instr{Op: ir.Concat, Args: args, Axes: []int{axis}})
}

// cut is what a slice takes of one axis.
type cut struct{ along, start, end, by int }

// cutOf reads "T[:, 0:3:1...]", of a derivative "T[:, 0:3:1...]+=...": the number of colons before the range is the axis. A range that is a colon alone is the whole axis.
func (l *lowerer) cutOf(op gorgonia.Op, from ir.Shape) (c cut, ok bool) {
	s, _, _ := strings.Cut(strings.TrimPrefix(op.String(), "T["), "...]")
	c.along = strings.Count(s, ":, ")
	s = strings.ReplaceAll(s, ":, ", "")
	if c.along >= len(from) {
		return c, false
	}
	if s == ":" {
		c.end, c.by = from[c.along], 1
		return c, true
	}
	bounds, ok := ints(s, ":")
	if !ok || len(bounds) != 3 {
		return c, false
	}
	c.start, c.end, c.by = bounds[0], bounds[1], max(bounds[2], 1)
	return c, true
}

// kept is the shape of what is taken.
func (c *cut) kept(from ir.Shape) ir.Shape {
	s := slices.Clone(from)
	s[c.along] = (c.end - c.start + c.by - 1) / c.by
	return s
}

// lowerSlice: a slice of one element loses its dimension.
func lowerSlice(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
	from := l.Shape(args[0])
	c, ok := l.cutOf(n.Op(), from)
	if !ok {
		return 0, false
	}
	kept := c.kept(from)
	view := ir.View{Strides: from.Strides()}
	view.Offset = c.start * view.Strides[c.along]
	view.Strides[c.along] *= c.by
	if kept.Size() != shapeOf(n).Size() {
		return 0, false
	}
	return l.View(args[0], view, kept...), true
}

// lowerSliceDiff: the gradient with zeros around it.
func lowerSliceDiff(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
	from := l.Shape(args[0])
	c, ok := l.cutOf(n.Op(), from)
	if !ok || c.by != 1 || c.kept(from).Size() != l.Shape(args[1]).Size() {
		return 0, false
	}
	var parts []ir.ID
	zeros := func(n int) {
		if n > 0 {
			s := slices.Clone(from)
			s[c.along] = n
			parts = append(parts, l.Const([]float64{0}, s...))
		}
	}
	zeros(c.start)
	parts = append(parts, l.Reshape(args[1], c.kept(from)...))
	zeros(from[c.along] - c.end)
	return l.concat(c.along, parts...), true
}
