package cpu

import (
	"math"

	"github.com/stheno/stheno/blas/native"
	"github.com/stheno/stheno/ir"
)

// fold joins a run of elements into acc, and two runs position by position.
type fold[T float] struct {
	zero T
	run  func(x []T) T
	pair func(dst, a, b []T)
}

// rows joins rows of dst's length into it, in sums that hold several of them side by side.
func (f *fold[T]) rows(dst, sums, x []T) {
	fill(sums, f.zero)
	for ; len(x) > 0; x = x[len(sums):] {
		f.pair(sums, sums, x[:len(sums)])
	}
	for ; len(sums) > 0; sums = sums[len(dst):] {
		f.pair(dst, dst, sums[:len(dst)])
	}
}

func sumKernel[T float](c *compiler[T], in *ir.Instr, out []T) kernel {
	return reduceKernel(c, in, out, fold[T]{0, sum[T], vector[T](ir.Add)})
}

func maxKernel[T float](c *compiler[T], in *ir.Instr, out []T) kernel {
	return reduceKernel(c, in, out, fold[T]{T(math.Inf(-1)), top[T], pick[func(dst, a, b []T)](native.Slarger, native.Dlarger)})
}

// reduceKernel removes axes. Neighbouring axes make the source three-dimensional, outer x reduced x inner, and the
// result outer x inner; axes that are apart take the general way.
func reduceKernel[T float](c *compiler[T], in *ir.Instr, out []T, f fold[T]) kernel {
	src, shape := c.mem[in.Args[0]], c.p.At(in.Args[0]).Shape
	if len(in.Axes) == 0 {
		n := inner(in.Shape)
		return func(_, lo, hi int) { copy(out[lo*n:hi*n], src[lo*n:hi*n]) }
	}
	first, last := in.Axes[0], in.Axes[len(in.Axes)-1]
	if last-first+1 != len(in.Axes) {
		return scatterKernel(c, in, out, f)
	}
	depth, width := shape[first:last+1].Size(), shape[last+1:].Size()
	n := inner(in.Shape)
	// short rows are taken some at a time, as one: each call of a vector kernel then has enough to do
	beside := 1
	if width > 1 {
		beside = max(1, min(c.engine.plan.beside/width, depth/2))
	}
	scratch := c.scratch(beside * width)
	return func(worker, lo, hi int) {
		from, to := lo*n, hi*n
		if width == 1 {
			for o := from; o < to; o++ {
				out[o] = f.run(src[o*depth : (o+1)*depth])
			}
			return
		}
		for from < to { // one outer index at a time, or a piece of it
			o, i := from/width, from%width
			w := min(width-i, to-from)
			dst := out[from : from+w]
			fill(dst, f.zero)
			done := 0
			if w == width && beside > 1 {
				done = depth / beside * beside
				f.rows(dst, scratch(worker)[:beside*width], src[o*depth*width:][:done*width])
			}
			for r := done; r < depth; r++ {
				at := (o*depth+r)*width + i
				f.pair(dst, dst, src[at:at+w])
			}
			from += w
		}
	}
}

// scatterKernel reduces any axes, one element of the result at a time.
func scatterKernel[T float](c *compiler[T], in *ir.Instr, out []T, f fold[T]) kernel {
	src, shape := c.mem[in.Args[0]], c.p.At(in.Args[0]).Shape
	strides := shape.Strides()
	var keptShape, goneShape ir.Shape
	var kept, gone ir.View
	for d := range shape {
		s, v := &keptShape, &kept
		for _, a := range in.Axes {
			if a == d {
				s, v = &goneShape, &gone
			}
		}
		*s, v.Strides = append(*s, shape[d]), append(v.Strides, strides[d])
	}
	start := make([]int, len(out))
	kept.Each(keptShape, func(i, at int) { start[i] = at })
	offsets := make([]int, goneShape.Size())
	gone.Each(goneShape, func(i, at int) { offsets[i] = at })
	n := inner(in.Shape)
	scratch := c.scratch(len(offsets))
	return func(worker, lo, hi int) {
		run := scratch(worker)[:len(offsets)]
		for o := lo * n; o < hi*n; o++ {
			for i, at := range offsets {
				run[i] = src[start[o]+at]
			}
			out[o] = f.run(run)
		}
	}
}

// inner is the number of elements in one row of a shape.
func inner(s ir.Shape) int {
	if s.Rows() == 0 {
		return 0
	}
	return s.Size() / s.Rows()
}

// sum adds in eight lanes and then joins the lanes: faster than one chain of additions and closer to the truth.
func sum[T float](x []T) T {
	var lane [8]T
	i := 0
	for ; i+8 <= len(x); i += 8 {
		for l := range lane {
			lane[l] += x[i+l]
		}
	}
	for l := 0; i < len(x); i, l = i+1, l+1 {
		lane[l] += x[i]
	}
	return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]))
}

func top[T float](x []T) T {
	t := T(math.Inf(-1))
	for _, v := range x {
		t = larger(t, v)
	}
	return t
}

// larger is the larger of two numbers; NaN wins.
func larger[T float](a, b T) T {
	if a > b || a != a {
		return a
	}
	return b
}
