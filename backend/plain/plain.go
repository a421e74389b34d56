// Package plain is the engine "plain": the least that an engine can be, and the one to copy for a new kind of machine. It
// runs a program instruction by instruction, on one core, in plain Go, and has kernels for element-wise ops and products of
// matrices only. Whatever else a program asks for, the compiler has made of these, or runs on the host.
package plain

import (
	"fmt"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/ir"
)

func init() {
	backend.Register("plain", func() (backend.Engine, error) { return engine{}, nil })
}

// engine has no state: its memory is the host's.
type engine struct{}

func (engine) Name() string   { return "plain" }
func (engine) Device() string { return "one core, in plain Go" }
func (engine) Close() error   { return nil }

// Alloc gives zeroed memory.
func (engine) Alloc(dt ir.DType, n int) (backend.Buffer, error) { return backend.AllocHost(dt, n) }

// Has: element-wise ops, and products of matrices as they lie, with nothing done to the result.
func (engine) Has(_ *ir.Program, in *ir.Instr) bool {
	if in.Op == ir.MatMul {
		return !in.TransA && !in.TransB && !in.Bias && !in.Acc && in.Act == ir.None
	}
	return in.Op.Elementwise()
}

// Compile chooses a kernel for each instruction. The schedule and the memory plan, which save time and memory, are left unused.
func (engine) Compile(u *backend.Unit, bind map[string]backend.Buffer) (backend.Exec, error) {
	if u.Program.DType == ir.Float32 {
		return compile[float32](u.Program, bind)
	}
	return compile[float64](u.Program, bind)
}

// exec is a compiled program: what it does in a run, in order.
type exec struct {
	backend.Outputs
	steps []func() error
}

// Run does one step after another.
func (x *exec) Run() error {
	for _, step := range x.steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// compile gives each value memory of its own. Inputs lie in their buffers; updates are copied there at the end of a run.
func compile[T backend.Float](p *ir.Program, bind map[string]backend.Buffer) (*exec, error) {
	x, mem := &exec{}, make([][]T, len(p.Instrs))
	for i := range p.Instrs {
		in := p.At(ir.ID(i))
		args := make([][]T, len(in.Args))
		for j, a := range in.Args {
			args[j] = mem[a]
		}
		switch in.Op {
		case ir.Input:
			m, err := backend.Memory[T](bind[in.Name], in.Name, in.Shape.Size())
			if err != nil {
				return nil, fmt.Errorf("program %s: %w", p.Name, err)
			}
			mem[i] = m
			continue
		case ir.Reshape:
			mem[i] = args[0]
			continue
		}
		mem[i] = make([]T, in.Shape.Size())
		switch out := mem[i]; in.Op {
		case ir.Const:
			for j, v := range in.Fill() {
				out[j] = T(v)
			}
		case ir.Host:
			boxed := make([]any, len(args))
			for j, a := range args {
				boxed[j] = a
			}
			x.steps = append(x.steps, func() error { return in.Host(out, boxed) })
		case ir.MatMul:
			_, n, k := p.Dims(in)
			x.steps = append(x.steps, func() error { multiply(out, args[0], args[1], n, k); return nil })
		default:
			x.steps = append(x.steps, func() error { each(in.Op.Formula(), out, args); return nil })
		}
	}
	for _, u := range p.Updates {
		into, value := mem[u.Into], mem[u.Value]
		x.steps = append(x.steps, func() error { copy(into, value); return nil })
	}
	for _, o := range p.Outputs {
		x.Outputs = append(x.Outputs, backend.NewHostBuffer(mem[o]))
	}
	return x, nil
}

// each computes an element-wise op. An argument of one element stands for as many as there are.
func each[T backend.Float](f *ir.Formula, out []T, args [][]T) {
	at := func(arg []T, i int) float64 {
		if len(arg) == 1 {
			return float64(arg[0])
		}
		return float64(arg[i])
	}
	x, y := args[0], args[len(args)-1]
	for i := range out {
		out[i] = T(f.Of(at(x, i), at(y, i)))
	}
}

// multiply is out = A·B, A of k columns and B of n.
func multiply[T backend.Float](out, a, b []T, n, k int) {
	clear(out)
	for row := 0; len(out) > 0; row++ {
		for l, v := range a[row*k:][:k] {
			for j, w := range b[l*n:][:n] {
				out[j] += v * w
			}
		}
		out = out[n:]
	}
}
