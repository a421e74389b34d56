package ir

import "fmt"

// Images have four axes: image of the batch, row, column, channel. The ops here go over them with a Window. The result's rows and
// columns are the instruction's to say: how much padding lies behind an image follows from them.

// imageRows are their rows of the table.
func imageRows() map[Op]row {
	return map[Op]row{
		Patches: {
			name: "patches", doc: "the windows of images, one beside the other (im2col)", arity: 1,
			shape: patchesShape, eval: patchesEval, local: firstRows, print: printWindow,
		},
		Unpatch: {
			name: "unpatch", doc: "patches added up to images, each number where it came from (col2im)", arity: 1,
			shape: unpatchShape, eval: unpatchEval, local: firstRows, flops: firstSize, print: printWindow,
		},
		Conv: {
			name: "conv", doc: "images convolved with weights, plus a bias and then an activation", arity: -1,
			shape: convShape, eval: convEval, local: firstRows, flops: convFlops, print: printWindow, expand: expandConv,
		},
		ConvWeights: {
			name: "convweights", doc: "the gradient of a convolution by its weights, from images and the gradient by the result", arity: 2,
			shape: convWeightsShape, eval: convWeightsEval, flops: convFlops, print: printWindow, expand: expandConvWeights,
		},
	}
}

func imageShape(c *call, rank int, channels func(s Shape) Shape) (Shape, error) {
	if err := c.Window.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", c.Op, err)
	}
	x := c.shapes[0]
	if len(x) != 4 || len(c.Shape) != rank {
		return nil, fmt.Errorf("%s: %v to %v: images have the axes batch, row, column, channel", c.Op, x, c.Shape)
	}
	want := append(Shape{x[0], c.Shape[1], c.Shape[2]}, channels(x)...)
	if !want.Eq(c.Shape) {
		return nil, fmt.Errorf("%s: %v gives %v, not %v", c.Op, x, want, c.Shape)
	}
	return want, nil
}

func patchesShape(c *call) (Shape, error) {
	return imageShape(c, 6, func(x Shape) Shape { return Shape{c.Window.Size[0], c.Window.Size[1], x[3]} })
}

// unpatchShape: the argument is what patches makes, the result an image.
func unpatchShape(c *call) (Shape, error) {
	g := c.shapes[0]
	if len(g) != 6 || len(c.Shape) != 4 {
		return nil, fmt.Errorf("unpatch: %v to %v: patches have six axes, images four", g, c.Shape)
	}
	back := &call{Instr: &Instr{Op: Patches, Window: c.Window, Shape: g}, shapes: []Shape{c.Shape}}
	_, err := patchesShape(back)
	return c.Shape, err
}

func convShape(c *call) (Shape, error) {
	want := 2
	if c.Bias {
		want = 3
	}
	if len(c.Args) != want {
		return nil, fmt.Errorf("conv takes %d arguments here, not %d", want, len(c.Args))
	}
	if c.Act != None && !activates(c.Act) {
		return nil, fmt.Errorf("conv: %s is no activation: those are the element-wise ops of one argument", c.Act)
	}
	x, w := c.shapes[0], c.shapes[1]
	from, to := 2, 3
	if c.TransB {
		from, to = to, from
	}
	if len(x) != 4 || len(w) != 4 || w[0] != c.Window.Size[0] || w[1] != c.Window.Size[1] || w[from] != x[3] {
		return nil, fmt.Errorf("conv: %v with weights %v for a window of %v: weights have the axes row, column, channel, new channel", x, w, &c.Window)
	}
	if c.Bias && c.shapes[2].Size() != w[to] {
		return nil, fmt.Errorf("conv: a bias of shape %v for %d channels", c.shapes[2], w[to])
	}
	return imageShape(c, 4, func(Shape) Shape { return Shape{w[to]} })
}

func convWeightsShape(c *call) (Shape, error) {
	x, g := c.shapes[0], c.shapes[1]
	if len(x) != 4 || len(g) != 4 || x[0] != g[0] {
		return nil, fmt.Errorf("convweights: %v and %v are not images of one batch", x, g)
	}
	return Shape{c.Window.Size[0], c.Window.Size[1], x[3], g[3]}, c.Window.check()
}

// firstRows: image i of the result needs image i of each argument but weights and biases.
func firstRows(c *call, arg int) bool { return arg == 0 || c.Op != Conv && c.Op != GroupConv }

// plane is the rows and columns of an image.
func (s Shape) plane() [2]int { return [2]int{s[1], s[2]} }

// overWindows calls f for each image of the batch and each pair of window.each, with offsets of their channels: o and at in the result
// and the image, tap counting from 0.
func (c *call) overWindows(image, result Shape, f func(o, tap, at int)) {
	for n := range image[0] {
		x, y := n*image[1]*image[2], n*result[1]*result[2]
		c.Window.each(image.plane(), result.plane(), func(o, tap, at int) { f((y+o)*result[3], tap, (x+at)*image[3]) })
	}
}

func patchesEval(c *call, out []float64) {
	clear(out)
	x, taps := c.shapes[0], c.Window.Taps()
	flat := Shape{x[0], c.Shape[1], c.Shape[2], taps * x[3]}
	c.overWindows(x, flat, func(o, tap, at int) { copy(out[o+tap*x[3]:][:x[3]], c.args[0][at:]) })
}

func unpatchEval(c *call, out []float64) {
	clear(out)
	x, g := c.Shape, c.shapes[0]
	flat := Shape{x[0], g[1], g[2], c.Window.Taps() * x[3]}
	c.overWindows(x, flat, func(o, tap, at int) {
		for i, v := range c.args[0][o+tap*x[3]:][:x[3]] {
			out[at+i] += v
		}
	})
}

