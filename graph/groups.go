package graph

import (
	"github.com/stheno/stheno/ir"

	"gorgonia.org/gorgonia"
)

// lowerGroupConv: with one group it is an ordinary convolution.
func lowerGroupConv(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
	op, ok := n.Op().(*groupConvOp)
	if !ok || len(l.Shape(args[0])) != 4 || len(l.Shape(args[1])) != 4 {
		return 0, false
	}
	ops := map[bool][2]ir.Op{false: {ir.GroupConv, ir.GroupConvWeights}, true: {ir.Conv, ir.ConvWeights}}[op.groups == 1]
	in := ir.Instr{Op: ops[0], Args: []ir.ID{l.channelsLast(args[0])}, Window: op.window, Shape: pooled(shapeOf(n))}
	if op.groups > 1 {
		in.Groups = op.groups
	}
	if op.to == toFilters {
		in.Op, in.Args, in.Shape = ops[1], append(in.Args, l.channelsLast(args[1])), nil
		return l.exchanged(l.Emit(in), 3, 2, 0, 1), true
	}
	if op.to == toImages {
		in.TransB, in.Window = true, op.window.Adjoint()
	}
	in.Args = append(in.Args, l.exchanged(args[1], 2, 3, 1, 0))
	return l.channelsFirst(l.Emit(in)), true
}
