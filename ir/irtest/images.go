package irtest

import (
	"math"

	"github.com/stheno/stheno/ir"
)

// images is what the ops on images work on: a batch, its result, and how a window leads from one to the other.
type images struct {
	ir.Window
	from, to ir.Shape
}

// images draws about as many numbers as there are in s: windows with and without padding, that leave out and that spread.
func (g *Gen) images(s ir.Shape) images {
	sizes := []int{1, 2, 3, 4, 5}
	draw := func() int { return sizes[g.R.IntN(len(sizes))] }
	channels := []int{1, 2, 3, 5, 17}
	batch := draw()
	if s.Size() == 0 && g.coin() {
		batch = 0
	}
	if s.Size() > 1000 {
		sizes, channels, batch = []int{9, 14, 15}, []int{1, 9, 33}, 5+g.R.IntN(4)
	}
	im := images{from: ir.Shape{batch, draw(), draw(), channels[g.R.IntN(len(channels))]}}
	im.to = ir.Shape{batch, draw(), draw(), channels[g.R.IntN(len(channels))]}
	for a := range 2 {
		im.Size[a], im.Step[a], im.Dilation[a], im.Spread[a] = 1+g.R.IntN(3), 1, 1, 1
		im.Before[a] = g.R.IntN(4) - 1
		switch g.R.IntN(4) {
		case 0:
			im.Step[a] = 2 + g.R.IntN(2)
		case 1:
			im.Spread[a] = 2
		}
		if g.rarely() {
			im.Dilation[a] = 2
			if g.coin() { // few engines have kernels for this
				im.Step[a], im.Spread[a] = 2, 3
			}
		}
	}
	return im
}

// sampleImage draws an op on images.
func sampleImage(g *Gen, op ir.Op, s ir.Shape) ir.ID {
	im := g.images(s)
	in := ir.Instr{Op: op, Window: im.Window}
	pooled := ir.Shape{im.from[0], im.to[1], im.to[2], im.from[3]}
	patches := ir.Shape{im.from[0], im.to[1], im.to[2], im.Size[0], im.Size[1], im.from[3]}
	switch op {
	case ir.Patches:
		in.Args, in.Shape = []ir.ID{g.Arg(im.from...)}, patches
	case ir.Unpatch:
		in.Args, in.Shape = []ir.ID{g.Arg(patches...)}, im.from
	case ir.Conv:
		weights := ir.Shape{im.Size[0], im.Size[1], im.from[3], im.to[3]}
		if in.TransB = g.coin(); in.TransB {
			weights[2], weights[3] = weights[3], weights[2]
		}
		in.Args, in.Shape = []ir.ID{g.Arg(im.from...), g.Arg(weights...)}, im.to
		if in.Bias = g.coin(); in.Bias {
			in.Args = append(in.Args, g.Arg(im.to[3]))
		}
		if g.rarely() {
			in.Act = ir.Tanh
		}
	case ir.ConvWeights:
		in.Args = []ir.ID{g.Arg(im.from...), g.Arg(im.to...)}
	case ir.MaxPool:
		in.Args, in.Shape, in.Data, in.Window.Spread = []ir.ID{g.Arg(im.from...)}, pooled, []float64{-1}, [2]int{1, 1}
		if g.rarely() {
			in.Data[0] = math.Inf(-1)
		}
		g.pairs(&in, pooled)
		in.Act = g.rectifier()
	case ir.MaxPoolGrad: // of an input: a rounding must not decide which number is the largest
		in.Args, in.Window.Spread = []ir.ID{g.Fresh(-2, 2, im.from...), g.Arg(pooled...)}, [2]int{1, 1}
		g.pairs(&in, pooled)
		in.Act = g.rectifier()
	case ir.MaxPoolIndex: // of an input, too
		in.Args, in.Shape, in.Window.Spread = []ir.ID{g.Fresh(-2, 2, im.from...)}, pooled, [2]int{1, 1}
		g.pairs(&in, pooled)
		in.Act = g.rectifier()
	case ir.MaxUnpool: // of an index of the same window
		of := in
		of.Op, of.Args, of.Shape, of.Window.Spread, of.Act = ir.MaxPoolIndex, []ir.ID{g.Fresh(-2, 2, im.from...)}, pooled, [2]int{1, 1}, g.rectifier()
		g.pairs(&of, pooled)
		in.Args, in.Window, in.Shape = []ir.ID{g.Emit(of), g.Arg(pooled...)}, of.Window, im.from
	case ir.SumPool:
		in.Args, in.Shape = []ir.ID{g.Arg(im.from...)}, pooled
	}
	return g.Emit(in)
}

