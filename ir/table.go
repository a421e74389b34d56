package ir

import (
	"fmt"
	"math"
)

// Op is a row of the table.
type Op uint8

// The ops. Element-wise ops stand together, from Add to Sigmoid.
const (
	None Op = iota
	Input
	Const
	Add
	Sub
	Mul
	Div
	Pow
	Less
	LessEq
	Equal
	Exp
	Log
	Sqrt
	Tanh
	Sigmoid
	Chain
	MatMul
	Sum
	Max
	ViewOp
	Reshape
	Softmax
	Xent
	XentGrad
	Host
	numOps
)

// rule is what there is to know of an op. The reference kernel works in float64 whatever the program's type.
type rule struct {
	name   string
	arity  int                          // -1: the shape rule counts
	scalar func(a, b float64) float64   // element-wise ops: the formula
	shape  func(*call) (Shape, error)   // from the arguments' shapes
	eval   func(c *call, out []float64) // reference kernel
	local  func(c *call, arg int) bool  // row i of the result needs row i of this argument only
	flops  func(c *call) int            // floating point operations
}

// call is an instruction with the shapes (and for the reference kernel the values) of its arguments.
type call struct {
	*Instr
	shapes []Shape
	args   [][]float64
}

var table [numOps]rule

// The table is filled here because its rules print ops, which reads the table.
func init() {
	table = [numOps]rule{
		None:     {name: "none"},
		Input:    {name: "input"},
		Const:    {name: "const"},
		Add:      elementwise("add", 2, func(a, b float64) float64 { return a + b }),
		Sub:      elementwise("sub", 2, func(a, b float64) float64 { return a - b }),
		Mul:      elementwise("mul", 2, func(a, b float64) float64 { return a * b }),
		Div:      elementwise("div", 2, func(a, b float64) float64 { return a / b }),
		Pow:      elementwise("pow", 2, math.Pow),
		Less:     elementwise("less", 2, func(a, b float64) float64 { return truth(a < b) }),
		LessEq:   elementwise("lesseq", 2, func(a, b float64) float64 { return truth(a <= b) }),
		Equal:    elementwise("equal", 2, func(a, b float64) float64 { return truth(a == b) }),
		Exp:      elementwise("exp", 1, func(a, _ float64) float64 { return math.Exp(a) }),
		Log:      elementwise("log", 1, func(a, _ float64) float64 { return math.Log(a) }),
		Sqrt:     elementwise("sqrt", 1, func(a, _ float64) float64 { return math.Sqrt(a) }),
		Tanh:     elementwise("tanh", 1, func(a, _ float64) float64 { return math.Tanh(a) }),
		Sigmoid:  elementwise("sigmoid", 1, func(a, _ float64) float64 { return 1 / (1 + math.Exp(-a)) }),
		Chain:    {name: "chain", arity: -1, shape: chainShape, eval: chainEval, local: chainLocal, flops: func(c *call) int { return c.Steps(c.Result()) * c.Shape.Size() }},
		MatMul:   {name: "matmul", arity: -1, shape: matmulShape, eval: matmulEval, local: matmulLocal, flops: matmulFlops},
		Sum:      {name: "sum", arity: 1, shape: reduceShape, eval: reduceEval(0, func(a, b float64) float64 { return a + b }), local: reduceLocal, flops: firstSize},
		Max:      {name: "max", arity: 1, shape: reduceShape, eval: reduceEval(math.Inf(-1), maxNaN), local: reduceLocal, flops: firstSize},
		ViewOp:   {name: "view", arity: 1, shape: viewShape, eval: viewEval, local: chainLocal},
		Reshape:  {name: "reshape", arity: 1, shape: reshapeShape, eval: func(c *call, out []float64) { copy(out, c.args[0]) }, local: sameRows},
		Softmax:  {name: "softmax", arity: 1, shape: rowsShape, eval: softmaxEval, local: rowLocal, flops: func(c *call) int { return 4 * c.Shape.Size() }},
		Xent:     {name: "xent", arity: 2, shape: xentShape, eval: xentEval, local: rowLocal, flops: func(c *call) int { return 5 * c.shapes[0].Size() }},
		XentGrad: {name: "xentgrad", arity: 3, shape: xentGradShape, eval: xentGradEval, local: rowLocal, flops: func(c *call) int { return 6 * c.Shape.Size() }},
		Host:     {name: "host", arity: -1, shape: func(c *call) (Shape, error) { return c.Shape, nil }},
	}
}

// String is the op's name in a printed program.
func (o Op) String() string { return table[o].name }

// Ops lists every op of the table.
func Ops() []Op {
	ops := make([]Op, 0, numOps)
	for o := None + 1; o < numOps; o++ {
		ops = append(ops, o)
	}
	return ops
}

// Elementwise reports whether the op maps elements to elements of the same position.
func (o Op) Elementwise() bool { return table[o].scalar != nil }

// Arity is the number of arguments; -1 where it varies.
func (o Op) Arity() int { return table[o].arity }

// Scalar is the formula of an element-wise op; b is ignored by ops of one argument.
func (o Op) Scalar(a, b float64) float64 { return table[o].scalar(a, b) }

// Infer is the shape that the instruction's value has, or an error that names what does not fit.
func (p *Program) Infer(in *Instr) (Shape, error) {
	r := table[in.Op]
	if r.arity >= 0 && len(in.Args) != r.arity {
		return nil, fmt.Errorf("%s takes %d arguments, not %d", r.name, r.arity, len(in.Args))
	}
	if r.shape == nil {
		return in.Shape, nil
	}
	return r.shape(p.call(in))
}

// Local reports whether row i of the value needs only row i of this argument, so that both can be computed block
// by block without waiting for the rest.
func (p *Program) Local(in *Instr, arg int) bool {
	r := table[in.Op]
	return r.local != nil && r.local(p.call(in), arg)
}

// Flops counts the floating point operations of one instruction.
func (p *Program) Flops(in *Instr) int {
	if f := table[in.Op].flops; f != nil {
		return f(p.call(in))
	}
	return 0
}

func (p *Program) call(in *Instr) *call { return &call{Instr: in, shapes: p.Shapes(in)} }

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// maxNaN is the larger value; NaN wins, so that a broken number is never hidden.
func maxNaN(a, b float64) float64 {
	if a > b || math.IsNaN(a) {
		return a
	}
	return b
}
