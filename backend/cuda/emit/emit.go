// Package emit turns a program into launches of CUDA kernels. A phase of small groups becomes one kernel of the program's
// own, and so does each element-wise chain elsewhere: emit writes them as PTX. For large instructions it chooses a kernel of
// the folder kernels, its grid and its arguments. It is plain Go that needs neither CUDA nor a GPU, and what it gives prints
// as text, which tests hold to golden files.
package emit

import (
	"fmt"
	"math"
	"strings"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/ir"
)

// Code is a unit as the driver gets it: launches in order, with host functions between them.
type Code struct {
	Launches []Launch
	Source   string   // PTX of the program's own kernels, without a header; empty if there are none
	Calls    []string // functions of kernels/functions.cu that they call
	Scratch  int      // elements of memory that it needs beside the plan's arena
}

// Launch is a launch of blocks of 256 threads; or a product that cuBLAS does; or, where it is neither, a host function.
type Launch struct {
	IDs     []ir.ID // the instructions that it computes
	Module  string  // the kernel's file without its type, gemm, reduce or rows; or Own
	Kernel  string
	Grid    int // blocks
	Args    []Arg
	Product *Product
}

// Own is the module of a program's own kernels.
const Own = "own"

// Arg is an argument of a kernel.
type Arg struct {
	Kind  Kind
	Value ir.ID // Pointer: whose memory
	Int   int   // Int: the number; Scratch: the offset in elements; Table and Into: the number of the feed
}

// Kind says what an argument is.
type Kind uint8

// The kinds: a value's memory, no memory, a part of the scratch memory, a 32-bit integer; and what repeats a program gets.
const (
	Pointer Kind = iota
	Null
	Scratch
	Int
	Table   // of a feed, as bytes
	Into    // where a feed's rows go; in a loop a register holds it
	Indices // the rows of all runs, as 32-bit integers
	Result  // the number that a run gives
	Results // one of each run
	Counter // of runs, or in a loop of the blocks that have come to a barrier; a 32-bit integer
	Runs    // how many, a 32-bit integer
)

func pointer(id ir.ID) Arg { return Arg{Kind: Pointer, Value: id} }

func ints(v ...int) []Arg {
	args := make([]Arg, len(v))
	for i, n := range v {
		args[i] = Arg{Kind: Int, Int: n}
	}
	return args
}

// Threads is how many threads a block has.
const Threads = 256

// Resident is how many blocks a multiprocessor can have at once, at least: it bounds the registers of a thread.
const Resident = 2

const block = Threads

// Options say what kernels are chosen.
type Options struct {
	Large int  // multiplications of a product that is left to cuBLAS, or more; Large is the usual number
	TF32  bool // float32 convolutions are done on tensor cores, where their channels come in fours
}

// Emit chooses the kernels. A value of 2³¹ elements or more is an error: kernels count in 32 bits.
func Emit(u *backend.Unit, o Options) (*Code, error) {
	e := &emitter{p: u.Program, alias: u.Plan.Alias, most: o.Large, tensor: o.TF32 && u.Program.DType == ir.Float32, out: &Code{}}
	for i := range u.Program.Instrs {
		if err := check(u.Program.At(ir.ID(i))); err != nil {
			return nil, fmt.Errorf("%s: %%%d = %w", u.Program.Name, i, err)
		}
	}
	for _, s := range e.stages(u.Phases) {
		if len(s.groups) > 0 && len(s.pieces) > 1 {
			e.own(s.name, s.ids(), s.groups)
			continue
		}
		for _, p := range s.pieces {
			p.alone()
		}
	}
	e.out.Source = e.source.String()
	return e.out, nil
}

// check finds what no kernel can do: a value of 2³¹ elements or more.
func check(in *ir.Instr) error {
	if in.Shape.Size() > math.MaxInt32 {
		return fmt.Errorf("%s has the shape %v: a value on the GPU has at most %d elements", in.Op, in.Shape, math.MaxInt32)
	}
	return nil
}

type emitter struct {
	p      *ir.Program
	alias  []ir.ID // whose memory a value has
	most   int     // multiplications of a product that is not cuBLAS's are fewer
	tensor bool    // whether convolutions are done on tensor cores
	out    *Code
	source strings.Builder
	within func(sweep []ir.ID, t task) task // puts an instruction's code into the code around it; nil leaves it alone
}

