package onnx

import (
	"math"
	"slices"

	"github.com/stheno/stheno/models"

	G "gorgonia.org/gorgonia"
)

// op builds a node's outputs.
type op func(c *call) []*value

// one is an op of one output.
func one(f func(c *call) *value) op {
	return func(c *call) []*value { return []*value{f(c)} }
}

// ops are the ops that are computed, by their names in the format, a row each.
var ops map[string]op

func init() {
	ops = map[string]op{}
	for _, table := range []map[string]op{elementwiseOps, reduceOps, shapeOps, imageOps, normOps, alongOps} {
		for name, f := range table {
			ops[name] = f
		}
	}
}

// elementwiseOps are functions of elements at the same place, and products.
var elementwiseOps = map[string]op{
	"Add": pairs(G.Add), "Sub": pairs(G.Sub), "Mul": pairs(G.HadamardProd), "Div": pairs(G.HadamardDiv), "Pow": pairs(G.Pow),
	"Sum":  folded((*builder).add),
	"Max":  folded((*builder).larger),
	"Min":  folded((*builder).smaller),
	"Mean": one(func(c *call) *value { return c.times(fold(c, (*builder).add), 1/float64(len(c.in))) }),

	"Less":           compared((*builder).less, false),
	"LessOrEqual":    compared((*builder).lessEqual, false),
	"Greater":        compared((*builder).less, true),
	"GreaterOrEqual": compared((*builder).lessEqual, true),
	"Equal":          compared((*builder).equal, false),
	"And":            truths(func(c *call) *value { return c.mul(c.in[0], c.in[1]) }),
	"Or":             truths(func(c *call) *value { return c.not(c.mul(c.not(c.in[0]), c.not(c.in[1]))) }),
	"Xor":            truths(func(c *call) *value { return c.not(c.equal(c.in[0], c.in[1])) }),
	"Not":            truths(func(c *call) *value { return c.not(c.in[0]) }),
	"Where":          one(where),

	"Exp": function(G.Exp), "Log": function(G.Log), "Sqrt": function(G.Sqrt), "Neg": function(G.Neg), "Abs": function(G.Abs),
	"Reciprocal": function(G.Inverse), "Sin": function(G.Sin), "Cos": function(G.Cos), "Tanh": function(G.Tanh), "Sigmoid": function(G.Sigmoid),
	"Softplus": function(G.Softplus), "Ceil": function(G.Ceil), "Floor": function(G.Floor), "Relu": function(models.ReLU),
	"Identity": one(func(c *call) *value { return c.in[0] }),
	"Sign":     one(func(c *call) *value { return c.sub(c.positive(c.in[0]), c.negative(c.in[0])) }),
	"Tan":      one(func(c *call) *value { return c.div(c.unary(G.Sin, c.in[0]), c.unary(G.Cos, c.in[0])) }),
	"Sinh": one(func(c *call) *value {
		return c.times(c.sub(c.unary(G.Exp, c.in[0]), c.unary(G.Exp, c.unary(G.Neg, c.in[0]))), 0.5)
	}),
	"Cosh": one(func(c *call) *value {
		return c.times(c.add(c.unary(G.Exp, c.in[0]), c.unary(G.Exp, c.unary(G.Neg, c.in[0]))), 0.5)
	}),
	"Softsign": one(func(c *call) *value { return c.div(c.in[0], c.plus(c.unary(G.Abs, c.in[0]), 1)) }),
	"Mish":     one(func(c *call) *value { return c.mul(c.in[0], c.unary(G.Tanh, c.unary(G.Softplus, c.in[0]))) }),
	"Swish":    one(func(c *call) *value { return c.mul(c.in[0], c.unary(G.Sigmoid, c.times(c.in[0], c.real("alpha", 1)))) }),

	// x where it is positive, and a function of what is negative
	"LeakyRelu": one(func(c *call) *value { return c.kinked(1, c.times(c.fallen(), c.real("alpha", 0.01))) }),
	"PRelu":     one(func(c *call) *value { return c.kinked(1, c.mul(c.fallen(), c.in[1])) }),
	"Elu":       one(func(c *call) *value { return c.kinked(1, c.times(c.unary(G.Expm1, c.fallen()), c.real("alpha", 1))) }),
	"Celu": one(func(c *call) *value {
		alpha := c.real("alpha", 1)
		return c.kinked(1, c.times(c.unary(G.Expm1, c.times(c.fallen(), 1/alpha)), alpha))
	}),
	"Selu": one(func(c *call) *value {
		alpha, gamma := c.real("alpha", 1.67326319217681884765625), c.real("gamma", 1.05070102214813232421875)
		return c.kinked(gamma, c.times(c.unary(G.Expm1, c.fallen()), alpha*gamma))
	}),
	"ThresholdedRelu": one(func(c *call) *value { return c.mul(c.in[0], c.less(c.number(c.real("alpha", 1)), c.in[0])) }),
	"HardSigmoid":     one(func(c *call) *value { return c.hardSigmoid(c.real("alpha", 0.2), c.real("beta", 0.5)) }),
	"HardSwish":       one(func(c *call) *value { return c.mul(c.in[0], c.hardSigmoid(1./6, 0.5)) }),
	"Shrink": one(func(c *call) *value {
		lambd, bias, x := c.real("lambd", 0.5), c.real("bias", 0), c.in[0]
		above, below := c.less(c.number(lambd), x), c.less(x, c.number(-lambd))
		return c.add(c.mul(above, c.plus(x, -bias)), c.mul(below, c.plus(x, bias)))
	}),
	"Round": one(func(c *call) *value { // halves to even: they are a quarter from the nearest half of an even number
		x := c.in[0]
		up := c.unary(G.Floor, c.plus(x, 0.5))
		odd := c.sub(up, c.times(c.unary(G.Floor, c.times(up, 0.5)), 2))
		half := c.equal(c.sub(up, x), c.number(0.5))
		return c.sub(up, c.mul(half, odd))
	}),
	"Erf":     one(func(c *call) *value { return c.erf(c.in[0]) }),
	"Gelu":    one(gelu),
	"Clip":    one(clip),
	"Dropout": dropout,

	"MatMul": one(func(c *call) *value { return c.product(c.in[0], c.in[1]) }),
	"Gemm":   one(gemm),
}

