package cpu

import (
	"math"

	"github.com/stheno/stheno/blas/native"
	"github.com/stheno/stheno/ir"
)

// eachRun calls f for runs of numbers of one image's result, and of the image, that a tap of the window brings together. The taps of
// a position come in their order.
func eachRun(w *ir.Window, image, result ir.Shape, f func(tap, o, at, n int)) {
	ch, columns, width := result[3], result[2], image[2]
	for r := range result[1] {
		for i := range w.Size[0] {
			row, ok := w.Meets(0, r, i, image[1])
			if !ok {
				continue
			}
			for j := range w.Size[1] {
				tap := i*w.Size[1] + j
				if w.Step[1] == 1 && w.Spread[1] == 1 { // neighbours meet neighbours
					by := j*w.Dilation[1] - w.Before[1]
					lo, hi := max(0, -by), min(columns, width-by)
					if lo < hi {
						f(tap, (r*columns+lo)*ch, (row*width+lo+by)*ch, (hi-lo)*ch)
					}
					continue
				}
				for c := range columns {
					if col, ok := w.Meets(1, c, j, width); ok {
						f(tap, (r*columns+c)*ch, (row*width+col)*ch, ch)
					}
				}
			}
		}
	}
}

// reached tells which positions of an image's result meet the image.
func reached(w *ir.Window, image, result ir.Shape) []bool {
	all := make([]bool, result[1:].Size())
	eachRun(w, image, result, func(_, o, _, n int) {
		for i := range n {
			all[o+i] = true
		}
	})
	return all
}

// eachImage is a kernel that goes from image to image: f gets each one's result and arguments.
func eachImage[T float](values []rows[T], f func(worker int, v [3][]T)) kernel {
	return func(worker, lo, hi int) {
		var all, v [3][]T
		for j := range values {
			all[j] = values[j].of(worker, lo, hi)
		}
		for i := range hi - lo {
			for j := range values {
				n := values[j].row
				v[j] = all[j][i*n : (i+1)*n]
			}
			f(worker, v)
		}
	}
}

// isPairs tells whether a window is of 2 x 2 pixels that lie side by side in the image: there are kernels for it.
func isPairs(w *ir.Window, image, result ir.Shape) bool {
	two, one := [2]int{2, 2}, [2]int{1, 1}
	return w.Size == two && w.Step == two && w.Dilation == one && w.Before == [2]int{} && 2*result[1] <= image[1] && 2*result[2] <= image[2]
}

// maxPoolKernel finds the largest numbers of windows, and which they are: one of the two, or both.
func maxPoolKernel[T float](c *compiler[T], in *ir.Instr, out []rows[T]) kernel {
	p := newMaxPool(c, in)
	values := append([]rows[T]{c.rows(in.Args[0])}, out...)
	if in.Op == ir.MaxPoolIndex { // alone: nobody needs the numbers
		n := out[0].row
		largest := c.scratch(p.room + n)
		return eachImage(values, func(worker int, v [3][]T) {
			mem := largest(worker)
			p.run(v[0], mem[p.room:][:n], v[1], mem)
		})
	}
	scratch := c.scratch(p.room)
	return eachImage(values, func(worker int, v [3][]T) { p.run(v[0], v[1], v[2], scratch(worker)) })
}

// maxPool finds the largest numbers of an image's windows, rectified or not, and which they are.
type maxPool[T float] struct {
	window        ir.Window
	image, result ir.Shape
	act           ir.Op
	empty         []int // results that meet no image
	of            T     // what these are

	pairs      func(dst, x []T, ld, ch, cols int) // kernels for pairs; or nil
	pairsIndex func(dst, index, x []T, ld, ch, cols int)

	room                   int // scratch memory that it needs
	larger                 func(dst, x, y []T)
	same, other            func(dst, x, y, z []T)
	compare, add, sub, mul func(dst, x, y []T)
	zeros                  []T
}

var rectifiers = map[ir.Op]native.Rectifier{ir.None: native.Plain, ir.Less: native.Positive, ir.LessEq: native.NotNegative}

func newMaxPool[T float](c *compiler[T], in *ir.Instr) *maxPool[T] {
	p := &maxPool[T]{window: in.Window, image: c.p.At(in.Args[0]).Shape, result: in.Shape, act: in.Act}
	if r := rectifiers[in.Act]; isPairs(&in.Window, p.image, p.result) && native.LargestOfPairs[T](r) != nil {
		p.pairs, p.pairsIndex = native.LargestOfPairs[T](r), native.IndexOfPairs[T](r)
		return p
	}
	for o, ok := range reached(&in.Window, p.image, p.result) {
		if !ok {
			p.empty = append(p.empty, o)
		}
	}
	if len(in.Data) > 0 {
		p.of = T(in.Data[0])
	}
	p.larger = pick[func(dst, x, y []T)](native.Slarger, native.Dlarger)
	p.same, p.other = pick[func(dst, x, y, z []T)](native.SofSame, native.DofSame), pick[func(dst, x, y, z []T)](native.SofOther, native.DofOther)
	p.add, p.sub, p.mul = vector[T](ir.Add), vector[T](ir.Sub), vector[T](ir.Mul)
	pixels, results := p.image[1:].Size(), p.result[1:].Size()
	p.room = results + 3*p.longest()
	if p.act != ir.None {
		p.compare, p.zeros = vector[T](p.act), make([]T, pixels)
		p.room += 2 * pixels
	}
	return p
}

// longest is a bound of the runs that eachRun finds.
func (p *maxPool[T]) longest() int { return max(p.result[3], p.result[2]*p.result[3]) }

