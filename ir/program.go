// Package ir is the program that the compiler works on: a list of instructions in static single assignment over
// dense row-major tensors of one float type. It knows neither the graph that the program came from nor the engine
// that will run it.
//
// An instruction is one row of the op table (table.go): a name, a shape rule and a reference kernel in plain Go.
// Passes are pure functions from Program to Program; each prints as one line an instruction and has golden tests.
package ir

import "slices"

// DType is the element type of every value of a program.
type DType uint8

// The float types.
const (
	Float32 DType = iota
	Float64
)

// String is the Go name of the type.
func (d DType) String() string { return [...]string{"float32", "float64"}[d] }

// Bytes is the size of one element.
func (d DType) Bytes() int { return [...]int{4, 8}[d] }

// ID names the value that an instruction defines: its position in Program.Instrs.
type ID int

// Instr defines one value. Only the fields that its op uses are set.
type Instr struct {
	Op    Op
	Args  []ID
	Shape Shape
	Name  string // of an input, or of the op behind Host

	Data   []float64  // Const: one value, or Shape.Size() of them. MaxPool: the value of a window that meets no image. Uniform: the stream's number
	TransA bool       // MatMul, BatchMatMul: A is stored transposed
	TransB bool       // MatMul, BatchMatMul: B is stored transposed. Conv, GroupConv: the weights are those of the adjoint, taps in reverse and channels exchanged
	Bias   bool       // MatMul, Conv, GroupConv: Args[2] is a row that is added to each row of the product, or to each pixel
	Act    Op         // MatMul, Conv, GroupConv: element-wise op on the result, or None. MaxPool, MaxPoolGrad: Less or LessEq, if x·(0 < x) or x·(0 ≤ x) stands for x, or None
	Acc    bool       // MatMul: result is Args[2] + Args[3]·AB, Args[3] a scalar
	Axes   []int      // Sum, Max: the axes to remove, ascending. Concat: the axis
	Log    bool       // Softmax: its logarithm
	Views  []View     // ViewOp: how to read Args[0]; Chain: how to read each argument
	Body   []ScalarOp // Chain: the element-wise program
	Back   int        // Chain: its value is that of the step so many before the last
	Window Window     // ops on images: how they go over them
	Groups int        // GroupConv, GroupConvWeights: of channels
	Host   HostFunc   // Host: what computes the value
}

// ScalarOp is one element-wise operation within a Chain. A and B count the chain's arguments first, then its earlier
// steps; B is unused for ops of one argument.
type ScalarOp struct {
	Op   Op
	A, B int
}

// HostFunc computes a value outside the engine, from and to host slices ([]float32 or []float64).
type HostFunc func(out any, args []any) error

// Update says that after a run the input Into holds Value: how parameters learn.
type Update struct{ Into, Value ID }

// Program is a list of instructions, each defining the value of its position, arguments before uses.
type Program struct {
	Name    string
	DType   DType
	Instrs  []Instr
	Outputs []ID
	Updates []Update
}

// At is the instruction that defines the value.
func (p *Program) At(id ID) *Instr { return &p.Instrs[id] }

// Clone is a copy whose instruction list can be edited. Slices inside an instruction stay shared: passes replace
// them, they never write into them.
func (p *Program) Clone() *Program {
	q := *p
	q.Instrs = slices.Clone(p.Instrs)
	q.Outputs = slices.Clone(p.Outputs)
	q.Updates = slices.Clone(p.Updates)
	return &q
}

// Uses counts how often each value is read, outputs and updates included.
func (p *Program) Uses() []int {
	uses := make([]int, len(p.Instrs))
	for i := range p.Instrs {
		for _, a := range p.Instrs[i].Args {
			uses[a]++
		}
	}
	for _, o := range p.Outputs {
		uses[o]++
	}
	for _, u := range p.Updates {
		uses[u.Value]++
	}
	return uses
}

// Shapes are the shapes of an instruction's arguments.
func (p *Program) Shapes(in *Instr) []Shape {
	shapes := make([]Shape, len(in.Args))
	for i, a := range in.Args {
		shapes[i] = p.Instrs[a].Shape
	}
	return shapes
}

// scalarConst is the value of a one-element constant.
func (p *Program) scalarConst(id ID) (float64, bool) {
	in := p.At(id)
	if in.Op != Const || len(in.Data) != 1 {
		return 0, false
	}
	return in.Data[0], true
}