// makers is the table of kernels for instructions that are launched by themselves. Whatever is not here is a chain.
var makers = map[ir.Op]func(e *emitter, sweep []ir.ID, in *ir.Instr){
	ir.MatMul:            one((*emitter).matmul),
	ir.Sum:               one((*emitter).reduce),
	ir.Max:               one((*emitter).reduce),
	ir.Softmax:           one((*emitter).rows),
	ir.LogLikelihood:     one((*emitter).rows),
	ir.LogLikelihoodGrad: one((*emitter).rows),
	ir.Conv:              one((*emitter).conv),
	ir.ConvWeights:       one((*emitter).convWeights),
	ir.GroupConv:         one((*emitter).groupConv),
	ir.GroupConvWeights:  one((*emitter).groupConvWeights),
	ir.Patches:           one((*emitter).overWindows),
	ir.Unpatch:           one((*emitter).overWindows),
	ir.SumPool:           one((*emitter).overWindows),
	ir.MaxUnpool:         one((*emitter).overWindows),
	ir.MaxPool:           (*emitter).maxPool,
	ir.MaxPoolIndex:      (*emitter).maxPool,
	ir.Concat:            one((*emitter).concat),
	ir.Uniform:           one((*emitter).uniform),
	ir.Host: func(e *emitter, sweep []ir.ID, _ *ir.Instr) {
		e.out.Launches = append(e.out.Launches, Launch{IDs: sweep})
	},
}

// one makes an instruction that no sweep has others beside.
func one(make func(e *emitter, id ir.ID, in *ir.Instr)) func(e *emitter, sweep []ir.ID, in *ir.Instr) {
	return func(e *emitter, sweep []ir.ID, in *ir.Instr) { make(e, sweep[0], in) }
}

func (e *emitter) instr(sweep []ir.ID, in *ir.Instr) {
	if make, ok := makers[in.Op]; ok {
		make(e, sweep, in)
		return
	}
	e.chain("chain", sweep, e.asChain(in))
}

// chain launches an element-wise program by itself.
func (e *emitter) chain(name string, sweep []ir.ID, in *ir.Instr) {
	n := in.Shape.Size()
	e.own(fmt.Sprintf("%s%d", name, sweep[0]), sweep, []group{{n, block, 1, []task{e.chainTask(sweep, in, n)}}})
}

// asChain is an element-wise instruction that stands alone as a chain of one step. A view is a chain without steps.
func (e *emitter) asChain(in *ir.Instr) *ir.Instr {
	if in.Op == ir.Chain || in.Op == ir.ViewOp {
		return in
	}
	if !in.Op.Elementwise() {
		panic("cuda: no kernel for " + in.Op.String()) // our own bug: Has says that there is one
	}
	return e.p.AsChain(in)
}

// scratch is memory for n elements that no other gets.
func (e *emitter) scratch(n int) Arg {
	at := Arg{Kind: Scratch, Int: e.out.Scratch}
	e.out.Scratch += (n + 15) &^ 15
	return at
}

// launch adds a kernel of one of the files. Its name ends in the program's type, as its file's does.
func (e *emitter) launch(id ir.ID, module, kernel string, grid int, args ...Arg) {
	e.launchSweep([]ir.ID{id}, module, kernel, grid, args...)
}

// launchSweep adds one that gives several values.
func (e *emitter) launchSweep(ids []ir.ID, module, kernel string, grid int, args ...Arg) {
	e.out.Launches = append(e.out.Launches, Launch{IDs: ids, Module: module, Kernel: kernel + "_" + Suffix(e.p.DType), Grid: grid, Args: args})
}

// Suffix names a type in the names of kernels and of their files.
func Suffix(dt ir.DType) string { return [...]string{"f32", "f64"}[dt] }

func ceil(a, b int) int { return (a + b - 1) / b }

// power is the smallest power of two that is at least n, within bounds.
func power(n, lo, hi int) int {
	for lo < n && lo < hi {
		lo *= 2
	}
	return lo
}
