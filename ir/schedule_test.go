package ir_test

import (
	"testing"

	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/ir/irtest"
)

// What must wait for all rows of a value, though its own rows are as many.
func TestScheduleKeepsApart(t *testing.T) {
	const n = 6
	sum := func(g *irtest.Gen, x ir.ID, axis int) ir.ID {
		return g.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{x}, Axes: []int{axis}})
	}
	for _, c := range []struct {
		name  string
		shape ir.Shape // of the value
		read  func(g *irtest.Gen, x ir.ID) ir.ID
	}{
		{"transposed view", ir.Shape{n, n}, func(g *irtest.Gen, x ir.ID) ir.ID { return g.View(x, ir.View{Strides: []int{1, n}}, n, n) }},
		{"repeated first row", ir.Shape{n, n}, func(g *irtest.Gen, x ir.ID) ir.ID { return g.View(x, ir.View{Strides: []int{0, 1}}, n, n) }},
		{"rows of another cut", ir.Shape{4, 3}, func(g *irtest.Gen, x ir.ID) ir.ID {
			return g.View(g.Reshape(x, 6, 2), ir.View{Strides: []int{2, 1}}, 4, 2)
		}},
		{"product, transposed", ir.Shape{n, n}, func(g *irtest.Gen, x ir.ID) ir.ID {
			return g.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{x, g.Arg(n, n)}, TransA: true})
		}},
		{"product, right-hand side", ir.Shape{n, n}, func(g *irtest.Gen, x ir.ID) ir.ID { return g.Op(ir.MatMul, g.Arg(n, n), x) }},
		{"product, bias", ir.Shape{n}, func(g *irtest.Gen, x ir.ID) ir.ID {
			return g.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{g.Arg(n, n), g.Arg(n, n), x}, Bias: true})
		}},
		{"sum over rows", ir.Shape{n, n}, func(g *irtest.Gen, x ir.ID) ir.ID { return sum(g, x, 0) }},
		{"sum of a vector", ir.Shape{1}, func(g *irtest.Gen, x ir.ID) ir.ID { return sum(g, x, 0) }},
		{"softmax of a vector", ir.Shape{n}, func(g *irtest.Gen, x ir.ID) ir.ID { return g.Op(ir.Softmax, x) }},
		{"gradient of a vector", ir.Shape{n}, func(g *irtest.Gen, x ir.ID) ir.ID { return g.Op(ir.LogLikelihoodGrad, x, x, g.Arg()) }},
		{"host op", ir.Shape{1, n}, func(g *irtest.Gen, x ir.ID) ir.ID { return g.Op(ir.Exp, g.Reshape(g.Sample(ir.Host, g.Shape(x)), n)) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			for seed := range uint64(20) {
				g := irtest.New("apart", ir.Float64, seed)
				x := g.Op(ir.Tanh, g.Fresh(-2, 2, c.shape...))
				p := done(t, g.Builder, []ir.ID{c.read(g, x)})
				if err := simulate(p, g.In, seed); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// What can go on row by row, in one phase.
func TestScheduleJoins(t *testing.T) {
	g := irtest.New("joined", ir.Float64, 1)
	x := g.Op(ir.Tanh, g.Fresh(-2, 2, 6, 4))
	mm := g.Op(ir.MatMul, x, g.Arg(4, 3))
	slice := g.View(x, ir.View{Offset: 1, Strides: []int{4, 1}}, 6, 3)
	cube := g.Reshape(g.Op(ir.Mul, mm, slice), 6, 1, 3)
	soft := g.Emit(ir.Instr{Op: ir.Softmax, Args: []ir.ID{cube}})
	rows := g.Emit(ir.Instr{Op: ir.Max, Args: []ir.ID{soft}, Axes: []int{1, 2}})
	p := done(t, g.Builder, []ir.ID{rows})
	if phases := ir.Schedule(p); len(phases) != 1 || len(phases[0]) != 1 {
		t.Errorf("%v%v", p, ir.FormatSchedule(phases))
	}
	if err := simulate(p, g.In, 1); err != nil {
		t.Error(err)
	}
}

// A single row goes on whatever it reads; two of them run side by side.
func TestScheduleSingleRows(t *testing.T) {
	for _, c := range []struct {
		name  string
		sums  int
		parts int // phases
	}{{"one", 1, 2}, {"two", 2, 3}} {
		g := irtest.New(c.name, ir.Float64, 1)
		out := g.Scalar(0.5)
		for range c.sums {
			x := g.Op(ir.Tanh, g.Fresh(-2, 2, 6))
			out = g.Op(ir.Mul, out, g.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{x}, Axes: []int{0}}))
		}
		p := done(t, g.Builder, []ir.ID{g.Op(ir.Exp, out)})
		if phases := ir.Schedule(p); len(phases) != c.parts {
			t.Errorf("%d phases, want %d\n%v%v", len(phases), c.parts, p, ir.FormatSchedule(phases))
		}
		if err := simulate(p, g.In, 1); err != nil {
			t.Error(err)
		}
	}
}

// A normalisation of rows, chains around two reductions, is one group: an engine takes some rows through all of it at a time.
func TestRowsAreOneGroup(t *testing.T) {
	g := irtest.New("rows", ir.Float64, 1)
	const n, m = 6, 4
	x := g.Op(ir.MatMul, g.Arg(n, 3), g.Arg(3, m))
	mean := func(x ir.ID) ir.ID {
		return g.Op(ir.Div, g.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{x}, Axes: []int{1}}), g.Scalar(m))
	}
	column := func(v ir.ID) ir.ID { return g.View(v, ir.View{Strides: []int{1, 0}}, n, m) }
	centred := g.Op(ir.Sub, x, column(mean(x)))
	root := g.Op(ir.Sqrt, g.Op(ir.Add, mean(g.Op(ir.Mul, centred, centred)), g.Scalar(0.125)))
	p := ir.Optimize(done(t, g.Builder, []ir.ID{g.Op(ir.Div, centred, column(root))}))
	if phases := ir.Schedule(p); len(phases) != 1 || len(phases[0]) != 1 {
		t.Errorf("%v%v", p, ir.FormatSchedule(phases))
	}
	if err := simulate(p, g.In, 1); err != nil {
		t.Error(err)
	}
}