// run pools an image. index may be nil.
func (p *maxPool[T]) run(image, largest, index, scratch []T) {
	if p.pairs == nil {
		p.windows(image, largest, index, scratch)
		return
	}
	ch := p.image[3]
	from, to := p.image[2]*ch, p.result[2]*ch
	for r := range p.result[1] {
		if x := image[2*r*from:]; index == nil {
			p.pairs(largest[r*to:], x, from, ch, p.result[2])
		} else {
			p.pairsIndex(largest[r*to:], index[r*to:], x, from, ch, p.result[2])
		}
	}
}

// windows is for windows of any kind.
func (p *maxPool[T]) windows(image, largest, index, scratch []T) {
	left, numbers, share, scratch := scratch[:len(largest)], scratch[len(largest):][:p.longest()], scratch[len(largest)+p.longest():][:p.longest()], scratch[len(largest)+2*p.longest():]
	blocked := scratch[:p.longest()]
	y, mask := image, []T(nil)
	if p.act != ir.None {
		mask, y = scratch[p.longest():][:len(image)], scratch[p.longest()+len(image):][:len(image)]
		p.compare(mask, p.zeros, image)
		p.mul(y, image, mask)
	}
	fill(largest, T(math.Inf(-1)))
	eachRun(&p.window, p.image, p.result, func(_, o, at, n int) { p.larger(largest[o:o+n], largest[o:o+n], y[at:at+n]) })
	if index != nil {
		taps := T(p.window.Taps())
		fill(index, -1)
		fill(left, 1) // for each result 1 until its place is found
		eachRun(&p.window, p.image, p.result, func(tap, o, at, n int) {
			found, number := share[:n], numbers[:n]
			p.same(found, y[at:at+n], largest[o:o+n], left[o:o+n])
			p.other(left[o:o+n], y[at:at+n], largest[o:o+n], left[o:o+n])
			fill(number, T(tap+1)) // index is -1 so far
			if mask != nil {       // the window's size is added where that is 0
				less := blocked[:n]
				fill(less, taps)
				p.mul(less, less, mask[at:at+n])
				fill(number, T(tap+1)+taps)
				p.sub(number, number, less)
			}
			p.mul(found, found, number)
			p.add(index[o:o+n], index[o:o+n], found)
		})
	}
	for _, o := range p.empty {
		largest[o] = p.of
	}
}

// maxUnpoolKernel brings each number to its place.
func maxUnpoolKernel[T float](c *compiler[T], in *ir.Instr, out []rows[T]) kernel {
	unpool := newUnpool(c, in, 0)
	return eachImage([]rows[T]{out[0], c.rows(in.Args[0]), c.rows(in.Args[1])}, func(worker int, v [3][]T) { unpool(worker, v[0], v[1], v[2]) })
}

// newUnpool unpools an image at a time, in scratch memory behind that of who calls it.
func newUnpool[T float](c *compiler[T], in *ir.Instr, callers int) func(worker int, out, index, g []T) {
	image, result := in.Shape, c.p.At(in.Args[0]).Shape
	if pairs := native.UnpoolPairs[T](); pairs != nil && isPairs(&in.Window, image, result) {
		return unpoolPairs(pairs, image, result)
	}
	add, mul, same := vector[T](ir.Add), vector[T](ir.Mul), pick[func(dst, x, y, z []T)](native.SofSame, native.DofSame)
	taps, n, longest := in.Window.Taps(), result[1:].Size(), max(result[3], result[2]*result[3])
	scratch := c.scratch(callers + n + 2*longest)
	return func(worker int, out, index, g []T) {
		mem := scratch(worker)[callers:]
		nothing, number, share := mem[:n], mem[n:][:longest], mem[n+longest:][:longest]
		clear(nothing)
		mul(nothing, nothing, g)
		clear(out)
		eachRun(&in.Window, image, result, func(tap, o, at, n int) {
			for i, from := range [...][]T{g, nothing} {
				fill(number[:n], T(tap+i*taps))
				same(share[:n], index[o:o+n], number[:n], from[o:o+n])
				add(out[at:at+n], out[at:at+n], share[:n])
			}
		})
	}
}

// unpoolPairs writes two rows at a time; what no window reaches, behind the last of them, is zero.
func unpoolPairs[T float](pairs func(dst, index, g []T, ld, ch, cols int), image, result ir.Shape) func(worker int, out, index, g []T) {
	rows, cols, ch := result[1], result[2], result[3]
	row, from, done := image[2]*ch, cols*ch, 2*cols*ch
	return func(_ int, out, index, g []T) {
		for r := range rows {
			two := out[2*r*row:][:2*row]
			pairs(two, index[r*from:], g[r*from:], row, ch, cols)
			clear(two[done:row])
			clear(two[row+done:])
		}
		clear(out[2*rows*row:])
	}
}

func sumPoolKernel[T float](c *compiler[T], in *ir.Instr, out []rows[T]) kernel {
	image, add := c.p.At(in.Args[0]).Shape, vector[T](ir.Add)
	return eachImage([]rows[T]{out[0], c.rows(in.Args[0])}, func(_ int, v [3][]T) {
		out, x := v[0], v[1]
		clear(out)
		eachRun(&in.Window, image, in.Shape, func(_, o, at, n int) { add(out[o:o+n], out[o:o+n], x[at:at+n]) })
	})
}

// pick is the function for T of the two for float32 and float64.
func pick[F any](single, double any) F {
	if f, ok := single.(F); ok {
		return f
	}
	return double.(F)
}
