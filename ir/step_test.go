package ir_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stheno/stheno/ir"
)

// step is one training step of a two-layer net as a graph library writes it.
func step(batch, in, hidden, out int) *ir.Program {
	b := ir.NewBuilder("step", ir.Float32)
	x, t, lr := b.Input("x", batch, in), b.Input("t", batch, out), b.Input("lr")
	w1, b1 := b.Input("W1", in, hidden), b.Input("b1", hidden)
	w2, b2 := b.Input("W2", hidden, out), b.Input("b2", out)
	mm := func(a, c ir.ID, ta, tb bool) ir.ID {
		return b.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{a, c}, TransA: ta, TransB: tb})
	}
	bias := func(a, v ir.ID, n int) ir.ID {
		r := b.Reshape(v, 1, n)
		return b.Op(ir.Add, a, b.View(r, ir.View{Strides: []int{0, 1}}, batch, n))
	}
	forward := func(w1, b1, w2, b2 ir.ID) (a1, z1, a2 ir.ID) {
		a1 = bias(mm(x, w1, false, false), b1, hidden)
		z1 = b.Op(ir.Sigmoid, a1)
		a2 = bias(mm(z1, w2, false, false), b2, out)
		return
	}
	a1, z1, a2 := forward(w1, b1, w2, b2)
	scale := b.Op(ir.Div, b.Scalar(-1), b.Scalar(float64(batch)))
	g := b.Op(ir.Mul, t, b.View(b.Reshape(scale, 1, 1), ir.View{Strides: []int{0, 0}}, batch, out))
	da2 := b.Op(ir.LogLikelihoodGrad, a2, g, b.Scalar(1))
	sum0 := func(a ir.ID) ir.ID { return b.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{a}, Axes: []int{0}}) }
	dz1 := mm(da2, w2, false, true)
	back := b.Op(ir.Sigmoid, b.Op(ir.Mul, a1, b.Scalar(-1)))
	da1 := b.Op(ir.Mul, b.Op(ir.Mul, z1, back), dz1)
	mm(da1, w1, false, true) // the gradient with respect to x, which nobody reads
	update := func(p, d ir.ID) ir.ID { return b.Op(ir.Sub, p, b.Op(ir.Mul, d, lr)) }
	nw1, nb1 := update(w1, mm(x, da1, true, false)), update(b1, sum0(da1))
	nw2, nb2 := update(w2, mm(z1, da2, true, false)), update(b2, sum0(da2))
	_, _, a2 = forward(nw1, nb1, nw2, nb2)
	log := b.Emit(ir.Instr{Op: ir.Softmax, Args: []ir.ID{a2}, Log: true})
	rows := b.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{b.Op(ir.Mul, t, log)}, Axes: []int{0, 1}})
	loss := b.Op(ir.Mul, rows, scale)
	p, err := b.Done([]ir.ID{loss}, ir.Update{Into: w1, Value: nw1}, ir.Update{Into: b1, Value: nb1},
		ir.Update{Into: w2, Value: nw2}, ir.Update{Into: b2, Value: nb2})
	if err != nil {
		panic(err)
	}
	return p
}

func TestStepGolden(t *testing.T) {
	p := step(100, 784, 50, 10)
	q := ir.Optimize(p)
	phases := ir.Schedule(q)
	golden(t, "step", "before "+p.String()+"\nafter "+q.String()+ir.FormatSchedule(phases)+ir.PlanMemory(q, phases).Format(q))
}

// The step learns the same, compiled and as it was written.
func TestStepKeepsMeaning(t *testing.T) {
	p := step(6, 5, 4, 3)
	p.DType = ir.Float64
	r := rand.New(rand.NewPCG(1, 2))
	in := map[string][]float64{}
	for i := range p.Instrs {
		if p.Instrs[i].Op == ir.Input {
			v := make([]float64, p.Instrs[i].Shape.Size())
			for j := range v {
				v[j] = r.NormFloat64()
			}
			in[p.Instrs[i].Name] = v
		}
	}
	q := ir.Optimize(p)
	if err := sameMeaning(p, q, in); err != nil {
		t.Error(err)
	}
	if err := simulate(q, in, 1); err != nil {
		t.Error(err)
	}
}
