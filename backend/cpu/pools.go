package cpu

import (
	"math"

	"github.com/stheno/stheno/blas/native"
	"github.com/stheno/stheno/ir"
)

// eachRun calls f for runs of numbers of one image's result, and of the image, that a tap of the window brings together. The taps of
// a position come in their order.
func eachRun(w *ir.Window, image, result ir.Shape, f func(o, at, n int)) {
	ch, columns, width := result[3], result[2], image[2]
	for r := range result[1] {
		for i := range w.Size[0] {
			row, ok := w.Meets(0, r, i, image[1])
			if !ok {
				continue
			}
			for j := range w.Size[1] {
				if w.Step[1] == 1 && w.Spread[1] == 1 { // neighbours meet neighbours
					by := j*w.Dilation[1] - w.Before[1]
					lo, hi := max(0, -by), min(columns, width-by)
					if lo < hi {
						f((r*columns+lo)*ch, (row*width+lo+by)*ch, (hi-lo)*ch)
					}
					continue
				}
				for c := range columns {
					if col, ok := w.Meets(1, c, j, width); ok {
						f((r*columns+c)*ch, (row*width+col)*ch, ch)
					}
				}
			}
		}
	}
}

// reached tells which positions of an image's result meet the image.
func reached(w *ir.Window, image, result ir.Shape) []bool {
	all := make([]bool, result[1:].Size())
	eachRun(w, image, result, func(o, _, n int) {
		for i := range n {
			all[o+i] = true
		}
	})
	return all
}

// eachImage is a kernel that goes from image to image.
func eachImage[T float](out []T, shape ir.Shape, f func(worker, image int, out []T)) kernel {
	n := inner(shape)
	return func(worker, lo, hi int) {
		for i := lo; i < hi; i++ {
			f(worker, i, out[i*n:(i+1)*n])
		}
	}
}

// maxPool finds the largest numbers of an image's windows, rectified or not.
type maxPool[T float] struct {
	window        ir.Window
	image, result ir.Shape
	pixels        int
	pairs         bool  // windows of 2 x 2 pixels side by side in the image, which have kernels of their own
	empty         []int // results that meet no image
	of            T     // what these are
	act           ir.Op
	larger        func(dst, x, y []T)
	compare, mul  func(dst, x, y []T)
	scratch       func(worker int) []T // room for a mask and for what is rectified
	zero          []T
}

var rectifiers = map[ir.Op]native.Rectifier{ir.None: native.Plain, ir.Less: native.Positive, ir.LessEq: native.NotNegative}

// newMaxPool asks for room for n more numbers than it needs itself, behind those of who calls it for an image at a time.
func newMaxPool[T float](c *compiler[T], in *ir.Instr, result ir.Shape, n, callers int) *maxPool[T] {
	image := c.p.At(in.Args[0]).Shape
	w := &in.Window
	p := &maxPool[T]{
		window: *w, image: image, result: result, pixels: image[1:].Size(), act: in.Act, mul: vector[T](ir.Mul),
		larger: pick[func(dst, x, y []T)](native.Slarger, native.Dlarger),
	}
	two, one := [2]int{2, 2}, [2]int{1, 1}
	p.pairs = w.Size == two && w.Step == two && w.Dilation == one && w.Before == [2]int{} &&
		2*result[1] <= image[1] && 2*result[2] <= image[2] && native.LargestOfPairs[T](native.Plain) != nil
	for o, ok := range reached(w, image, result) {
		if !ok {
			p.empty = append(p.empty, o)
		}
	}
	if len(in.Data) > 0 {
		p.of = T(in.Data[0])
	}
	if in.Act != ir.None && !p.pairs {
		p.compare, p.zero = vector[T](in.Act), make([]T, p.pixels)
		n += 2 * p.pixels
	}
	scratch := c.scratch(callers + n)
	p.scratch = func(worker int) []T { return scratch(worker)[callers:] }
	return p
}

// rectified is an image as the pooling reads it, and the mask that it is multiplied by; nil where it is the image.
func (p *maxPool[T]) rectified(x, room []T) (y, mask []T) {
	x = x[:p.pixels]
	if p.act == ir.None {
		return x, nil
	}
	mask, y = room[:p.pixels], room[p.pixels:2*p.pixels]
	p.compare(mask, p.zero, x)
	p.mul(y, x, mask)
	return y, mask
}

func (p *maxPool[T]) largest(out, x []T) {
	fill(out, T(math.Inf(-1)))
	eachRun(&p.window, p.image, p.result, func(o, at, n int) { p.larger(out[o:o+n], out[o:o+n], x[at:at+n]) })
	for _, o := range p.empty {
		out[o] = p.of
	}
}

