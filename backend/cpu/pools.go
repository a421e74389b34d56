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

func maxPoolKernel[T float](c *compiler[T], in *ir.Instr, out []T) kernel {
	pool, x := newMaxPool[T](c, in, in.Shape), c.mem[in.Args[0]]
	return eachImage(out, in.Shape, func(_, i int, out []T) { pool.largest(out, x[i*pool.pixels:]) })
}

// maxPool finds the largest numbers of an image's windows.
type maxPool[T float] struct {
	window        ir.Window
	image, result ir.Shape
	pixels        int
	empty         []int // results that meet no image
	of            T     // what these are
	larger        func(dst, x, y []T)
}

func newMaxPool[T float](c *compiler[T], in *ir.Instr, result ir.Shape) *maxPool[T] {
	image := c.p.At(in.Args[0]).Shape
	p := &maxPool[T]{window: in.Window, image: image, result: result, pixels: inner(image), larger: pick[func(dst, x, y []T)](native.Slarger, native.Dlarger)}
	for o, ok := range reached(&in.Window, image, result) {
		if !ok {
			p.empty = append(p.empty, o)
		}
	}
	if len(in.Data) > 0 {
		p.of = T(in.Data[0])
	}
	return p
}

func (p *maxPool[T]) largest(out, x []T) {
	fill(out, T(math.Inf(-1)))
	eachRun(&p.window, p.image, p.result, func(o, at, n int) { p.larger(out[o:o+n], out[o:o+n], x[at:at+n]) })
	for _, o := range p.empty {
		out[o] = p.of
	}
}

// maxPoolGradKernel hands each result's gradient to the first of the largest numbers of its window. What a result has handed out it
// has no more.
func maxPoolGradKernel[T float](c *compiler[T], in *ir.Instr, out []T) kernel {
	result := c.p.At(in.Args[1]).Shape
	pool, n := newMaxPool[T](c, in, result), inner(result)
	x, g := c.mem[in.Args[0]], c.mem[in.Args[1]]
	same, other := pick[func(dst, x, y, z []T)](native.SofSame, native.DofSame), pick[func(dst, x, y, z []T)](native.SofOther, native.DofOther)
	add := vector[T](ir.Add)
	longest := max(result[3], result[2]*result[3])
	scratch := c.scratch(2*n + longest)
	return eachImage(out, in.Shape, func(worker, i int, out []T) {
		mem := scratch(worker)
		most, left, share := mem[:n], mem[n:2*n], mem[2*n:2*n+longest]
		x := x[i*pool.pixels:]
		pool.largest(most, x)
		copy(left, g[i*n:(i+1)*n])
		clear(out)
		eachRun(&pool.window, pool.image, pool.result, func(o, at, n int) {
			same(share[:n], x[at:at+n], most[o:o+n], left[o:o+n])
			add(out[at:at+n], out[at:at+n], share[:n])
			other(left[o:o+n], x[at:at+n], most[o:o+n], left[o:o+n])
		})
	})
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
