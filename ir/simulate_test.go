package ir_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/ir/irtest"
)

// machine is an engine on paper: it runs a schedule over the plan's memory with the reference kernels, in the worst
// order that the schedule allows.
type machine struct {
	p      *ir.Program
	phases []ir.Phase
	plan   *ir.Plan
	arena  []float64
	mem    [][]float64 // of each value
	inputs map[string][]float64
	r      *rand.Rand
}

func newMachine(p *ir.Program, in map[string][]float64, r *rand.Rand) *machine {
	m := &machine{p: p, phases: ir.Schedule(p), inputs: map[string][]float64{}, r: r}
	m.plan = ir.PlanMemory(p, m.phases)
	m.arena = make([]float64, m.plan.Arena)
	m.mem = make([][]float64, len(p.Instrs))
	for i := range p.Instrs {
		instr := p.At(ir.ID(i))
		switch alias, at := m.plan.Alias[i], m.plan.Offset[i]; {
		case instr.Op == ir.Input:
			m.mem[i] = append([]float64(nil), in[instr.Name]...)
			m.inputs[instr.Name] = m.mem[i]
		case instr.Op == ir.Const:
			m.mem[i] = append([]float64(nil), instr.Fill()...)
		case alias != ir.ID(i):
			m.mem[i] = m.mem[alias]
		default:
			m.mem[i] = m.arena[at : at+instr.Shape.Size()]
		}
	}
	return m
}

// block is a piece of a group.
type block struct {
	group  ir.Group
	lo, hi int
}

func (m *machine) run() error {
	fillNaN(m.arena)
	for _, phase := range m.phases {
		var blocks []block
		for _, g := range phase {
			for _, id := range g.Instrs {
				m.poison(id)
			}
			for lo := 0; lo < g.Rows; {
				hi := min(g.Rows, lo+1+m.r.IntN(g.Rows))
				blocks = append(blocks, block{g, lo, hi})
				lo = hi
			}
		}
		m.r.Shuffle(len(blocks), func(i, j int) { blocks[i], blocks[j] = blocks[j], blocks[i] })
		for _, b := range blocks {
			for _, ids := range m.p.Sweeps(b.group) {
				if err := m.rows(ids, b); err != nil {
					return err
				}
			}
		}
	}
	for _, c := range m.plan.Copies {
		copy(m.mem[c.Into], m.mem[c.Value])
	}
	return nil
}

// poison fills the memory that a phase is about to write: whoever still needed it reads NaN.
func (m *machine) poison(id ir.ID) {
	if m.plan.Alias[id] != id {
		return // in place of an input, which it may read
	}
	fillNaN(m.mem[id])
}

func fillNaN(x []float64) {
	for i := range x {
		x[i] = math.NaN()
	}
}

// rows computes some rows of what is computed at once: the reference kernel computes all rows, the others are thrown away. All
// is read before anything is written.
func (m *machine) rows(ids []ir.ID, b block) error {
	values := make([][]float64, len(ids))
	for k, id := range ids {
		in := m.p.At(id)
		args := make([][]float64, len(in.Args))
		for i, a := range in.Args {
			args[i] = m.mem[a]
		}
		var err error
		if values[k], err = irtest.Eval(m.p, id, args); err != nil {
			return err
		}
	}
	for k, v := range values {
		n := len(v)
		copy(m.mem[ids[k]][n*b.lo/b.group.Rows:n*b.hi/b.group.Rows], v[n*b.lo/b.group.Rows:])
	}
	return nil
}

// simulate runs a program three times, on an arena of NaN, and compares each run with Eval.
func simulate(p *ir.Program, in map[string][]float64, seed uint64) error {
	m := newMachine(p, in, rand.New(rand.NewPCG(seed, 5)))
	for run := range 3 {
		want, updated, err := p.Eval(in)
		if err != nil {
			return err
		}
		if err := m.run(); err != nil {
			return err
		}
		var got [][]float64
		for _, o := range p.Outputs {
			got = append(got, m.mem[o])
		}
		after := map[string][]float64{}
		for name, v := range in {
			after[name] = v
		}
		for name, v := range updated {
			after[name] = v
		}
		inputs := map[string][]float64{}
		for name := range after {
			if v, ok := m.inputs[name]; ok {
				inputs[name] = v
			} else {
				inputs[name] = after[name] // an input that was pruned
			}
		}
		if err := irtest.CloseAll(got, want, inputs, after, 1e-12); err != nil {
			return fmt.Errorf("run %d: %w\n%v%v%v", run, err, p, ir.FormatSchedule(m.phases), m.plan.Format(p))
		}
		in = after
	}
	return nil
}