// function is one of Gorgonia's.
func function(f nodes1) op {
	return one(func(c *call) *value { return c.unary(f, c.in[0]) })
}

// pairs is one of two values.
func pairs(f nodes2) op {
	return one(func(c *call) *value {
		if c.in[0].truth || c.in[1].truth {
			return c.refuse("it computes with truths")
		}
		return c.binary(f, c.in[0], c.in[1])
	})
}

func fold(c *call, f func(b *builder, x, y *value) *value) *value {
	y := c.in[0]
	for _, x := range c.in[1:] {
		y = f(c.builder, y, x)
	}
	return y
}

func folded(f func(b *builder, x, y *value) *value) op {
	return one(func(c *call) *value { return fold(c, f) })
}

func compared(f func(b *builder, x, y *value) *value, swap bool) op {
	return one(func(c *call) *value {
		x, y := c.in[0], c.in[1]
		if swap {
			x, y = y, x
		}
		return f(c.builder, x, y)
	})
}

// truths is a function of truths.
func truths(f func(c *call) *value) op {
	return one(func(c *call) *value {
		for _, v := range c.in {
			if !v.truth && (v.known == nil || v.known.DType != Bool) {
				return c.refuse("it reads numbers where truths should be")
			}
		}
		return c.truth(f(c))
	})
}

func (c *call) negative(x *value) *value { return c.less(x, c.number(0)) }
func (c *call) positive(x *value) *value { return c.less(c.number(0), x) }

// fallen is min(x, 0) of the first input.
func (c *call) fallen() *value { return c.mul(c.in[0], c.negative(c.in[0])) }

// kinked is k·x where the first input is positive, and below, which is 0 there, elsewhere.
func (c *call) kinked(k float64, below *value) *value {
	return c.add(c.times(c.relu(c.in[0]), k), below)
}

func (c *call) hardSigmoid(alpha, beta float64) *value {
	return c.bounded(c.plus(c.times(c.in[0], alpha), beta), 0, 1)
}

// bounded is x between two bounds, of which infinite ones are none.
func (b *builder) bounded(x *value, lo, hi float64) *value {
	switch {
	case lo == 0:
		x = b.relu(x)
	case !math.IsInf(lo, -1):
		x = b.larger(x, b.number(lo))
	}
	if !math.IsInf(hi, 1) {
		x = b.smaller(x, b.number(hi))
	}
	return x
}

