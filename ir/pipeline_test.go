package ir_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/ir/irtest"
)

// regression is a step of softmax regression with the loss after the update, which needs the loss before it where `early` is set.
func regression(t *testing.T, early bool) *ir.Program {
	t.Helper()
	b := ir.NewBuilder("regression", ir.Float32)
	x, y, w, lr := b.Input("x", 5, 4), b.Input("t", 5, 3), b.Input("w", 4, 3), b.Input("lr")
	loss := func(w ir.ID) ir.ID {
		rows := b.Op(ir.LogLikelihood, b.Op(ir.MatMul, x, w), y)
		return b.Op(ir.Mul, b.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{rows}, Axes: []int{0}}), b.Scalar(-0.2))
	}
	grad := b.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{x, b.Op(ir.LogLikelihoodGrad, b.Op(ir.MatMul, x, w), y, b.Scalar(-0.2))}, TransA: true})
	next := b.Op(ir.Sub, w, b.Op(ir.Mul, grad, lr))
	out := loss(next)
	if early {
		out = b.Op(ir.Sub, out, loss(w))
	}
	return done(t, b, []ir.ID{out}, ir.Update{Into: w, Value: next})
}

func TestPipelineGolden(t *testing.T) {
	p := ir.Optimize(regression(t, false))
	q := ir.Pipeline(p, 0, 1)
	golden(t, "pipeline", p.String()+q.String()+ir.FormatSchedule(ir.Schedule(q)))
	if q := ir.Pipeline(ir.Optimize(regression(t, true)), 0, 1); q != nil {
		t.Errorf("the loss before the update needs the old parameters, and there is a program:\n%v", q)
	}
}

// A run of the pipelined program does the updates of one run of the program and gives the outputs of the run before, on batches that
// change from run to run.
func TestPipeline(t *testing.T) {
	made := 0
	for seed := range uint64(400) {
		p, in := irtest.Program(ir.Float64, seed)
		p = ir.Optimize(p)
		batch := unwritten(p)
		q := ir.Pipeline(p, batch...)
		if q == nil {
			continue
		}
		made++
		r := rand.New(rand.NewPCG(seed, 11))
		one, late := in, in // what the inputs hold for each of them
		var before [][]float64
		for run := range 3 {
			one, late = copied(one), copied(late)
			for _, id := range batch {
				name := p.At(id).Name
				late[ir.Late(name)] = late[name]
				fresh := make([]float64, len(one[name]))
				for i := range fresh {
					fresh[i] = r.Float64() + 0.5
				}
				one[name], late[name] = fresh, fresh
			}
			want, wantUpdated, err := p.Eval(one)
			if err != nil {
				t.Fatal(err)
			}
			got, gotUpdated, err := q.Eval(late)
			if err != nil {
				t.Fatal(err)
			}
			if run == 0 {
				got = nil // there was no run before
			}
			if err := irtest.CloseAll(got, before, gotUpdated, wantUpdated, 0); err != nil {
				t.Fatalf("seed %d, run %d: %v\n%v%v", seed, run, err, p, q)
			}
			before = want
			for name := range wantUpdated {
				one[name], late[name] = wantUpdated[name], gotUpdated[name]
			}
		}
		if err := simulate(q, late, seed); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
	if made < 50 {
		t.Errorf("only %d of 400 random programs can be pipelined", made)
	}
}

// unwritten are the inputs that a program does not update.
func unwritten(p *ir.Program) []ir.ID {
	written := map[ir.ID]bool{}
	for _, u := range p.Updates {
		written[u.Into] = true
	}
	var ids []ir.ID
	for i := range p.Instrs {
		if p.At(ir.ID(i)).Op == ir.Input && !written[ir.ID(i)] {
			ids = append(ids, ir.ID(i))
		}
	}
	return ids
}

func copied(m map[string][]float64) map[string][]float64 {
	c := map[string][]float64{}
	for k, v := range m {
		c[k] = v
	}
	return c
}