func convEval(c *call, out []float64) {
	clear(out)
	x, y := c.shapes[0], c.Shape
	first, byTap, byOld, byNew := 0, x[3]*y[3], y[3], 1
	if c.TransB {
		first, byTap, byOld, byNew = (c.Window.Taps()-1)*byTap, -byTap, 1, x[3]
	}
	c.overWindows(x, y, func(o, tap, at int) {
		for i, v := range c.args[0][at:][:x[3]] {
			for j := range y[3] {
				out[o+j] += v * c.args[1][first+tap*byTap+i*byOld+j*byNew]
			}
		}
	})
	c.finish(out)
}

// finish adds the bias, and applies the activation.
func (c *call) finish(out []float64) {
	for i := range out {
		if c.Bias {
			out[i] += c.args[2][i%c.Shape[3]]
		}
		if c.Act != None {
			out[i] = c.Act.Scalar(out[i], out[i])
		}
	}
}

func convWeightsEval(c *call, out []float64) {
	clear(out)
	x, g := c.shapes[0], c.shapes[1]
	c.overWindows(x, g, func(o, tap, at int) {
		for i, v := range c.args[0][at:][:x[3]] {
			for j, d := range c.args[1][o:][:g[3]] {
				out[(tap*x[3]+i)*g[3]+j] += v * d
			}
		}
	})
}

// convFlops counts padding, too.
func convFlops(c *call) int {
	if c.Op == ConvWeights {
		return 2 * c.Window.Taps() * c.shapes[0][3] * c.shapes[1].Size()
	}
	spread := c.Window.Spread[0] * c.Window.Spread[1]
	return 2 * c.Window.Taps() * c.shapes[0][3] * c.Shape.Size() / spread
}

func printWindow(in *Instr, args []string, _ map[int]string) []string {
	if in.TransB {
		args[1] += "ᵀ"
	}
	words := append([]string{in.Op.String()}, args[:min(2, len(args))]...)
	words = append(words, in.Window.String())
	if in.Bias {
		words = append(words, "+", args[2])
	}
	if in.Act != None {
		words = append(words, in.Act.String())
	}
	return words
}

// expandConv: patches, and a product with the weights; or for an adjoint the product first, whose patches add up to images.
func expandConv(q *Program, in Instr) (ID, bool) {
	w := q.At(in.Args[1]).Shape
	if in.TransB {
		if in.Bias || in.Act != None {
			return q.epilogue(in), true
		}
		x := q.At(in.Args[0]).Shape
		mm := Instr{Op: MatMul, TransB: true, Shape: Shape{x[:3].Size(), w[:3].Size()}}
		mm.Args = []ID{q.reshape(in.Args[0], Shape{x[:3].Size(), x[3]}), q.reshape(in.Args[1], Shape{w[:3].Size(), w[3]})}
		patches := q.reshape(q.emit(mm), Shape{x[0], x[1], x[2], w[0], w[1], w[2]})
		return q.emit(Instr{Op: Unpatch, Args: []ID{patches}, Window: in.Window.Adjoint(), Shape: in.Shape}), true
	}
	x := q.patchMatrix(in.Args[0], in.Window, in.Shape)
	mm := in
	mm.Op, mm.Window = MatMul, Window{}
	mm.Args = append([]ID{x, q.reshape(in.Args[1], Shape{w[:3].Size(), w[3]})}, in.Args[2:]...)
	mm.Shape = Shape{in.Shape[:3].Size(), w[3]}
	return q.reshape(q.emit(mm), in.Shape), true
}

// epilogue writes the bias and the activation of a convolution as ops of their own.
func (p *Program) epilogue(in Instr) ID {
	act, args := in.Act, in.Args
	in.Bias, in.Act, in.Args = false, None, args[:2]
	y := p.emit(in)
	if len(args) > 2 {
		bias := p.emit(Instr{Op: ViewOp, Args: args[2:], Views: []View{{Strides: []int{0, 0, 0, 1}}}, Shape: in.Shape})
		y = p.apply(Add, in.Shape, y, bias)
	}
	if act != None {
		y = p.apply(act, in.Shape, y)
	}
	return y
}

// expandConvWeights: the product of the patches and the gradient.
func expandConvWeights(q *Program, in Instr) (ID, bool) {
	g := q.At(in.Args[1]).Shape
	x := q.patchMatrix(in.Args[0], in.Window, g)
	mm := Instr{Op: MatMul, TransA: true, Args: []ID{x, q.reshape(in.Args[1], Shape{g[:3].Size(), g[3]})}}
	mm.Shape = Shape{in.Shape[:3].Size(), g[3]}
	return q.reshape(q.emit(mm), in.Shape), true
}

// patchMatrix is a row for each position of the result.
func (p *Program) patchMatrix(x ID, w Window, result Shape) ID {
	s := Shape{result[0], result[1], result[2], w.Size[0], w.Size[1], p.At(x).Shape[3]}
	patches := p.emit(Instr{Op: Patches, Args: []ID{x}, Window: w, Shape: s})
	return p.reshape(patches, Shape{s[:3].Size(), s[3:].Size()})
}

// reshape appends a reshape, where it changes anything.
func (p *Program) reshape(x ID, s Shape) ID {
	if p.At(x).Shape.Eq(s) {
		return x
	}
	return p.emit(Instr{Op: Reshape, Args: []ID{x}, Shape: s})
}
