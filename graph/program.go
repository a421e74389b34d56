package graph

import (
	"fmt"
	"slices"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/ir"

	"gorgonia.org/gorgonia"
)

// Executable is a compiled part of a graph. It is not safe for use from several goroutines at once; several programs are.
type Executable struct {
	spec   Spec
	unit   *backend.Unit
	exec   backend.Exec
	vars   map[*gorgonia.Node]*Var
	inputs []*Var // among vars
	boxes  map[*gorgonia.Node]*box
	calls  map[*gorgonia.Node]*hostCall
	norms  []runningStats
	random *Var // the state of the generator; nil where nothing is drawn
	store  *Store
	own    *Store // the store, if it is closed with the program
	done   error  // of a closed program
}

// runningStats are a batch normalisation's op and its running statistics in the store.
type runningStats struct {
	op             *gorgonia.BatchNormOp
	mean, variance *Var
}

// Run computes the outputs and the updates from the inputs and parameters as they are now. A closed program runs no more.
func (p *Executable) Run() error {
	if p.done != nil {
		return p.done
	}
	return p.exec.Run()
}

// Exec is the program on its engine.
func (p *Executable) Exec() backend.Exec { return p.exec }

// Var is the memory of an input or parameter, by its node's name; nil if the program has none of that name, or more than one.
func (p *Executable) Var(name string) *Var {
	var found *Var
	for n, v := range p.vars {
		if n.Name() == name {
			if found != nil {
				return nil
			}
			found = v
		}
	}
	return found
}

// VarOf is the memory of an input or parameter, by its node; nil if the program has none.
func (p *Executable) VarOf(n *gorgonia.Node) *Var { return p.vars[n] }

// Generator is the state of the program's random numbers, which each run carries on and the programs of a store share; nil where
// nothing is drawn.
func (p *Executable) Generator() *Var { return p.random }

// Output is the memory of the i-th output, valid until the next run.
func (p *Executable) Output(i int) backend.Buffer {
	if b := p.boxes[p.spec.Outputs[i]]; b != nil {
		return b
	}
	return p.exec.Output(i)
}

// OutputPhases are the phases of the program, as Explain numbers them, behind which each output can be read.
func (p *Executable) OutputPhases() []int {
	q, out := p.unit.Program, make([]int, len(p.unit.Program.Outputs))
	for i, id := range q.Outputs {
		for q.At(id).Op == ir.Reshape {
			id = q.At(id).Args[0]
		}
		for n, phase := range p.unit.Phases {
			for _, g := range phase {
				if slices.Contains(g.Instrs, id) {
					out[i] = n
				}
			}
		}
	}
	return out
}

// OutputHost is the i-th output as a host slice, []float32 or []float64 (or what a value of another type keeps): the engine's
// memory itself where that is the host's, valid until the next run.
func (p *Executable) OutputHost(i int) (any, error) {
	b := p.Output(i)
	if h := b.Host(); h != nil {
		return h, nil
	}
	q := p.unit.Program
	tmp := stage(q.DType, q.At(q.Outputs[i]).Shape.Size())
	return tmp, b.Read(tmp)
}

// Scalar is the i-th output's first element.
func (p *Executable) Scalar(i int) (float64, error) {
	h, err := p.OutputHost(i)
	if err != nil {
		return 0, err
	}
	switch s := h.(type) {
	case []float32:
		return float64(s[0]), nil
	case []float64:
		return s[0], nil
	}
	return 0, fmt.Errorf("output %d is %T, not a number of the program's type", i, h)
}

// Bytes is the memory that the program has on its engine: intermediate values, constants, what the engine packs, and its share of each input, which is split evenly
// among the programs that read it. Parameters are the store's. A closed program has none.
func (p *Executable) Bytes() int {
	if p.done != nil {
		return 0
	}
	q, n := p.unit.Program, p.unit.Plan.Arena
	for i := range q.Instrs {
		if in := q.At(ir.ID(i)); in.Op == ir.Const {
			n += in.Shape.Size()
		}
	}
	n *= q.DType.Bytes()
	if x, ok := p.exec.(backend.Sizer); ok {
		n += x.Beside()
	}
	for _, v := range p.inputs {
		n += v.bytes() / v.users
	}
	return n
}

// Close frees the program's memory, and that of inputs that no other program reads. Parameters stay with the store, unless that was
// made by the function Compile for this program alone. Closing again does nothing.
func (p *Executable) Close() {
	if p.done != nil {
		return
	}
	p.done = fmt.Errorf("program %s is closed", p.spec.Name)
	p.exec.Close()
	delete(p.store.programs, p)
	p.store.release(p)
	if p.own != nil {
		p.own.Close()
	}
}
