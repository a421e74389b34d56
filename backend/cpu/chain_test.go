package cpu

import (
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/ir/irtest"
)

// A sweep's results take the places of its arguments, whatever steps read these still.
func TestSweepsInPlace(t *testing.T) {
	inPlace := 0
	for seed := range uint64(300) {
		g := irtest.New("sweep", ir.Float64, seed)
		shape := ir.Shape{5, 1 + g.R.IntN(9)}
		in := ir.Instr{Op: ir.Chain, Shape: shape}
		for range 3 {
			in.Args, in.Views = append(in.Args, g.Fresh(-1, 1, shape...)), append(in.Views, ir.Identity(shape))
		}
		in.Args, in.Views = append(in.Args, g.Fresh(-1, 1), g.Fresh(-1, 1, shape[1])), append(in.Views, ir.Broadcast(shape), ir.View{Strides: []int{0, 1}})
		ops := []ir.Op{ir.Add, ir.Sub, ir.Mul, ir.Less, ir.Tanh}
		const steps = 8
		for j := range steps {
			n := len(in.Args) + j
			in.Body = append(in.Body, ir.ScalarOp{Op: ops[g.R.IntN(len(ops))], A: g.R.IntN(n), B: g.R.IntN(n)})
		}
		var updates []ir.Update
		targets := g.R.Perm(3)
		for i, back := range []int{5 + g.R.IntN(3), 2 + g.R.IntN(3), g.R.IntN(2)} {
			in.Back = back
			updates = append(updates, ir.Update{Into: in.Args[targets[i]], Value: g.Emit(in)})
		}
		p, err := g.Done(nil, updates...)
		if err != nil {
			t.Fatal(err)
		}
		u := backend.Plan(p)
		inPlace += 3 - len(u.Plan.Copies)
		_, want, err := p.Eval(g.In)
		if err != nil {
			t.Fatal(err)
		}
		e := withWorkers(t, "go", 1)
		e.plan.block = 16
		bind := map[string]backend.Buffer{}
		for name, v := range g.In {
			bind[name] = newBuffer(append([]float64(nil), v...))
		}
		x, err := e.Compile(u, bind)
		if err != nil {
			t.Fatal(err)
		}
		if err := x.Run(); err != nil {
			t.Fatal(err)
		}
		for name, v := range want {
			if err := irtest.Close(bind[name].Host().([]float64), v, 1e-11); err != nil {
				t.Fatalf("seed %d: %q: %v\n%v", seed, name, err, u)
			}
		}
	}
	if inPlace < 600 {
		t.Errorf("%d of 900 results lie where an argument was: this test shows little", inPlace)
	}
}

// A chain of more operands than a kernel has room for is made of ops, not of a panic.
func TestLongChain(t *testing.T) {
	for _, steps := range []int{maxOperands - 2, maxOperands - 1, maxOperands, 3 * maxOperands} {
		g := irtest.New("long", ir.Float64, 1)
		in := ir.Instr{Op: ir.Chain, Args: []ir.ID{g.Fresh(-1, 1, 4)}, Views: []ir.View{ir.Identity(ir.Shape{4})}, Shape: ir.Shape{4}}
		for j := range steps {
			in.Body = append(in.Body, ir.ScalarOp{Op: ir.Tanh, A: j, B: j})
		}
		p, err := g.Done([]ir.ID{g.Emit(in)})
		if err != nil {
			t.Fatal(err)
		}
		want, _, err := p.Eval(g.In)
		if err != nil {
			t.Fatal(err)
		}
		e := withWorkers(t, "go", 1)
		x, err := e.Compile(backend.Plan(ir.Lower(p, e.Has)), map[string]backend.Buffer{"x0": newBuffer(g.In["x0"])})
		if err != nil {
			t.Fatal(err)
		}
		if err := x.Run(); err != nil {
			t.Fatal(err)
		}
		if err := irtest.Close(x.Output(0).Host().([]float64), want[0], 1e-13); err != nil {
			t.Errorf("%d steps: %v", steps, err)
		}
	}
}