func maxPoolKernel[T float](c *compiler[T], in *ir.Instr, out []T) kernel {
	p, x := newMaxPool(c, in, in.Shape, 0, 0), c.mem[in.Args[0]]
	if !p.pairs {
		return eachImage(out, in.Shape, func(worker, i int, out []T) {
			y, _ := p.rectified(x[i*p.pixels:], p.scratch(worker))
			p.largest(out, y)
		})
	}
	row, to, pool := p.image[2]*p.image[3], in.Shape[2]*in.Shape[3], native.LargestOfPairs[T](rectifiers[in.Act])
	return eachImage(out, in.Shape, func(_, i int, out []T) {
		for r := range in.Shape[1] {
			pool(out[r*to:], x[i*p.pixels+2*r*row:], row, in.Shape[3], in.Shape[2])
		}
	})
}

// maxPoolGradKernel hands each result's gradient to the first of the largest numbers of its window.
func maxPoolGradKernel[T float](c *compiler[T], in *ir.Instr, out []T) kernel {
	return eachImage(out, in.Shape, maxPoolGrad(c, in, 0))
}

// maxPoolGrad computes the gradient of one image, in scratch memory behind the caller's.
func maxPoolGrad[T float](c *compiler[T], in *ir.Instr, callers int) func(worker, i int, out []T) {
	result := c.p.At(in.Args[1]).Shape
	if p := newMaxPool(c, in, result, 0, callers); p.pairs {
		return pairsGrad(c, in, p)
	}
	return windowsGrad(c, in, result, callers)
}

// pairsGrad writes two rows at a time; what no window reaches, behind the last of them, is zero.
func pairsGrad[T float](c *compiler[T], in *ir.Instr, p *maxPool[T]) func(worker, i int, out []T) {
	x, g, grad := c.mem[in.Args[0]], c.mem[in.Args[1]], native.GradientOfPairs[T](rectifiers[in.Act])
	rows, cols, ch := p.result[1], p.result[2], p.result[3]
	row, from := p.image[2]*ch, p.result[1:].Size()
	return func(_, i int, out []T) {
		for r := range rows {
			two := out[2*r*row:][:2*row]
			grad(two, x[i*p.pixels+2*r*row:], row, ch, cols, g[i*from+r*cols*ch:])
			if done := 2 * cols * ch; done < row {
				clear(two[done:row])
				clear(two[row+done:])
			}
		}
		clear(out[2*rows*row:])
	}
}

// windowsGrad is for windows of any kind. What a result has handed out it has no more.
func windowsGrad[T float](c *compiler[T], in *ir.Instr, result ir.Shape, callers int) func(worker, i int, out []T) {
	n := result[1:].Size()
	longest := max(result[3], result[2]*result[3])
	p := newMaxPool(c, in, result, 2*n+longest, callers)
	x, g, add := c.mem[in.Args[0]], c.mem[in.Args[1]], vector[T](ir.Add)
	same, other := pick[func(dst, x, y, z []T)](native.SofSame, native.DofSame), pick[func(dst, x, y, z []T)](native.SofOther, native.DofOther)
	return func(worker, i int, out []T) {
		mem := p.scratch(worker)
		most, left, share := mem[:n], mem[n:2*n], mem[2*n:2*n+longest]
		y, mask := p.rectified(x[i*p.pixels:], mem[2*n+longest:])
		p.largest(most, y)
		copy(left, g[i*n:(i+1)*n])
		clear(out)
		eachRun(&p.window, p.image, p.result, func(o, at, n int) {
			same(share[:n], y[at:at+n], most[o:o+n], left[o:o+n])
			add(out[at:at+n], out[at:at+n], share[:n])
			other(left[o:o+n], y[at:at+n], most[o:o+n], left[o:o+n])
		})
		if mask != nil {
			p.mul(out, out, mask)
		}
	}
}

func sumPoolKernel[T float](c *compiler[T], in *ir.Instr, out []T) kernel {
	image, x, add := c.p.At(in.Args[0]).Shape, c.mem[in.Args[0]], vector[T](ir.Add)
	pixels := inner(image)
	return eachImage(out, in.Shape, func(_, i int, out []T) {
		x := x[i*pixels:]
		clear(out)
		eachRun(&in.Window, image, in.Shape, func(o, at, n int) { add(out[o:o+n], out[o:o+n], x[at:at+n]) })
	})
}

// pick is the function for T of the two for float32 and float64.
func pick[F any](single, double any) F {
	if f, ok := single.(F); ok {
		return f
	}
	return double.(F)
}
