package onnx

import (
	"slices"

	G "gorgonia.org/gorgonia"
)

// reduceOps take axes together.
var reduceOps = map[string]op{
	"ReduceSum":  reduced((*builder).sum),
	"ReduceMean": reduced((*builder).mean),
	"ReduceMax":  reduced((*builder).max),
	"ReduceMin": reduced(func(b *builder, x *value, axes []int, keep bool) *value {
		return b.unary(G.Neg, b.max(b.unary(G.Neg, x), axes, keep))
	}),
	"ReduceL1": reduced(func(b *builder, x *value, axes []int, keep bool) *value { return b.sum(b.unary(G.Abs, x), axes, keep) }),
	"ReduceL2": reduced(func(b *builder, x *value, axes []int, keep bool) *value {
		return b.unary(G.Sqrt, b.sum(b.mul(x, x), axes, keep))
	}),
	"ReduceSumSquare": reduced(func(b *builder, x *value, axes []int, keep bool) *value { return b.sum(b.mul(x, x), axes, keep) }),
	"ReduceLogSum":    reduced(func(b *builder, x *value, axes []int, keep bool) *value { return b.unary(G.Log, b.sum(x, axes, keep)) }),
	"ReduceLogSumExp": reduced(logSumExp),

	"GlobalAveragePool": one(func(c *call) *value { return c.mean(c.in[0], c.plane(), true) }),
	"GlobalMaxPool":     one(func(c *call) *value { return c.max(c.in[0], c.plane(), true) }),

	"Softmax":    softmax(func(n *G.Node) (*G.Node, error) { return G.SoftMax(n) }, 2),
	"LogSoftmax": softmax(func(n *G.Node) (*G.Node, error) { return G.LogSoftMax(n) }, 3),
}

// plane are the axes behind the channels of images.
func (c *call) plane() (axes []int) {
	for i := range c.in[0].shape {
		if i > 1 {
			axes = append(axes, i)
		}
	}
	return axes
}

func reduced(f func(b *builder, x *value, axes []int, keep bool) *value) op {
	return one(func(c *call) *value {
		x := c.in[0]
		axes, keep := slices.Clone(c.list("axes", 1)), c.int("keepdims", 1) != 0
		if noop := c.int("noop_with_empty_axes", 0) != 0; len(axes) == 0 && !noop {
			for i := range x.shape {
				axes = append(axes, i)
			}
		}
		for i := range axes {
			axes[i] = c.axis(axes[i], len(x.shape))
		}
		slices.Sort(axes)
		if x.truth || x.known != nil && !x.known.DType.float() || len(slices.Compact(slices.Clone(axes))) != len(axes) {
			return c.refuse("it takes together axes %v of truths or whole numbers, or one twice", axes)
		}
		return f(c.builder, x, axes, keep)
	})
}

// logSumExp is m + log Σ exp(x − m), with the maximum m: nothing overflows.
func logSumExp(b *builder, x *value, axes []int, keep bool) *value {
	m := b.max(x, axes, true)
	s := b.unary(G.Log, b.sum(b.unary(G.Exp, b.sub(x, m)), axes, true))
	y := b.add(m, s)
	return b.reshape(y, b.sum(x, axes, keep).shape...)
}

// softmax goes over one axis; before version 13 over all from one on. Gorgonia takes a softmax and its logarithm of one node for the same:
// they get nodes of different shapes.
func softmax(f nodes1, dims int) op {
	return one(func(c *call) *value {
		x, missing := c.in[0], -1
		if c.model.Opset < 13 {
			missing = 1
		}
		axis := c.axis(c.int("axis", missing), len(rank(x.shape)))
		var order, back []int
		for i := range x.shape {
			if c.model.Opset < 13 || i != axis {
				order = append(order, i)
			}
		}
		columns := size(x.shape[min(axis, len(x.shape)):])
		if c.model.Opset >= 13 && len(x.shape) > 0 {
			order, columns = append(order, axis), x.shape[axis]
		}
		for i := range order {
			back = append(back, slices.Index(order, i))
		}
		y := c.transpose(x, order...)
		n := c.shaped(y, slices.Concat(slices.Repeat([]int{1}, dims-2), []int{size(x.shape) / columns, columns}))
		if c.err != nil {
			return x
		}
		return c.transpose(c.of(c.made(f(n)), y.shape...), back...)
	})
}

