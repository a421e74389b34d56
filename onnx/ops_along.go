package onnx

import (
	"slices"

	G "gorgonia.org/gorgonia"
)

// alongOps go along an axis.
var alongOps = map[string]op{
	"ArgMax":     one(func(c *call) *value { return c.place(c.in[0]) }),
	"ArgMin":     one(func(c *call) *value { return c.place(c.unary(G.Neg, c.in[0])) }),
	"CumSum":     one(cumulative),
	"ReduceProd": reduced((*builder).prod),
	"LpNormalization": one(func(c *call) *value {
		x := c.in[0]
		axes := []int{c.axis(c.int("axis", -1), len(x.shape))}
		norm := c.sum(c.unary(G.Abs, x), axes, true)
		if c.int("p", 2) == 2 {
			norm = c.unary(G.Sqrt, c.sum(c.mul(x, x), axes, true))
		}
		return c.div(x, c.larger(norm, c.number(tiny))) // zeros stay zeros
	}),
	"GroupNormalization": one(groupNorm),
}

// tiny is what no norm of float32 is below but zero.
const tiny = 1e-38

// mostAlong is how many elements of an axis are taken one by one.
const mostAlong = 1024

// place is the place of the largest element along an axis: of equals the first, or the last.
func (c *call) place(x *value) *value {
	axis, keep, last := c.axis(c.int("axis", 0), len(x.shape)), c.int("keepdims", 1) != 0, c.int("select_last_index", 0) != 0
	if c.err != nil || len(x.shape) == 0 || x.shape[axis] > 1<<24 {
		return c.refuse("along axis %d of %v", axis, x.shape)
	}
	n := x.shape[axis]
	shape := slices.Repeat([]int{1}, len(x.shape))
	shape[axis] = n
	weights := make([]float64, n) // the one of the place that wins is the largest
	for i := range weights {
		if weights[i] = float64(n - i); last {
			weights[i] = float64(i + 1)
		}
	}
	won := c.mul(c.equal(x, c.max(x, []int{axis}, true)), c.of(c.constant(weights, shape), shape...))
	y := c.max(won, []int{axis}, keep)
	if last {
		y = c.plus(y, -1)
	} else {
		y = c.sub(c.number(float64(n)), y)
	}
	y.whole = true
	return y
}

// cumulative are sums of all elements up to one, as a product with a triangle of ones.
func cumulative(c *call) *value {
	x := c.in[0]
	at := c.knownInts(c.in[1], "axis")
	if len(at) != 1 || len(x.shape) == 0 {
		return c.refuse("along axes %v of %v", at, x.shape)
	}
	axis, exclusive, reverse := c.axis(at[0], len(x.shape)), c.int("exclusive", 0) != 0, c.int("reverse", 0) != 0
	n := x.shape[axis]
	if n > mostAlong {
		return c.refuse("along %d elements: at most %d are computed", n, mostAlong)
	}
	ones := make([]float64, n*n)
	for from := range n {
		for to := range n {
			if from == to && !exclusive || from < to && !reverse || from > to && reverse {
				ones[from*n+to] = 1
			}
		}
	}
	order := make([]int, len(x.shape)) // its own inverse: the axis and the last one
	for i := range order {
		order[i] = i
	}
	order[axis], order[len(order)-1] = len(order)-1, axis
	y := c.product(c.transpose(x, order...), c.of(c.constant(ones, []int{n, n}), n, n))
	return c.transpose(y, order...)
}

// prod multiplies element by element.
func (b *builder) prod(x *value, axes []int, keep bool) *value {
	shape := b.reducedShape(x, axes, keep)
	for _, axis := range axes {
		if x.shape[axis] > mostAlong {
			return b.refuse("along %d elements: at most %d are computed", x.shape[axis], mostAlong)
		}
		y := b.slice(x, axis, 0, 1, 1)
		for i := 1; i < x.shape[axis]; i++ {
			y = b.mul(y, b.slice(x, axis, i, 1, 1))
		}
		x = y
	}
	return b.reshape(x, shape...)
}

// reducedShape is a shape without axes, or with 1 in their place.
func (b *builder) reducedShape(x *value, axes []int, keep bool) []int {
	shape := []int{}
	for i, d := range x.shape {
		switch {
		case !slices.Contains(axes, i):
			shape = append(shape, d)
		case keep:
			shape = append(shape, 1)
		}
	}
	return shape
}

// groupNorm brings groups of channels to mean 0 and variance 1. Before version 21 scale and bias were of groups: that is refused.
func groupNorm(c *call) *value {
	x, groups := c.in[0], c.int("num_groups", 0)
	c.int("stash_type", 1)
	if len(x.shape) < 3 || groups < 1 || x.shape[1]%groups != 0 || c.model.Opset < 21 {
		return c.refuse("%d groups of %v, in version %d of the operators", groups, x.shape, c.model.Opset)
	}
	y := c.reshape(x, x.shape[0], groups, size(x.shape[1:])/groups)
	y = c.sub(y, c.mean(y, []int{2}, true))
	y = c.reshape(c.mul(y, c.scaleOf(y, []int{2}, c.real("epsilon", 1e-5))), x.shape...)
	return c.add(c.mul(y, c.channels(c.in[1])), c.channels(c.in[2]))
}
