package irtest

import (
	"slices"

	"github.com/stheno/stheno/ir"
)

// ViewKind is a way to read a source so that the result has a given shape.
type ViewKind struct {
	Name string
	Rank int // the least rank of the result
	Make func(s ir.Shape) (src ir.Shape, v ir.View)
}

// ViewKinds are all that graphs ask for, and what engines have special code for.
var ViewKinds = []ViewKind{
	{"identity", 0, func(s ir.Shape) (ir.Shape, ir.View) { return s, ir.Identity(s) }},
	{"scalar", 0, func(s ir.Shape) (ir.Shape, ir.View) { return ir.Shape{}, ir.Broadcast(s) }},
	{"last element", 0, func(s ir.Shape) (ir.Shape, ir.View) {
		v := ir.Broadcast(s)
		v.Offset = 2
		return ir.Shape{3}, v
	}},
	{"row", 1, func(s ir.Shape) (ir.Shape, ir.View) {
		v := ir.Identity(s)
		v.Strides[0] = 0
		return s[1:], v
	}},
	{"column", 1, func(s ir.Shape) (ir.Shape, ir.View) {
		v := ir.Broadcast(s)
		v.Strides[0] = 1
		return s[:1], v
	}},
	{"transposed", 2, func(s ir.Shape) (ir.Shape, ir.View) {
		src := slices.Clone(s)
		slices.Reverse(src)
		v := ir.Identity(src)
		slices.Reverse(v.Strides)
		return src, v
	}},
	{"sliced", 1, func(s ir.Shape) (ir.Shape, ir.View) {
		src := slices.Clone(s)
		for d := range src {
			src[d]++
		}
		v := ir.Identity(src)
		for _, stride := range v.Strides {
			v.Offset += stride
		}
		return src, v
	}},
	{"upper rows", 1, func(s ir.Shape) (ir.Shape, ir.View) {
		src := slices.Clone(s)
		src[0] += 2
		return src, ir.Identity(s)
	}},
	{"strided", 1, func(s ir.Shape) (ir.Shape, ir.View) {
		src := slices.Clone(s)
		for d := range src {
			src[d] *= 2
		}
		v := ir.Identity(src)
		for d := range v.Strides {
			v.Strides[d] *= 2
		}
		return src, v
	}},
	{"middle", 3, func(s ir.Shape) (ir.Shape, ir.View) {
		v := ir.Broadcast(s)
		v.Strides[1] = 1
		return s[1:2], v
	}},
	{"outer and inner", 3, func(s ir.Shape) (ir.Shape, ir.View) {
		last := len(s) - 1
		v := ir.Broadcast(s)
		v.Strides[0], v.Strides[last] = s[last], 1
		return ir.Shape{s[0], s[last]}, v
	}},
}

// view draws a kind of view and a source for it.
func (g *Gen) view(s ir.Shape) (src ir.ID, v ir.View) {
	for {
		k := ViewKinds[g.R.IntN(len(ViewKinds))]
		if len(s) < k.Rank {
			continue
		}
		shape, v := k.Make(s)
		return g.Arg(shape...), v
	}
}
