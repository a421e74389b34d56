package ir_test

import (
	"fmt"
	"testing"

	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/ir/irtest"
)

// exactly compares two programs on the same inputs, to the bit: what only changes which pass computes a value rounds as before.
func exactly(p, q *ir.Program, in map[string][]float64) error {
	want, wantUpdated, err := p.Eval(in)
	if err != nil {
		return err
	}
	got, updated, err := q.Eval(in)
	if err != nil {
		return err
	}
	return irtest.CloseAll(got, want, updated, wantUpdated, 0)
}

// optimizedTo runs the passes before the named one.
func optimizedTo(p *ir.Program, name string) *ir.Program {
	for _, pass := range ir.Passes {
		if pass.Name == name {
			break
		}
		p = ir.Prune(pass.Run(p))
	}
	return p
}

// Chains have the bits of their ops, are not longer than engines have room for, and compute nothing twice.
func TestFuseChains(t *testing.T) {
	several := 0
	each(t, func(p *ir.Program, in map[string][]float64, _ uint64) error {
		p = optimizedTo(p, "chain")
		q := ir.Prune(ir.FuseChains(p))
		if err := exactly(p, q, in); err != nil {
			return fmt.Errorf("%w\n%v\n%v", err, p, q)
		}
		once := ir.Prune(ir.Share(q))
		if len(once.Instrs) < len(q.Instrs) {
			return fmt.Errorf("%d instructions, %d different ones\n%v\n%v", len(q.Instrs), len(once.Instrs), p, q)
		}
		if n := len(sweeps(q)); n < scheduled(q) {
			several++
		}
		return nil
	})
	if several == 0 {
		t.Error("no program has a chain of several results: this test shows nothing")
	}
}

// sweeps are what a program computes, in order.
func sweeps(p *ir.Program) (all [][]ir.ID) {
	for _, ph := range ir.Schedule(p) {
		for _, g := range ph {
			all = append(all, p.Sweeps(g)...)
		}
	}
	return all
}

func scheduled(p *ir.Program) (n int) {
	for _, s := range sweeps(p) {
		n += len(s)
	}
	return n
}

// What is computed in one pass, and what is not though it could look so.
func TestWhatIsOnePass(t *testing.T) {
	for _, c := range []struct {
		name   string
		passes int // of all chains
		build  func(g *irtest.Gen) []ir.ID
	}{
		{"what is read twice", 1, func(g *irtest.Gen) []ir.ID {
			x := g.Op(ir.Tanh, g.Fresh(-1, 1, 4, 3))
			return []ir.ID{g.Op(ir.Mul, x, x), x}
		}},
		{"two that read one array", 1, func(g *irtest.Gen) []ir.ID {
			x := g.Op(ir.MatMul, g.Arg(4, 2), g.Arg(2, 3))
			return []ir.ID{g.Op(ir.Tanh, x), g.Op(ir.Exp, x)}
		}},
		{"what goes on behind a reader", 1, func(g *irtest.Gen) []ir.ID {
			sum := func(x ir.ID) ir.ID { return g.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{x}, Axes: []int{0}}) }
			x := g.Op(ir.Tanh, g.Fresh(-1, 1, 4, 3))
			first := sum(x)
			y := g.Op(ir.Exp, x)
			return []ir.ID{first, sum(g.Op(ir.Mul, y, y)), g.Emit(ir.Instr{Op: ir.Max, Args: []ir.ID{x}, Axes: []int{1}})}
		}},
		{"read early and late", 3, func(g *irtest.Gen) []ir.ID { // with its last reader it would need itself
			spread := func(x ir.ID) ir.ID {
				return g.View(g.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{x}, Axes: []int{0}}), ir.View{Strides: []int{0, 1}}, 4, 3)
			}
			x := g.Op(ir.Tanh, g.Fresh(-1, 1, 4, 3))
			late := g.Op(ir.Sub, x, spread(g.Op(ir.Tanh, g.Fresh(-1, 1, 4, 3))))
			early := g.Op(ir.Exp, x)
			return []ir.ID{late, g.Op(ir.Mul, late, spread(early))}
		}},
		{"of two shapes", 2, func(g *irtest.Gen) []ir.ID {
			x := g.Op(ir.Tanh, g.Fresh(-1, 1, 4, 3))
			return []ir.ID{x, g.Op(ir.Exp, g.Reshape(x, 12))}
		}},
		{"around a product", 2, func(g *irtest.Gen) []ir.ID { // the product needs the first and is needed by the second
			x := g.Op(ir.Tanh, g.Fresh(-1, 1, 4, 4))
			return []ir.ID{g.Op(ir.Mul, x, g.Op(ir.MatMul, x, g.Arg(4, 4)))}
		}},
		{"transposed", 2, func(g *irtest.Gen) []ir.ID {
			x := g.Op(ir.Tanh, g.Fresh(-1, 1, 4, 4))
			return []ir.ID{g.Op(ir.Mul, x, g.View(x, ir.View{Strides: []int{1, 4}}, 4, 4))}
		}},
		{"of two phases", 2, func(g *irtest.Gen) []ir.ID {
			x := g.Fresh(-1, 1, 4)
			early := g.Op(ir.Tanh, x)
			late := g.Op(ir.Mul, x, g.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{early}, Axes: []int{0}}))
			return []ir.ID{early, late}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := irtest.New("passes", ir.Float64, 1)
			p := done(t, g.Builder, c.build(g))
			q, passes := ir.Optimize(p), 0
			for _, s := range sweeps(q) {
				if q.At(s[0]).Op == ir.Chain {
					passes++
				}
			}
			if passes != c.passes {
				t.Errorf("%d passes, want %d\n%v", passes, c.passes, q)
			}
			if err := simulate(q, g.In, 1); err != nil {
				t.Error(err)
			}
		})
	}
}
