package cpu

import (
	"slices"

	"github.com/stheno/stheno/blas/native"
	"github.com/stheno/stheno/ir"
)

// axis is one dimension of what is moved: how many elements, and how far apart they lie in the source and in the destination.
type axis struct{ n, from, to int }

// permutation moves elements into another order: as squares that are transposed, where neighbours in the source become distant ones and
// distant ones neighbours, or else run by run.
type permutation[T float] struct {
	axes   []axis // outermost first; the first is that of the rows
	near   int    // the axis of neighbours in the source; -1 where there is none, or they stay neighbours
	offset int
}

// newPermutation joins axes that lie alike in source and destination, but for the first.
func newPermutation[T float](v ir.View, shape ir.Shape) *permutation[T] {
	p := &permutation[T]{offset: v.Offset, near: -1}
	to := shape.Strides()
	for d, n := range shape {
		a := axis{n, v.Strides[d], to[d]}
		if last := len(p.axes) - 1; last > 0 && p.axes[last].from == a.n*a.from {
			p.axes[last] = axis{p.axes[last].n * n, a.from, a.to}
			continue
		}
		p.axes = append(p.axes, a)
	}
	last := len(p.axes) - 1
	for i, a := range p.axes[:max(last, 0)] {
		if a.from == 1 && a.n > 1 && p.axes[last].from > 1 {
			p.near = i
		}
	}
	return p
}

// moves tells whether a view is to be moved so: broadcasts and what lies as it is have ways of their own.
func (p *permutation[T]) moves(shape ir.Shape) bool {
	if len(p.axes) < 2 || len(p.axes) > 8 || shape.Size() == 0 {
		return false
	}
	return p.axes[len(p.axes)-1].from > 1
}

// move writes rows lo to hi of the destination.
func (p *permutation[T]) move(dst, src []T, lo, hi int) {
	if lo >= hi {
		return
	}
	var room [8]axis
	axes := append(room[:0], p.axes...)
	axes[0].n = hi - lo
	last := len(axes) - 1
	inner := axes[last]
	from, to := p.offset+lo*axes[0].from, lo*axes[0].to
	if p.near < 0 || last == 0 {
		walk(axes[:last], from, to, func(from, to int) { strided(dst[to:to+inner.n], src[from:], inner.from) })
		return
	}
	near := axes[p.near]
	axes = slices.Delete(axes[:last], p.near, p.near+1)
	walk(axes, from, to, func(from, to int) {
		native.Transpose(dst[to:], near.to, src[from:], inner.from, inner.n, near.n)
	})
}

func strided[T float](dst, src []T, step int) {
	if step == 1 {
		copy(dst, src)
		return
	}
	at := 0
	for i := range dst {
		dst[i] = src[at]
		at += step
	}
}

// walk calls f for every position along the axes.
func walk(axes []axis, from, to int, f func(from, to int)) {
	if len(axes) == 0 {
		f(from, to)
		return
	}
	for range axes[0].n {
		walk(axes[1:], from, to, f)
		from, to = from+axes[0].from, to+axes[0].to
	}
}