// The schedule and the plan are right for a program as it was written ...
func TestScheduleAndPlan(t *testing.T) {
	each(t, func(p *ir.Program, in map[string][]float64, seed uint64) error {
		return simulate(ir.Snapshot(p), in, seed)
	})
}

// ... and for what the passes make of it.
func TestScheduleAndPlanOptimized(t *testing.T) {
	each(t, func(p *ir.Program, in map[string][]float64, seed uint64) error {
		return simulate(ir.Optimize(p), in, seed)
	})
}

// A result that nobody reads takes no place of another.
func TestPlanOfUnreadResult(t *testing.T) {
	g := irtest.New("unread", ir.Float64, 1)
	x := g.Op(ir.Tanh, g.Fresh(-1, 1, 5))
	in := ir.Instr{Op: ir.Chain, Args: []ir.ID{x}, Views: []ir.View{ir.Identity(ir.Shape{5})}, Shape: ir.Shape{5}, Body: []ir.ScalarOp{{Op: ir.Exp}, {Op: ir.Tanh}}, Back: 1}
	read := g.Emit(in)
	in.Back = 0
	g.Emit(in)
	p := done(t, g.Builder, []ir.ID{g.Op(ir.Exp, g.Reshape(read, 5, 1))})
	plan := ir.PlanMemory(p, ir.Schedule(p))
	if a, b := plan.Alias[2], plan.Alias[3]; a == b {
		t.Errorf("two results of a sweep share memory\n%v%v", p, plan.Format(p))
	}
}

// A number that all rows read is not overwritten by the first of them, also where there is but one.
func TestPlanKeepsFactor(t *testing.T) {
	g := irtest.New("factor", ir.Float64, 1)
	factor := g.Op(ir.Exp, g.Fresh(-1, 1))
	grad := g.Op(ir.LogLikelihoodGrad, g.Fresh(-1, 1, 1, 1), g.Fresh(-1, 1, 1, 1), factor)
	p := done(t, g.Builder, []ir.ID{grad})
	if plan := ir.PlanMemory(p, ir.Schedule(p)); plan.Alias[grad] == factor {
		t.Errorf("%v%v", p, plan.Format(p))
	}
}

// Two values that live in the same phase never share memory.
func TestPlanOverlap(t *testing.T) {
	each(t, func(p *ir.Program, _ map[string][]float64, _ uint64) error {
		p = ir.Optimize(p)
		phases := ir.Schedule(p)
		plan := ir.PlanMemory(p, phases)
		born, dies := lifetimes(p, phases, plan)
		for i := range p.Instrs {
			for j := range i {
				a, b := plan.Offset[i], plan.Offset[j]
				if a < 0 || b < 0 || born[i] > dies[j] || born[j] > dies[i] {
					continue
				}
				if a < b+p.Instrs[j].Shape.Size() && b < a+p.Instrs[i].Shape.Size() {
					return fmt.Errorf("%%%d and %%%d overlap\n%v%v%v", j, i, p, ir.FormatSchedule(phases), plan.Format(p))
				}
			}
		}
		return nil
	})
}

// lifetimes are the phases from a value's definition to its last reader, through whatever shares its memory.
func lifetimes(p *ir.Program, phases []ir.Phase, plan *ir.Plan) (born, dies []int) {
	born, dies = make([]int, len(p.Instrs)), make([]int, len(p.Instrs))
	for n, ph := range phases {
		for _, g := range ph {
			for _, id := range g.Instrs {
				born[id] = n
				dies[id] = max(dies[id], n)
				for _, a := range p.At(id).Args {
					root := plan.Alias[a]
					dies[root] = max(dies[root], n)
				}
			}
		}
	}
	for _, o := range p.Outputs {
		dies[plan.Alias[o]] = len(phases)
	}
	return born, dies
}
