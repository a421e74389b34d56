package onnx

import (
	"slices"

	"github.com/stheno/stheno/models"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// The algebra that ops are written in: functions of values that keep the first error in the builder.

type (
	nodes1 func(x *G.Node) (*G.Node, error)
	nodes2 func(x, y *G.Node) (*G.Node, error)
)

func (b *builder) unary(f nodes1, x *value) *value {
	n := b.nodeOf(x)
	if b.err != nil {
		return &value{shape: x.shape}
	}
	return b.of(b.made(f(n)), x.shape...)
}

// binary is a function of two values of the format's broadcast.
func (b *builder) binary(f nodes2, x, y *value) *value {
	shape, ok := broadcast(x.shape, y.shape)
	if !ok {
		return b.refuse("shapes %v and %v do not go together", x.shape, y.shape)
	}
	nx, ny := b.scalar(x), b.scalar(y)
	switch {
	case nx != nil && ny == nil:
		ny = b.nodeOf(y)
	case ny != nil:
		nx = b.nodeOf(x)
	default:
		nx, ny = b.aligned(x, y, shape)
	}
	if b.err != nil {
		return &value{shape: shape}
	}
	return b.of(b.made(f(nx, ny)), shape...)
}

// scalar is the constant of one known number that is no parameter; nil of other values.
func (b *builder) scalar(v *value) *G.Node {
	if v.known == nil || v.node != nil || len(v.shape) > 0 || v.known.DType != b.float || b.learns(v) {
		return nil
	}
	x := reals(v.known)[0]
	if b.dt == tensor.Float32 {
		return G.NewConstant(float32(x))
	}
	return G.NewConstant(x)
}

// broadcast is the shape that two go together to.
func broadcast(x, y []int) ([]int, bool) {
	out := make([]int, max(len(x), len(y)))
	for i := range out {
		a, b := dimension(x, i-len(out)), dimension(y, i-len(out))
		if a != b && a != 1 && b != 1 {
			return nil, false
		}
		out[i] = a
		if a == 1 {
			out[i] = b
		}
	}
	return out, true
}

// dimension is a dimension counted from the end, 1 where there is none.
func dimension(shape []int, fromEnd int) int {
	if at := len(shape) + fromEnd; at >= 0 {
		return shape[at]
	}
	return 1
}

// mostBroadcast is how many dimensions Gorgonia's broadcast has.
const mostBroadcast = 4

// images is how many dimensions images have.
const images = 4

// aligned are two values as nodes of one shape, which has as many elements as theirs together: neighbouring dimensions that repeat alike
// are one, and those of size 1 none. Those of images stay as they are, for the compiler to see that they are images.
func (b *builder) aligned(x, y *value, shape []int) (*G.Node, *G.Node) {
	var sx, sy []int
	var left, right []byte
	last := -1 // how the dimension before repeats: neither, the left one, the right one
	for i, d := range shape {
		dx, dy := dimension(x.shape, i-len(shape)), dimension(y.shape, i-len(shape))
		kind := 0
		switch {
		case d == 1 && len(shape) != images:
			continue
		case dx < d:
			kind = 1
		case dy < d:
			kind = 2
		}
		if kind == last && len(shape) != images {
			sx[len(sx)-1] *= dx
			sy[len(sy)-1] *= dy
			continue
		}
		last, sx, sy = kind, append(sx, dx), append(sy, dy)
		switch kind {
		case 1:
			left = append(left, byte(len(sx)-1))
		case 2:
			right = append(right, byte(len(sx)-1))
		}
	}
	if len(sx) > mostBroadcast {
		b.refuse("shapes %v and %v repeat in %d ways, the most are %d", x.shape, y.shape, len(sx), mostBroadcast)
		return nil, nil
	}
	nx, ny := b.shaped(x, rank(sx)), b.shaped(y, rank(sy))
	if b.err != nil || len(left)+len(right) == 0 {
		return nx, ny
	}
	nx, ny, err := G.Broadcast(nx, ny, G.NewBroadcastPattern(left, right))
	b.made(nx, err)
	return nx, ny
}

func (b *builder) add(x, y *value) *value { return b.binary(G.Add, x, y) }
func (b *builder) sub(x, y *value) *value { return b.binary(G.Sub, x, y) }
func (b *builder) mul(x, y *value) *value { return b.binary(G.HadamardProd, x, y) }
func (b *builder) div(x, y *value) *value { return b.binary(G.HadamardDiv, x, y) }
func (b *builder) times(x *value, k float64) *value {
	if k == 1 {
		return x
	}
	return b.mul(x, b.number(k))
}
func (b *builder) plus(x *value, k float64) *value { return b.add(x, b.number(k)) }
func (b *builder) less(x, y *value) *value {
	return b.truth(b.binary(func(x, y *G.Node) (*G.Node, error) { return G.Lt(x, y, true) }, x, y))
}
func (b *builder) lessEqual(x, y *value) *value {
	return b.truth(b.binary(func(x, y *G.Node) (*G.Node, error) { return G.Lte(x, y, true) }, x, y))
}
func (b *builder) equal(x, y *value) *value {
	return b.truth(b.binary(func(x, y *G.Node) (*G.Node, error) { return G.Eq(x, y, true) }, x, y))
}

// truth marks a value whose numbers are 1 and 0.
func (b *builder) truth(v *value) *value {
	v.truth = true
	return v
}

// not is 1 where x is 0.
func (b *builder) not(x *value) *value { return b.truth(b.sub(b.number(1), x)) }

// where is x where c is 1, and y where it is 0. Both are finite: 0·∞ would be no number.
func (b *builder) where(c, x, y *value) *value {
	return b.add(b.mul(c, x), b.mul(b.not(c), y))
}

// larger is the larger of two, of finite numbers.
func (b *builder) larger(x, y *value) *value {
	return b.add(b.mul(x, b.lessEqual(y, x)), b.mul(y, b.less(x, y)))
}

func (b *builder) smaller(x, y *value) *value {
	return b.add(b.mul(x, b.lessEqual(x, y)), b.mul(y, b.less(y, x)))
}

func (b *builder) relu(x *value) *value { return b.unary(models.ReLU, x) }

// reshape is the same elements under another shape.
func (b *builder) reshape(x *value, shape ...int) *value {
	if size(x.shape) != size(shape) {
		return b.refuse("%v cannot become %v", x.shape, shape)
	}
	if x.known != nil && b.learns(x) {
		b.nodeOf(x)
	}
	if x.known != nil && x.node == nil {
		return &value{shape: slices.Clone(shape), known: &Tensor{DType: x.known.DType, Shape: slices.Clone(shape), Data: x.known.Data}}
	}
	return &value{shape: slices.Clone(shape), node: x.node, truth: x.truth, whole: x.whole}
}

// transpose brings dimensions into another order.
func (b *builder) transpose(x *value, order ...int) *value {
	if len(order) != len(x.shape) {
		return b.refuse("an order %v of %d dimensions", order, len(x.shape))
	}
	shape, moved, last := make([]int, len(order)), false, -1
	for i, a := range order {
		if a < 0 || a >= len(order) || slices.Contains(order[:i], a) {
			return b.refuse("an order %v of %d dimensions", order, len(x.shape))
		}
		shape[i] = x.shape[a]
		if x.shape[a] != 1 { // those of size 1 may go anywhere
			moved, last = moved || a < last, a
		}
	}
	if !moved {
		y := b.reshape(x, shape...)
		if y.node == nil && y.known == nil {
			y.node = b.nodeOf(x)
		}
		return y
	}
	n := b.nodeOf(x)
	if b.err != nil {
		return &value{shape: shape}
	}
	y := b.of(b.made(G.Transpose(n, order...)), shape...)
	y.truth = x.truth
	return y
}

// concat puts values one after the other along an axis.
func (b *builder) concat(axis int, xs ...*value) *value {
	shape := slices.Clone(xs[0].shape)
	shape[axis] = 0
	var ns G.Nodes
	for _, x := range xs {
		if len(x.shape) != len(shape) {
			return b.refuse("%v behind %v", x.shape, shape)
		}
		shape[axis] += x.shape[axis]
		if size(x.shape) > 0 {
			ns = append(ns, b.nodeOf(x))
		}
	}
	if b.err != nil {
		return &value{shape: shape}
	}
	if len(ns) == 1 {
		return b.of(ns[0], shape...)
	}
	return b.of(b.made(G.Concat(axis, ns...)), shape...)
}

// slice is every by-th element of an axis, from a first one, n of them.
func (b *builder) slice(x *value, axis, from, n, by int) *value {
	shape := slices.Clone(x.shape)
	if shape[axis] = n; n == x.shape[axis] && by == 1 {
		return x
	}
	if n < 1 || from < 0 || by < 1 || from+(n-1)*by >= x.shape[axis] {
		return b.refuse("%d elements of axis %d of %v from %d, each %d", n, axis, x.shape, from, by)
	}
	if by > 1 { // Gorgonia's slices of steps lose elements
		at := make([]int, n)
		for i := range at {
			at[i] = from + i*by
		}
		return b.pick(x, axis, at)
	}
	m := b.apart(b.nodeOf(x), []int{size(shape[:axis]), x.shape[axis], size(shape[axis+1:])}, from>>8, (from+n)>>8)
	if b.err != nil {
		return &value{shape: shape}
	}
	return b.of(b.made(G.Slice(m, nil, G.S(from, from+n))), shape...)
}

// apart is a node under a shape, another one for other numbers. Gorgonia takes two nodes for one whose ops say the same of themselves, and
// its ops do not say all: of the bounds of a slice only the lowest 8 bits. What reads different nodes is never taken for one, so the rest is
// written, bit by bit, into reshapes, which cost nothing.
func (b *builder) apart(n *G.Node, shape []int, numbers ...int) *G.Node {
	if b.err != nil || n == nil {
		return nil
	}
	elements := n.Shape().TotalSize()
	if slices.Max(numbers) > 0 {
		for _, number := range numbers {
			for ; number > 0 && b.err == nil; number >>= 1 {
				n = b.made(G.Reshape(n, tensor.Shape{1 + number&1*(elements-1), elements / (1 + number&1*(elements-1))}))
			}
			if b.err == nil {
				n = b.made(G.Reshape(n, tensor.Shape{1, 1, elements}))
			}
		}
	}
	if b.err != nil || slices.Equal(n.Shape(), shape) {
		return n
	}
	return b.made(G.Reshape(n, slices.Clone(shape)))
}

// mostPicked is how many slices one value is put together of.
const mostPicked = 1024

// pick is the elements of an axis that have these places.
func (b *builder) pick(x *value, axis int, at []int) *value {
	if len(at) == 0 || len(at) > mostPicked {
		return b.refuse("it picks %d places: 1 to %d are taken", len(at), mostPicked)
	}
	var parts []*value
	for _, i := range at {
		parts = append(parts, b.slice(x, axis, i, 1, 1))
	}
	return b.concat(axis, parts...)
}

// expand repeats dimensions of size 1.
func (b *builder) expand(x *value, shape []int) *value {
	if slices.Equal(x.shape, shape) {
		return x
	}
	full, ok := broadcast(x.shape, shape)
	if !ok {
		return b.refuse("%v cannot be repeated to %v", x.shape, shape)
	}
	if size(full) == size(x.shape) {
		return b.reshape(x, full...)
	}
	zeros := b.filled(0, full)
	if b.err != nil {
		return &value{shape: full}
	}
	n, _ := b.aligned(x, &value{shape: full, node: zeros}, full)
	y := b.of(n, full...)
	y.truth = x.truth
	return y
}

// product is the matrix product of the last two dimensions, as numpy.matmul has it.
func (b *builder) product(x, y *value) *value {
	if len(x.shape) == 0 || len(y.shape) == 0 {
		return b.refuse("a product of %v and %v", x.shape, y.shape)
	}
	sx, sy := x.shape, y.shape
	if len(sx) == 1 {
		sx = []int{1, sx[0]}
	}
	if len(sy) == 1 {
		sy = []int{sy[0], 1}
	}
	m, k, n := sx[len(sx)-2], sx[len(sx)-1], sy[len(sy)-1]
	outer, ok := broadcast(sx[:len(sx)-2], sy[:len(sy)-2])
	if !ok || sy[len(sy)-2] != k {
		return b.refuse("a product of %v and %v", x.shape, y.shape)
	}
	shape := slices.Clone(outer)
	if len(x.shape) > 1 {
		shape = append(shape, m)
	}
	if len(y.shape) > 1 {
		shape = append(shape, n)
	}
	var p *G.Node
	if size(sy[:len(sy)-2]) == 1 {
		nx, ny := b.shaped(x, []int{size(sx) / k, k}), b.shaped(y, []int{k, n})
		if b.err == nil {
			p = b.made(G.Mul(nx, ny))
		}
	} else {
		wide := size(outer)
		nx := b.shaped(b.expand(b.reshape(x, sx...), append(slices.Clone(outer), m, k)), []int{wide, m, k})
		ny := b.shaped(b.expand(b.reshape(y, sy...), append(slices.Clone(outer), k, n)), []int{wide, k, n})
		if b.err == nil {
			p = b.made(G.BatchedMatMul(nx, ny))
		}
	}
	return b.of(p, shape...)
}

// reduce takes axes together, by Gorgonia's sum or maximum of rows.
func (b *builder) reduce(f func(n *G.Node, along ...int) (*G.Node, error), x *value, axes []int, keep bool) *value {
	shape := b.reducedShape(x, axes, keep)
	var order []int
	rows := 1
	for i, d := range x.shape {
		if !slices.Contains(axes, i) {
			order, rows = append(order, i), rows*d
		}
	}
	if len(axes) == 0 {
		return x
	}
	columns := size(x.shape) / max(rows, 1)
	n := b.shaped(b.transpose(x, append(order, axes...)...), []int{rows, columns})
	if b.err != nil {
		return &value{shape: shape}
	}
	return b.of(b.made(f(n, 1)), shape...)
}

func (b *builder) sum(x *value, axes []int, keep bool) *value { return b.reduce(G.Sum, x, axes, keep) }
func (b *builder) max(x *value, axes []int, keep bool) *value { return b.reduce(G.Max, x, axes, keep) }
func (b *builder) mean(x *value, axes []int, keep bool) *value {
	n := 1
	for _, a := range axes {
		n *= x.shape[a]
	}
	s := b.sum(x, axes, keep)
	return b.div(s, b.number(float64(n)))
}
