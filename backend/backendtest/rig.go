package backendtest

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/ir/irtest"
)

var dtypes = []ir.DType{ir.Float32, ir.Float64}

// raw makes a unit of the program as it was written, so that every op that the engine has meets it as itself.
func raw(e backend.Engine, p *ir.Program) *backend.Unit {
	return backend.Plan(ir.Lower(ir.Snapshot(p), e.Has))
}

// rig is a program on an engine, with buffers for its inputs. Numbers go in and out as float64.
type rig struct {
	unit *backend.Unit
	exec backend.Exec
	bufs map[string]backend.Buffer
}

func newRig(e backend.Engine, u *backend.Unit, in map[string][]float64) (*rig, error) {
	r := &rig{unit: u, bufs: map[string]backend.Buffer{}}
	for name, v := range in {
		b, err := e.Alloc(u.Program.DType, len(v))
		if err != nil {
			return nil, err
		}
		r.bufs[name] = b
	}
	if err := r.fill(in); err != nil {
		return nil, err
	}
	exec, err := e.Compile(u, r.bufs)
	r.exec = exec
	return r, err
}

// fill writes the inputs.
func (r *rig) fill(in map[string][]float64) error {
	for name, v := range in {
		if err := write(r.bufs[name], r.unit.Program.DType, v); err != nil {
			return err
		}
	}
	return nil
}

func (r *rig) close() {
	r.exec.Close()
	for _, b := range r.bufs {
		b.Free()
	}
}

// runs is how often a program is run on the same memory.
const runs = 3

// poison fills with NaN what the next run must write before it reads it: all that an engine knows of, or else the outputs
// that are not an input's or a constant's memory.
func (r *rig) poison() error {
	if x, ok := r.exec.(backend.Poisoner); ok {
		x.Poison()
		return nil
	}
	p := r.unit.Program
	for i, o := range p.Outputs {
		if root := p.At(r.unit.Plan.Alias[o]); root.Op == ir.Input || root.Op == ir.Const {
			continue
		}
		nan := make([]float64, p.At(o).Shape.Size())
		for j := range nan {
			nan[j] = math.NaN()
		}
		if err := write(r.exec.Output(i), p.DType, nan); err != nil {
			return err
		}
	}
	return nil
}

// results reads the outputs and all inputs after a run.
func (r *rig) results() (outputs [][]float64, inputs map[string][]float64, err error) {
	p := r.unit.Program
	for i, o := range p.Outputs {
		v, err := read(r.exec.Output(i), p.DType, p.At(o).Shape.Size())
		if err != nil {
			return nil, nil, err
		}
		outputs = append(outputs, v)
	}
	inputs = map[string][]float64{}
	for i := range p.Instrs {
		if in := p.At(ir.ID(i)); in.Op == ir.Input {
			if inputs[in.Name], err = read(r.bufs[in.Name], p.DType, in.Shape.Size()); err != nil {
				return nil, nil, err
			}
		}
	}
	return outputs, inputs, nil
}

func write(b backend.Buffer, dt ir.DType, v []float64) error {
	if dt == ir.Float64 {
		return b.Write(v)
	}
	s := make([]float32, len(v))
	for i, x := range v {
		s[i] = float32(x)
	}
	return b.Write(s)
}

func read(b backend.Buffer, dt ir.DType, n int) ([]float64, error) {
	v := make([]float64, n)
	if dt == ir.Float64 {
		return v, b.Read(v)
	}
	s := make([]float32, n)
	err := b.Read(s)
	for i, x := range s {
		v[i] = float64(x)
	}
	return v, err
}

// conform runs a unit three times on the same memory, poisoned between the runs, and compares outputs, updated inputs and
// inputs that must stay as they were with what the program p means.
func conform(e backend.Engine, p *ir.Program, u *backend.Unit, in map[string][]float64, tol float64) error {
	return conformBy(func(x backend.Exec) error { return announced(x, u) }, e, p, u, in, tol)
}

func conformBy(run func(backend.Exec) error, e backend.Engine, p *ir.Program, u *backend.Unit, in map[string][]float64, tol float64) error {
	err := func() error {
		r, err := newRig(e, u, in)
		if err != nil {
			return err
		}
		defer r.close()
		start := in
		var want [][]float64
		var updated map[string][]float64
		for n := range runs {
			if n > 0 {
				if err := r.poison(); err != nil {
					return err
				}
			}
			if n == 0 || len(p.Updates) > 0 { // else the next run must give the same
				if want, updated, err = p.Eval(in); err != nil {
					return err
				}
			}
			if err := run(r.exec); err != nil {
				return err
			}
			got, inputs, err := r.results()
			if err != nil {
				return err
			}
			after := map[string][]float64{}
			for name := range inputs {
				after[name] = in[name]
				if v, ok := updated[name]; ok {
					after[name] = v
				}
			}
			if err := irtest.CloseAll(got, want, inputs, after, tol); err != nil {
				return fmt.Errorf("run %d: %w", n, err)
			}
			in = maps.Clone(in) // the next run starts from what the engine has, or its rounding would count twice
			maps.Copy(in, inputs)
			if grown(inputs) {
				in = start
				if err := r.fill(in); err != nil {
					return err
				}
			}
		}
		return nil
	}()
	if err != nil {
		return fmt.Errorf("engine %s: %w\n%v", e.Name(), err, u)
	}
	return nil
}

// grown tells whether updates have made an input so large that it would soon be beyond float32: w = exp(w) does.
func grown(inputs map[string][]float64) bool {
	for _, v := range inputs {
		if slices.ContainsFunc(v, func(x float64) bool { return !(math.Abs(x) < 20) }) {
			return true
		}
	}
	return false
}

// tolerance is what rounding may do to one instruction's value: some units in the last place, and one for each term
// that is added up.
func tolerance(p *ir.Program) float64 {
	terms := 0
	for i := range p.Instrs {
		in := p.At(ir.ID(i))
		switch in.Op {
		case ir.Sum:
			terms = max(terms, p.At(in.Args[0]).Shape.Size()/max(1, in.Shape.Size()))
		case ir.MatMul:
			_, _, k := p.Dims(in)
			terms = max(terms, k)
		case ir.Softmax, ir.LogLikelihood, ir.LogLikelihoodGrad:
			s := p.At(in.Args[0]).Shape
			terms = max(terms, 4*s[len(s)-1]) // of logarithms, which are larger than one
		}
	}
	eps := 0x1p-52
	if p.DType == ir.Float32 {
		eps = 0x1p-23
	}
	return float64(16+terms) * eps
}

// loose is the tolerance for a whole random program, whose rounding errors build on one another.
func loose(dt ir.DType) float64 {
	if dt == ir.Float32 {
		return 5e-3
	}
	return 1e-10
}
