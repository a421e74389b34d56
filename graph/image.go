package graph

import (
	"math"

	"github.com/stheno/stheno/ir"

	"gorgonia.org/gorgonia"
)

// Gorgonia has the axes of images in the order batch, channel, row, column; the program has channels last. What a rule here reads and
// gives it transposes; most of that meets its inverse in the next one.

// channelsLast reads images as the program has them.
func (l *lowerer) channelsLast(x ir.ID) ir.ID { return l.exchanged(x, 0, 2, 3, 1) }

// channelsFirst reads images as Gorgonia has them.
func (l *lowerer) channelsFirst(x ir.ID) ir.ID { return l.exchanged(x, 0, 3, 1, 2) }

// exchanged reads a value with axis i from axis axes[i].
func (l *lowerer) exchanged(x ir.ID, axes ...int) ir.ID {
	if l.Err() != nil {
		return 0
	}
	s := l.Shape(x)
	strides := s.Strides()
	view, out := ir.View{}, ir.Shape{}
	for _, a := range axes {
		view.Strides, out = append(view.Strides, strides[a]), append(out, s[a])
	}
	return l.View(x, view, out...)
}

// patchWindow is the window of a convolution's op.
func patchWindow(op gorgonia.Op) (w ir.Window, ok bool) {
	f := fieldsOf(op)
	w = ir.Window{
		Size: [2]int{f.int("h"), f.int("w")}, Step: [2]int{f.int("strideH"), f.int("strideW")}, Dilation: [2]int{f.int("dilationH"), f.int("dilationW")},
		Before: [2]int{f.int("padH"), f.int("padW")}, Spread: [2]int{1, 1},
	}
	return w, !f.missing
}

// lowerIm2Col: the numbers of a patch go by channel, then row and column (Chellapilla et al., 2006; book, 7.4).
func lowerIm2Col(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
	w, ok := patchWindow(n.Op())
	if !ok || len(l.Shape(args[0])) != 4 {
		return 0, false
	}
	x, s := l.channelsLast(args[0]), shapeOf(n)
	shape := ir.Shape{s[0], s[1], s[2], w.Size[0], w.Size[1], l.Shape(x)[3]}
	patches := l.Emit(ir.Instr{Op: ir.Patches, Args: []ir.ID{x}, Window: w, Shape: shape})
	return l.Reshape(l.exchanged(patches, 0, 1, 2, 5, 3, 4), s...), true
}

// lowerCol2Im adds patches up to the images that they came from.
func lowerCol2Im(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
	w, ok := patchWindow(n.Op())
	g, s := l.Shape(args[0]), shapeOf(n)
	if !ok || len(g) != 4 || len(s) != 4 {
		return 0, false
	}
	outer := l.Reshape(args[0], g[0], g[1], g[2], s[1], w.Size[0], w.Size[1])
	images := ir.Shape{s[0], s[2], s[3], s[1]}
	return l.channelsFirst(l.Emit(ir.Instr{Op: ir.Unpatch, Args: []ir.ID{l.exchanged(outer, 0, 1, 2, 4, 5, 3)}, Window: w, Shape: images})), true
}

// poolWindow is the window of a pooling's op.
func poolWindow(op gorgonia.Op) (w ir.Window, ok bool) {
	f := fieldsOf(op)
	w = ir.Window{
		Size: [2]int{f.int("h"), f.int("w")}, Step: [2]int{f.int("strideH"), f.int("strideW")}, Dilation: [2]int{1, 1},
		Before: [2]int{f.int("padNorth"), f.int("padWest")}, Spread: [2]int{1, 1},
	}
	if f.bool("explicitPadding") { // of four paddings Gorgonia puts the second above and the fourth on the left
		w.Before = [2]int{f.int("padSouth"), f.int("padEast")}
	}
	return w, !f.missing
}

// pooled is the shape that the result of a pooling has in the program, from that which it has in Gorgonia.
func pooled(s ir.Shape) ir.Shape { return ir.Shape{s[0], s[2], s[3], s[1]} }