// pairs makes the window often the most usual one, 2 x 2 pixels that do not overlap, which has kernels of its own.
func (g *Gen) pairs(in *ir.Instr, pooled ir.Shape) {
	x := g.Shape(in.Args[0])
	if g.coin() && 2*pooled[1] <= x[1] && 2*pooled[2] <= x[2] {
		in.Window = ir.Window{Size: [2]int{2, 2}, Step: [2]int{2, 2}, Dilation: [2]int{1, 1}, Spread: [2]int{1, 1}}
	}
}

func (g *Gen) rectifier() ir.Op { return []ir.Op{ir.None, ir.Less, ir.LessEq}[g.R.IntN(3)] }

// Rectified is x·(0 < x) or x·(0 ≤ x), and its comparison.
func (g *Gen) Rectified(x ir.ID) (y, mask ir.ID) {
	mask = g.Op([]ir.Op{ir.Less, ir.LessEq}[g.R.IntN(2)], g.Scalar(0), x)
	return g.Op(ir.Mul, x, mask), mask
}

// exchanged reads a value with axis i from axis axes[i].
func (g *Gen) exchanged(x ir.ID, axes ...int) ir.ID {
	s, view, shape := g.Shape(x), ir.View{}, ir.Shape{}
	strides := s.Strides()
	for _, a := range axes {
		view.Strides, shape = append(view.Strides, strides[a]), append(shape, s[a])
	}
	return g.View(x, view, shape...)
}

// PatchMatrix is a random window's patches as a matrix with a row for each position; its columns go by tap and channel, or by channel
// and tap.
func (g *Gen) PatchMatrix(s ir.Shape) ir.ID {
	x, _ := g.patchMatrix(s)
	return x
}

func (g *Gen) patchMatrix(s ir.Shape) (x ir.ID, patches ir.Shape) {
	x = g.Sample(ir.Patches, s)
	patches = g.Shape(x)
	if g.coin() {
		x = g.exchanged(x, 0, 1, 2, 5, 3, 4)
	}
	return g.Builder.Reshape(x, patches[:3].Size(), patches[3:].Size()), patches
}

// ConvData is a product that adds up to images, as the gradient of a convolution by its images is written.
func (g *Gen) ConvData(s ir.Shape) ir.ID {
	im := g.images(s)
	patches := ir.Shape{im.from[0], im.to[1], im.to[2], im.Size[0], im.Size[1], im.from[3]}
	outer := g.coin()
	if outer {
		patches[3], patches[4], patches[5] = patches[5], patches[3], patches[4]
	}
	form := ir.Instr{TransB: g.coin()}
	x := g.Builder.Reshape(g.MatMul(form, patches[:3].Size(), patches[3:].Size(), 1+g.R.IntN(4)), patches...)
	if outer {
		x = g.exchanged(x, 0, 1, 2, 4, 5, 3)
	}
	return g.Emit(ir.Instr{Op: ir.Unpatch, Args: []ir.ID{x}, Window: im.Window, Shape: im.from})
}

// convLayer is a convolution with its bias and its gradient by the weights, channels first, as Gorgonia writes them.
func convLayer(g *Gen, s ir.Shape) ir.ID {
	x, p := g.patchMatrix(s)
	m, k, n := g.Shape(x)[0], g.Shape(x)[1], 1+g.R.IntN(4)
	y := g.Builder.Reshape(g.Emit(ir.Instr{Op: ir.MatMul, TransB: true, Args: []ir.ID{x, g.Arg(n, k)}}), p[0], p[1], p[2], n)
	y = g.exchanged(y, 0, 3, 1, 2)
	bias := g.View(g.Arg(n), ir.View{Strides: []int{0, 1, 0, 0}}, p[0], n, p[1], p[2])
	y = g.Op(ir.Tanh, g.Op(ir.Add, y, bias))
	g.keep(y)
	g.keep(g.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{y}, Axes: [][]int{{2, 3}, {0, 2, 3}, {1}}[g.R.IntN(3)]}))
	back := g.Builder.Reshape(g.exchanged(y, 0, 2, 3, 1), m, n)
	return g.Emit(ir.Instr{Op: ir.MatMul, TransA: true, Args: []ir.ID{back, x}})
}

