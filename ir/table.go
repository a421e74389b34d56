package ir

import (
	"fmt"
	"math"
)

// Op is a row of the table.
type Op uint8

// The ops with a structure of their own. Those on elements are in elementwise.go.
const (
	None Op = iota
	Input
	Const
	Chain
	MatMul
	Sum
	Max
	ViewOp
	Reshape
	Softmax
	LogLikelihood
	LogLikelihoodGrad
	Patches
	Unpatch
	Conv
	ConvWeights
	GroupConv
	GroupConvWeights
	MaxPool
	MaxPoolIndex
	MaxUnpool
	MaxPoolGrad
	SumPool
	Uniform
	Concat
	BatchMatMul
	Host
	numStructured
)

// row is what there is to know of an op, but for the kernels that engines have. Every value is of the program's type, truths
// included. The reference kernel works in float64 whatever that type is.
type row struct {
	name    string
	arity   int                                                           // -1: the shape rule counts
	formula *Formula                                                      // of an element-wise op
	doc     string                                                        // what it computes, where there is no formula
	domains [2]Domain                                                     // of its arguments, for tests
	shape   func(*call) (Shape, error)                                    // from the arguments' shapes
	eval    func(c *call, out []float64)                                  // reference kernel
	local   func(c *call, arg int) bool                                   // row i of the result needs row i of this argument only
	flops   func(c *call) int                                             // floating point operations
	print   func(in *Instr, args []string, steps map[int]string) []string // the words of its line; name and arguments, where it is nil; steps of a chain may have names
	expand  func(q *Program, in Instr) (id ID, ok bool)                   // the same by simpler ops, for engines without a kernel
}

// call is an instruction with the shapes (and for the reference kernel the values) of its arguments.
type call struct {
	*Instr
	shapes []Shape
	args   [][]float64
}

// table begins with the structured ops; elementwise appends its own.
var table = make([]row, numStructured)

// The rows are filled in here because their rules print ops, which reads the table.
func init() {
	copy(table, []row{
		None:  {name: "none"},
		Input: {name: "input", doc: "a value that is set before a run", print: printName},
		Const: {name: "const", doc: "the same in every run", print: printConst},
		Chain: {
			name: "chain", doc: "element-wise ops in one pass over memory", arity: -1,
			shape: chainShape, eval: chainEval, local: chainLocal, flops: func(c *call) int { return c.Steps(c.Result()) * c.Shape.Size() },
			print: printChain, expand: expandChain,
		},
		MatMul: {
			name: "matmul", doc: "A·B, plus a bias and then an activation, or C + s·A·B", arity: -1,
			shape: matmulShape, eval: matmulEval, local: matmulLocal, flops: matmulFlops,
			print: printMatMul, expand: expandMatMul,
		},
		Sum: {
			name: "sum", doc: "x summed over axes", arity: 1,
			shape: reduceShape, eval: reduceEval(0, func(a, b float64) float64 { return a + b }), local: reduceLocal, flops: firstSize,
			print: printReduce,
		},
		Max: {
			name: "max", doc: "the largest x over axes", arity: 1,
			shape: reduceShape, eval: reduceEval(math.Inf(-1), maxNaN), local: reduceLocal, flops: firstSize,
			print: printReduce,
		},
		ViewOp: {
			name: "view", doc: "x read in strides: broadcast, transposed, sliced", arity: 1,
			shape: viewShape, eval: viewEval, local: chainLocal,
			print: printView,
		},
		Reshape: {
			name: "reshape", doc: "x under another shape, where it lies", arity: 1,
			shape: reshapeShape, eval: func(c *call, out []float64) { copy(out, c.args[0]) }, local: sameRows,
		},
		Softmax: {
			name: "softmax", doc: "exp(x) / Σ exp(x) of each row, or its logarithm", arity: 1,
			shape: rowsShape, eval: softmaxEval, local: rowLocal, flops: func(c *call) int { return 4 * c.Shape.Size() },
			print: printSoftmax, expand: expandSoftmax,
		},
		LogLikelihood: {
			name: "loglikelihood", doc: "Σ t·log softmax(x) of each row", arity: 2,
			shape: logLikelihoodShape, eval: logLikelihoodEval, local: rowLocal, flops: func(c *call) int { return 5 * c.shapes[0].Size() },
		},
		LogLikelihoodGrad: {
			name: "loglikelihoodgrad", doc: "s·(t − softmax(x)·Σt)", arity: 3,
			shape: logLikelihoodGradShape, eval: logLikelihoodGradEval, local: rowLocal, flops: func(c *call) int { return 6 * c.Shape.Size() },
			expand: expandLogLikelihoodGrad,
		},
		Uniform: {
			name: "uniform", doc: "random numbers from 0 to below 1, of a generator's state", arity: 1,
			shape: uniformShape, eval: uniformEval, flops: func(c *call) int { return c.Shape.Size() },
			print: func(in *Instr, args []string, _ map[int]string) []string {
				return []string{"uniform", args[0], fmt.Sprintf("stream %g", in.Data[0])}
			},
		},
		Concat:      concatRow,
		BatchMatMul: batchMatMulRow,
		Host: {
			name: "host", doc: "a function on the host", arity: -1,
			shape: func(c *call) (Shape, error) { return c.Shape, nil },
			print: printName,
		},
	})
	for _, rows := range []map[Op]row{imageRows(), groupRows(), poolRows()} {
		for op, r := range rows {
			table[op] = r
		}
	}
}

// String is the op's name in a printed program.
func (o Op) String() string { return table[o].name }

// Ops lists every op of the table.
func Ops() []Op {
	ops := make([]Op, 0, len(table))
	for o := range table[1:] {
		ops = append(ops, Op(o+1))
	}
	return ops
}

// Doc is what the op computes, the formula of one on elements.
func (o Op) Doc() string {
	if f := table[o].formula; f != nil {
		return f.String()
	}
	return table[o].doc
}

// Arity is the number of arguments; -1 where it varies.
func (o Op) Arity() int { return table[o].arity }

// Infer is the shape that the instruction's value has, or an error that names what does not fit.
func (p *Program) Infer(in *Instr) (Shape, error) {
	r := &table[in.Op]
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
	r := &table[in.Op]
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

// maxNaN is the larger value; NaN wins, so that a broken number is never hidden.
func maxNaN(a, b float64) float64 {
	if a > b || math.IsNaN(a) {
		return a
	}
	return b
}