// clip has its bounds as attributes before version 11.
func clip(c *call) *value {
	for i := range 2 {
		if v := c.input(i + 1); v != nil && v.known == nil {
			return c.clipBy()
		}
	}
	bounds := [2]float64{c.real("min", math.Inf(-1)), c.real("max", math.Inf(1))}
	for i := range bounds {
		v := c.input(i + 1)
		if v == nil {
			continue
		}
		k := c.knownReals(v, "bound")
		if len(k) != 1 {
			return c.refuse("a bound is one number")
		}
		bounds[i] = k[0]
	}
	most := math.MaxFloat32
	if c.float == Float64 {
		most = math.MaxFloat64
	}
	if bounds[0] <= -most {
		bounds[0] = math.Inf(-1)
	}
	if bounds[1] >= most {
		bounds[1] = math.Inf(1)
	}
	return c.bounded(c.in[0], bounds[0], bounds[1])
}

// clipBy has bounds that the run computes.
func (c *call) clipBy() *value {
	x := c.in[0]
	if lo := c.input(1); lo != nil {
		x = c.larger(x, lo)
	}
	if hi := c.input(2); hi != nil {
		x = c.smaller(x, hi)
	}
	return x
}

func gelu(c *call) *value {
	x := c.in[0]
	if c.text("approximate", "none") != "tanh" {
		return c.mul(c.times(x, 0.5), c.plus(c.erf(c.times(x, math.Sqrt2/2)), 1))
	}
	cube := c.mul(c.mul(x, x), x)
	inner := c.times(c.add(x, c.times(cube, 0.044715)), math.Sqrt(2/math.Pi))
	return c.mul(c.times(x, 0.5), c.plus(c.unary(G.Tanh, inner), 1))
}

// erf is the error function to 1.5e-7, which is enough for float32: 1 − (a₁t + … + a₅t⁵)·exp(−x²) with t = 1/(1 + p·|x|).
//
// Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 1964, 7.1.26.
func (c *call) erf(x *value) *value {
	if c.float == Float64 {
		return c.refuse("the error function is computed in float32 only")
	}
	size := c.unary(G.Abs, x)
	t := c.unary(G.Inverse, c.plus(c.times(size, 0.3275911), 1))
	sum := c.number(1.061405429)
	for _, a := range []float64{-1.453152027, 1.421413741, -0.284496736, 0.254829592} {
		sum = c.plus(c.mul(sum, t), a)
	}
	tail := c.mul(c.mul(sum, t), c.unary(G.Exp, c.unary(G.Neg, c.mul(x, x))))
	sign := c.sub(c.positive(x), c.negative(x))
	return c.mul(sign, c.sub(c.number(1), tail))
}

func where(c *call) *value {
	cond := c.in[0]
	if !cond.truth && (cond.known == nil || cond.known.DType != Bool) {
		return c.refuse("its condition is no truth")
	}
	for _, v := range c.in[1:] {
		if v.known != nil && slices.ContainsFunc(reals(v.known), func(x float64) bool { return math.IsInf(x, 0) || math.IsNaN(x) }) {
			return c.refuse("one of its values is infinite")
		}
	}
	return c.where(cond, c.in[1], c.in[2])
}

// dropout passes its input on: that is what it does in inference.
func dropout(c *call) []*value {
	c.real("ratio", 0.5) // of versions before 12
	c.int("seed", 0)
	if v := c.input(2); v != nil && !slices.Equal(c.knownInts(v, "mode"), []int{0}) {
		c.refuse("it trains: export the model for inference")
	}
	mask := &Tensor{DType: Bool, Shape: c.in[0].shape, Data: slices.Repeat([]int64{1}, size(c.in[0].shape))}
	return []*value{c.in[0], {shape: mask.Shape, known: mask}}
}

// gemm is alpha·A·B + beta·C of matrices, either of them transposed.
func gemm(c *call) *value {
	x, y := c.in[0], c.in[1]
	if len(x.shape) != 2 || len(y.shape) != 2 {
		return c.refuse("a product of %v and %v", x.shape, y.shape)
	}
	if c.int("transA", 0) != 0 {
		x = c.transpose(x, 1, 0)
	}
	if c.int("transB", 0) != 0 {
		y = c.transpose(y, 1, 0)
	}
	alpha, beta := c.real("alpha", 1), c.real("beta", 1)
	p := c.times(c.product(x, y), alpha)
	if v := c.input(2); v != nil && beta != 0 {
		full, ok := broadcast(p.shape, v.shape)
		if !ok || !slices.Equal(full, p.shape) {
			return c.refuse("it adds %v to %v", v.shape, p.shape)
		}
		p = c.add(p, c.times(v, beta))
	}
	return p
}
