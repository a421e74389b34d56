package cpu

import "github.com/stheno/stheno/ir"

// load brings elements [lo, lo+len(dst)) of an argument into dst.
type load[T float] func(dst []T, lo int)

// loader chooses how to read an argument: one value everywhere, a run that repeats (a bias over rows), values that
// are each repeated (a factor for each row), or any strides.
func loader[T float](src []T, v ir.View, shape ir.Shape) load[T] {
	if shape.Size() == 0 {
		return func([]T, int) {}
	}
	if v.IsScalar(shape) {
		return func(dst []T, _ int) { fill(dst, src[v.Offset]) }
	}
	cut := 0 // leading dimensions that the argument does not have
	for cut < len(shape) && (v.Strides[cut] == 0 || shape[cut] == 1) {
		cut++
	}
	tail := shape[cut:]
	if (ir.View{Strides: v.Strides[cut:]}).IsIdentity(tail) {
		run := src[v.Offset : v.Offset+tail.Size()]
		return func(dst []T, lo int) {
			for at := lo % len(run); len(dst) > 0; at = 0 {
				n := copy(dst, run[at:])
				dst = dst[n:]
			}
		}
	}
	end := len(shape) // trailing dimensions that the argument does not have
	for end > 0 && (v.Strides[end-1] == 0 || shape[end-1] == 1) {
		end--
	}
	head := shape[:end]
	if (ir.View{Strides: v.Strides[:end]}).IsIdentity(head) {
		each := shape[end:].Size()
		src := src[v.Offset:]
		return func(dst []T, lo int) {
			row, skip := lo/each, lo%each
			for len(dst) > 0 {
				n := min(each-skip, len(dst))
				fill(dst[:n], src[row])
				dst, row, skip = dst[n:], row+1, 0
			}
		}
	}
	return func(dst []T, lo int) { gather(dst, src, v, shape, lo) }
}

// fill sets all elements: a few one by one, then as many again as there are, which is moved many at a time.
func fill[T float](dst []T, x T) {
	const few = 16
	for i := range dst[:min(few, len(dst))] {
		dst[i] = x
	}
	for n := few; n < len(dst); n *= 2 {
		copy(dst[n:], dst[:n])
	}
}

// gather reads a strided view element by element, from element lo of the result on.
func gather[T float](dst, src []T, v ir.View, shape ir.Shape, lo int) {
	var at [8]int
	pos := at[:]
	if len(shape) > len(pos) {
		pos = make([]int, len(shape))
	}
	from := v.Offset
	for d := len(shape) - 1; d >= 0; d-- {
		pos[d] = lo % shape[d]
		lo /= shape[d]
		from += pos[d] * v.Strides[d]
	}
	for i := range dst {
		dst[i] = src[from]
		for d := len(shape) - 1; d >= 0; d-- {
			pos[d]++
			from += v.Strides[d]
			if pos[d] < shape[d] {
				break
			}
			from -= pos[d] * v.Strides[d]
			pos[d] = 0
		}
	}
}

// viewKernel moves elements into another order.
func viewKernel[T float](c *compiler[T], in *ir.Instr, out []T) kernel {
	bring := viewOf(c.mem[in.Args[0]], in.Views[0], in.Shape)
	return func(_, lo, hi int) { bring(out, lo, hi) }
}

// viewOf brings rows lo to hi of what a view reads to where they belong in dst.
func viewOf[T float](src []T, v ir.View, shape ir.Shape) func(dst []T, lo, hi int) {
	if p := newPermutation[T](v, shape); p.moves(shape) {
		return func(dst []T, lo, hi int) { p.move(dst, src, lo, hi) }
	}
	n := inner(shape)
	bring := loader(src, v, shape)
	return func(dst []T, lo, hi int) { bring(dst[lo*n:hi*n], lo*n) }
}
