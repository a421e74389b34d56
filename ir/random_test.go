package ir_test

import (
	"fmt"
	"testing"

	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/ir/irtest"
)

// programs is how many random programs each property is held against.
const programs = 200

// each calls check with random programs, and names the seed and the program where it fails.
func each(t *testing.T, check func(p *ir.Program, in map[string][]float64, seed uint64) error) {
	t.Helper()
	for seed := range uint64(programs) {
		p, in := irtest.Program(ir.Float64, seed)
		if err := guard(func() error { return check(p, in, seed) }); err != nil {
			t.Fatalf("seed %d: %v\n%v", seed, err, p)
		}
	}
}

func guard(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return f()
}

// sameMeaning compares two programs on the same inputs.
func sameMeaning(p, q *ir.Program, in map[string][]float64) error {
	want, wantUpdated, err := p.Eval(in)
	if err != nil {
		return err
	}
	got, updated, err := q.Eval(in)
	if err != nil {
		return err
	}
	return irtest.CloseAll(got, want, updated, wantUpdated, 1e-11)
}

// sound reports what breaks the rules of a program: arguments before uses, and shapes as the table infers them.
func sound(p *ir.Program) error {
	for i := range p.Instrs {
		in := p.At(ir.ID(i))
		for _, a := range in.Args {
			if a < 0 || a >= ir.ID(i) {
				return fmt.Errorf("%%%d = %s reads what is not defined yet", i, in.Describe())
			}
		}
		shape, err := p.Infer(in)
		if err != nil || !shape.Eq(in.Shape) {
			return fmt.Errorf("%%%d = %s has shape %v, the table says %v, %v", i, in.Describe(), in.Shape, shape, err)
		}
	}
	return nil
}

func TestPassesKeepMeaning(t *testing.T) {
	for _, pass := range ir.Passes {
		t.Run(pass.Name, func(t *testing.T) {
			if pass.Name == "recompute" { // of values that are larger than those here
				pass.Run = recomputeAny
			}
			changed := 0
			each(t, func(p *ir.Program, in map[string][]float64, _ uint64) error {
				before := p.String()
				q := pass.Run(p)
				if p.String() != before {
					return fmt.Errorf("the pass changed its argument")
				}
				if q.String() != before {
					changed++
				}
				if err := sound(q); err != nil {
					return fmt.Errorf("%w\n%v", err, q)
				}
				if err := sameMeaning(p, q, in); err != nil {
					return fmt.Errorf("%w\n%v", err, q)
				}
				return nil
			})
			if changed == 0 {
				t.Error("no program was changed: this test shows nothing")
			}
		})
	}
}

func TestOptimizeKeepsMeaning(t *testing.T) {
	each(t, func(p *ir.Program, in map[string][]float64, _ uint64) error {
		q := ir.Optimize(p)
		if err := sound(q); err != nil {
			return fmt.Errorf("%w\n%v", err, q)
		}
		if err := sameMeaning(p, q, in); err != nil {
			return fmt.Errorf("%w\n%v", err, q)
		}
		return nil
	})
}

func TestOptimizeTwice(t *testing.T) {
	each(t, func(p *ir.Program, in map[string][]float64, _ uint64) error {
		q := ir.Optimize(p)
		return sameMeaning(q, ir.Optimize(q), in)
	})
}

// Every op must be met by the random programs, or the properties say nothing of it.
func TestEveryOpIsSampled(t *testing.T) {
	met := map[ir.Op]int{}
	each(t, func(p *ir.Program, _ map[string][]float64, _ uint64) error {
		for i := range p.Instrs {
			met[p.Instrs[i].Op]++
		}
		return sound(p)
	})
	for _, op := range ir.Ops() {
		if met[op] == 0 {
			t.Errorf("no random program has the op %v", op)
		}
	}
}