// lowerMaxPool: the largest number of each window. Unlike for Gorgonia NaN is larger than all. A window that lies in the padding alone
// gives the lowest number of the type, as Gorgonia's does.
func lowerMaxPool(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
	w, ok := poolWindow(n.Op())
	if !ok || len(l.Shape(args[0])) != 4 {
		return 0, false
	}
	lowest := -math.MaxFloat64
	if l.dt == ir.Float32 {
		lowest = -math.MaxFloat32
	}
	return l.channelsFirst(l.Emit(ir.Instr{
		Op: ir.MaxPool, Args: []ir.ID{l.channelsLast(args[0])}, Window: w, Data: []float64{lowest}, Shape: pooled(shapeOf(n)),
	})), true
}

// lowerMaxPoolDiff: the gradient goes to the first of the largest numbers of a window.
func lowerMaxPoolDiff(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
	w, ok := poolWindow(n.Op())
	if !ok || len(l.Shape(args[0])) != 4 {
		return 0, false
	}
	return l.channelsFirst(l.Emit(ir.Instr{Op: ir.MaxPoolGrad, Args: []ir.ID{l.channelsLast(args[0]), l.channelsLast(args[2])}, Window: w})), true
}

// lowerAveragePool: the sum of a window by the window's size, its padding counted as zeros. Gorgonia divides by the width of the image.
func lowerAveragePool(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
	w, ok := poolWindow(n.Op())
	if !ok || len(l.Shape(args[0])) != 4 {
		return 0, false
	}
	sum := l.Emit(ir.Instr{Op: ir.SumPool, Args: []ir.ID{l.channelsLast(args[0])}, Window: w, Shape: pooled(shapeOf(n))})
	return l.channelsFirst(l.Op(ir.Div, sum, l.Scalar(float64(w.Taps())))), true
}

// lowerAveragePoolDiff: each number of a window gets an equal share of its gradient.
func lowerAveragePoolDiff(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
	w, ok := poolWindow(n.Op())
	if !ok || len(l.Shape(args[0])) != 4 {
		return 0, false
	}
	share := l.Op(ir.Div, l.channelsLast(args[2]), l.Scalar(float64(w.Taps())))
	return l.channelsFirst(l.Emit(ir.Instr{Op: ir.SumPool, Args: []ir.ID{share}, Window: w.Adjoint(), Shape: pooled(l.Shape(args[0]))})), true
}

// lowerGlobalAverage: the mean of each channel.
func lowerGlobalAverage(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
	s := l.Shape(args[0])
	if len(s) != 4 {
		return 0, false
	}
	sum := l.Emit(ir.Instr{Op: ir.Sum, Args: args, Axes: []int{2, 3}})
	return l.Reshape(l.Op(ir.Div, sum, l.Scalar(float64(s[2]*s[3]))), shapeOf(n)...), true
}

// upscaled tells how often an upsampling repeats each pixel, along rows and columns.
func upscaled(op gorgonia.Op) (scale int, ok bool) {
	f := fieldsOf(op)
	scale = f.int("stride") + 1
	return scale, !f.missing
}

// lowerUpsample repeats each pixel.
func lowerUpsample(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
	scale, ok := upscaled(n.Op())
	if !ok || len(l.Shape(args[0])) != 4 {
		return 0, false
	}
	x := l.channelsLast(args[0])
	s := l.Shape(x)
	st := s.Strides()
	repeated := l.View(x, ir.View{Strides: []int{st[0], st[1], 0, st[2], 0, st[3]}}, s[0], s[1], scale, s[2], scale, s[3])
	return l.channelsFirst(l.Reshape(repeated, pooled(shapeOf(n))...)), true
}

// lowerUpsampleDiff adds the gradients of a pixel's copies.
func lowerUpsampleDiff(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
	scale, ok := upscaled(n.Op())
	if !ok || len(l.Shape(args[0])) != 4 {
		return 0, false
	}
	s := pooled(l.Shape(args[0]))
	g := l.Reshape(l.channelsLast(args[2]), s[0], s[1], scale, s[2], scale, s[3])
	sum := l.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{g}, Axes: []int{2, 4}})
	return l.channelsFirst(sum), true
}