// normOps bring values to a mean and a variance.
var normOps = map[string]op{
	"BatchNormalization": one(batchNorm),
	"LayerNormalization": layerNorm,
	"RMSNormalization": one(func(c *call) *value {
		axes := c.behind(c.axis(c.int("axis", -1), len(c.in[0].shape)))
		c.int("stash_type", 1)
		x := c.in[0]
		return c.mul(c.mul(x, c.scaleOf(x, axes, c.real("epsilon", 1e-5))), c.in[1])
	}),
	"InstanceNormalization": one(func(c *call) *value {
		x := c.sub(c.in[0], c.mean(c.in[0], c.plane(), true))
		y := c.mul(x, c.scaleOf(x, c.plane(), c.real("epsilon", 1e-5)))
		return c.add(c.mul(y, c.channels(c.in[1])), c.channels(c.in[2]))
	}),
	"LRN": one(responseNorm),
	"MeanVarianceNormalization": one(func(c *call) *value {
		axes := c.ints("axes")
		if axes == nil {
			axes = []int{0, 2, 3}
		}
		x := c.in[0]
		x = c.sub(x, c.mean(x, axes, true))
		return c.div(x, c.plus(c.unary(G.Sqrt, c.mean(c.mul(x, x), axes, true)), 1e-9))
	}),
}

// behind are the axes from one on.
func (c *call) behind(axis int) (axes []int) {
	for i := axis; i < len(c.in[0].shape); i++ {
		axes = append(axes, i)
	}
	return axes
}

// layerNorm is (x − mean)/√(variance + epsilon)·scale + bias, over the axes from one on; its further outputs are mean and 1/√….
func layerNorm(c *call) []*value {
	axes := c.behind(c.axis(c.int("axis", -1), len(c.in[0].shape)))
	c.int("stash_type", 1)
	mean := c.mean(c.in[0], axes, true)
	x := c.sub(c.in[0], mean)
	scale := c.scaleOf(x, axes, c.real("epsilon", 1e-5))
	y := c.mul(c.mul(x, scale), c.in[1])
	if v := c.input(2); v != nil {
		y = c.add(y, v)
	}
	return []*value{y, mean, scale}
}

// scaleOf is 1/√(mean of x² + epsilon).
func (b *builder) scaleOf(x *value, axes []int, epsilon float64) *value {
	return b.unary(G.Inverse, b.unary(G.Sqrt, b.plus(b.mean(b.mul(x, x), axes, true), epsilon)))
}

// responseNorm is x/(bias + alpha/size·Σ x² over size neighbouring channels)^beta.
func responseNorm(c *call) *value {
	x, n := c.in[0], c.int("size", 0)
	alpha, beta, bias := c.real("alpha", 1e-4), c.real("beta", 0.75), c.real("bias", 1)
	if len(x.shape) < 2 || n < 1 || n > x.shape[1]+1<<8 {
		return c.refuse("%d neighbours in %v", n, x.shape)
	}
	before, after := make([]int, len(x.shape)), make([]int, len(x.shape))
	before[1], after[1] = (n-1)/2, n-1-(n-1)/2
	squares := c.padded(c.mul(x, x), before, after, 0)
	sum := c.slice(squares, 1, 0, x.shape[1], 1)
	for i := 1; i < n; i++ {
		sum = c.add(sum, c.slice(squares, 1, i, x.shape[1], 1))
	}
	return c.div(x, c.binary(G.Pow, c.plus(c.times(sum, alpha/float64(n)), bias), c.number(beta)))
}

// channels brings a value for each channel to where channels are.
func (c *call) channels(v *value) *value {
	shape := slices.Repeat([]int{1}, len(c.in[0].shape))
	if len(shape) < 2 || len(v.shape) != 1 {
		return c.refuse("a value of %v for the channels of %v", v.shape, c.in[0].shape)
	}
	shape[1] = v.shape[0]
	return c.reshape(v, shape...)
}

// batchNorm is that of evaluation: (x − mean)/√(variance + epsilon)·scale + bias, with the running statistics, which are no parameters.
func batchNorm(c *call) *value {
	c.real("momentum", 0.9)
	if c.int("training_mode", 0) != 0 || c.int("spatial", 1) != 1 || c.int("is_test", 1) != 1 {
		return c.refuse("it trains, or keeps statistics of each pixel: export the model for inference")
	}
	mean, variance := c.fixed(c.in[3]), c.fixed(c.in[4])
	x := c.sub(c.in[0], c.channels(mean))
	scale := c.div(c.in[1], c.unary(G.Sqrt, c.plus(variance, c.real("epsilon", 1e-5))))
	return c.add(c.mul(x, c.channels(scale)), c.channels(c.in[2]))
}

// fixed is a value that no training changes.
func (c *call) fixed(v *value) *value {
	if v.known == nil {
		return v
	}
	return &value{shape: v.shape, known: v.known}
}
