package ir

import "fmt"

// The element-wise ops, a row each: name, formula, and where tests draw the arguments from. From the row come the reference
// kernel, a plain loop for engines that have no kernel of their own, the function that CUDA calls, and the random tests.
var (
	Add = elementwise("add", "x + y")
	Sub = elementwise("sub", "x - y")
	Mul = elementwise("mul", "x * y")
	Div = elementwise("div", "x / y", anything, Domain{0.5, 2})
	Pow = elementwise("pow", "pow(x, y)", Domain{0.5, 2}, Domain{-2, 2})

	// comparisons get inputs, not computed values: those may differ by a rounding
	Less   = elementwise("less", "x < y", Domain{-1, 1}, Domain{-1, 1})
	LessEq = elementwise("lesseq", "x <= y", Domain{-1, 1}, Domain{-1, 1})
	Equal  = elementwise("equal", "x == y", Domain{-1, 1}, Domain{-1, 1})

	Exp     = elementwise("exp", "exp(x)")
	Log     = elementwise("log", "log(x)", Domain{0.125, 4})
	Sqrt    = elementwise("sqrt", "sqrt(x)", Domain{0, 4})
	Tanh    = elementwise("tanh", "tanh(x)")
	Sigmoid = elementwise("sigmoid", "1 / (1 + exp(-x))")
	Sin     = elementwise("sin", "sin(x)")
	Cos     = elementwise("cos", "cos(x)")
	Log1p   = elementwise("log1p", "log1p(x)", Domain{-0.5, 4})
	Expm1   = elementwise("expm1", "expm1(x)")
	Log2    = elementwise("log2", "log2(x)", Domain{0.125, 4})
	Ceil    = elementwise("ceil", "ceil(x)", Domain{-2, 2})
	Floor   = elementwise("floor", "floor(x)", Domain{-2, 2})
)

// Domain is where tests draw an argument from: inputs between two bounds, or whatever a program has computed, up to 8 in size.
type Domain struct{ Lo, Hi float64 }

var anything = Domain{}

// Anything reports whether the op is defined everywhere and magnifies no rounding.
func (d Domain) Anything() bool { return d == anything }

// elementwise makes the row of an op on elements of the same position. Arguments have the result's shape or are scalars.
func elementwise(name, formula string, domains ...Domain) Op {
	f := newFormula(formula)
	r := row{
		name: name, arity: f.arity(), formula: f, shape: elementwiseShape, eval: elementwiseEval,
		local: func(c *call, arg int) bool { return len(c.shapes[arg]) > 0 },
		flops: func(c *call) int { return c.Shape.Size() },
	}
	copy(r.domains[:], domains)
	table = append(table, r)
	return Op(len(table) - 1)
}

func elementwiseShape(c *call) (Shape, error) {
	out := Shape{}
	for _, s := range c.shapes {
		switch {
		case len(out) == 0:
			out = s
		case len(s) > 0 && !s.Eq(out):
			return nil, fmt.Errorf("%s: shapes %v and %v differ", c.Op, out, s)
		}
	}
	return out, nil
}

func elementwiseEval(c *call, out []float64) {
	at := func(arg, i int) float64 {
		if len(c.shapes[arg]) == 0 {
			return c.args[arg][0]
		}
		return c.args[arg][i]
	}
	f, last := table[c.Op].formula, len(c.args)-1
	for i := range out {
		out[i] = f.of(at(0, i), at(last, i))
	}
}

// Elementwise reports whether the op maps elements to elements of the same position.
func (o Op) Elementwise() bool { return table[o].formula != nil }

// Formula is the meaning of an element-wise op, nil for others.
func (o Op) Formula() *Formula { return table[o].formula }

// Scalar is the value of an element-wise op for one element; b is ignored by ops of one argument.
func (o Op) Scalar(a, b float64) float64 { return table[o].formula.of(a, b) }

// Domain is where tests draw an element-wise op's argument from.
func (o Op) Domain(arg int) Domain { return table[o].domains[arg] }

// Activations are the element-wise ops of one argument, which a product can apply to its result.
func Activations() []Op {
	var ops []Op
	for o := range table {
		if op := Op(o); op.Elementwise() && op.Arity() == 1 {
			ops = append(ops, op)
		}
	}
	return ops
}