// poolLayer is a rectifier with a pooling behind it, and its gradient.
func poolLayer(g *Gen, s ir.Shape) ir.ID {
	pool := *g.P.At(g.Sample(ir.MaxPool, s))
	pool.Act = ir.None
	y, mask := g.Rectified(g.Fresh(-1, 1, g.Shape(pool.Args[0])...))
	pool.Args = []ir.ID{y}
	g.keep(g.Emit(pool))
	grad := ir.Instr{Op: ir.MaxPoolGrad, Args: []ir.ID{y, g.Arg(pool.Shape...)}, Window: pool.Window}
	return g.Op(ir.Mul, mask, g.Emit(grad))
}

// trimmable is a convolution whose last rows and columns a pooling may not read, with all its gradients.
func trimmable(g *Gen, s ir.Shape) ir.ID {
	conv := *g.P.At(g.Sample(ir.Conv, s))
	conv.Bias, conv.Act, conv.Args = false, ir.None, conv.Args[:2]
	y := g.Emit(conv)
	to := conv.Shape
	pool := ir.Instr{
		Op: ir.MaxPool, Args: []ir.ID{y}, Data: []float64{-1}, Shape: ir.Shape{to[0], max(1, to[1]/2), max(1, to[2]/2), to[3]},
		Window: ir.Window{Size: [2]int{2, 2}, Step: [2]int{2, 2}, Dilation: [2]int{1, 1}, Spread: [2]int{1, 1}},
	}
	g.keep(g.Emit(pool))
	dy := g.Emit(ir.Instr{Op: ir.MaxPoolGrad, Args: []ir.ID{y, g.Arg(pool.Shape...)}, Window: pool.Window})
	if g.coin() { // by others, too
		g.keep(g.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{g.Op(ir.Tanh, dy)}, Axes: []int{0, 2}}))
	}
	back := ir.Instr{Op: ir.Conv, TransB: !conv.TransB, Args: []ir.ID{dy, conv.Args[1]}, Window: conv.Window.Adjoint(), Shape: g.Shape(conv.Args[0])}
	g.keep(g.Emit(back))
	return g.Emit(ir.Instr{Op: ir.ConvWeights, Args: []ir.ID{conv.Args[0], dy}, Window: conv.Window})
}

// joined are images one after the other along their channels, channels first, as Gorgonia writes them: of the last the pixels are
// repeated, and the first may not be transposed.
func joined(g *Gen, _ ir.Shape) ir.ID {
	batch, rows, cols := 1+g.R.IntN(2), 2*(1+g.R.IntN(2)), 2*(1+g.R.IntN(2))
	first := func(ch int) ir.ID { return g.exchanged(g.Op(ir.Tanh, g.Arg(batch, rows, cols, ch)), 0, 3, 1, 2) }
	small := ir.Shape{batch, rows / 2, cols / 2, 1 + g.R.IntN(3)}
	st := small.Strides()
	repeated := g.View(g.Arg(small...), ir.View{Strides: []int{st[0], st[1], 0, st[2], 0, 1}}, small[0], small[1], 2, small[2], 2, small[3])
	up := g.exchanged(g.Builder.Reshape(repeated, batch, rows, cols, small[3]), 0, 3, 1, 2)
	in := ir.Instr{Op: ir.Concat, Axes: []int{1}, Args: []ir.ID{g.Op(ir.Tanh, up)}}
	if g.coin() {
		in.Args = append(in.Args, g.Arg(batch, 2, rows, cols))
	}
	y := g.Op(ir.Tanh, g.Emit(ir.Instr{Op: ir.Concat, Axes: in.Axes, Args: append(in.Args, first(1+g.R.IntN(3)))}))
	g.keep(g.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{up}, Axes: [][]int{{2, 3}, {1}}[g.R.IntN(2)]}))
	return g.exchanged(y, 0, 2, 3, 1)
}
