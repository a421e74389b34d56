package irtest

import (
	"fmt"

	"github.com/stheno/stheno/ir"
)

// Program grows a random program: samples of all ops and the idioms that passes look for, reading one another, with
// some of everything as outputs and updates. in holds the values of its inputs.
func Program(dt ir.DType, seed uint64) (p *ir.Program, in map[string][]float64) {
	g := New(fmt.Sprintf("random%d", seed), dt, seed)
	shapes := g.shapes()
	for _, s := range shapes {
		g.keep(g.Fresh(-2, 2, s...))
	}
	ops := ir.Ops()
	for range 4 + g.R.IntN(16) {
		s := shapes[g.R.IntN(len(shapes))]
		if g.R.IntN(3) == 0 {
			g.keep(idioms[g.R.IntN(len(idioms))](g, matrix(s)))
		} else {
			g.keep(g.Sample(ops[g.R.IntN(len(ops))], s))
		}
	}
	p, err := g.Done(g.outputs(), g.updates()...)
	if err != nil {
		panic(fmt.Sprintf("irtest: seed %d: %v", seed, err)) // our own bug: samples fit their shapes
	}
	return p, g.In
}

// shapes draws a small family whose members are rows, columns and transposes of one another.
func (g *Gen) shapes() []ir.Shape {
	sizes := []int{1, 2, 3, 4, 5, 7}
	m, n := sizes[g.R.IntN(len(sizes))], sizes[g.R.IntN(len(sizes))]
	if g.R.IntN(20) == 0 {
		m = 0
	}
	if g.R.IntN(20) == 0 { // enough to be cut into blocks
		m, n = 64+g.R.IntN(70), 41
	}
	all := []ir.Shape{{m, n}, {n}, {m}, {n, m}, {}, {m, 2, n}, {1, n}, {m, 1}}
	return append(all[:3], all[3+g.R.IntN(len(all)-3)])
}

// outputs are one to three values of any kind: computed, reshaped, inputs, constants; one may come twice.
func (g *Gen) outputs() []ir.ID {
	ids := []ir.ID{g.pool[len(g.pool)-1]}
	for range g.R.IntN(3) {
		ids = append(ids, g.pick(g.pool))
	}
	return ids
}

// updates gives some inputs new values: anything of their shape, or a step of descent.
func (g *Gen) updates() []ir.Update {
	var updates []ir.Update
	for _, id := range g.pool {
		if g.P.At(id).Op != ir.Input || g.R.IntN(3) > 0 {
			continue
		}
		s := g.Shape(id)
		value := g.Arg(s...)
		switch {
		case len(s) == 2 && g.coin():
			grad := g.MatMul(ir.Instr{TransA: true}, s[0], s[1], 3)
			value = g.Op(ir.Sub, id, g.Op(ir.Mul, grad, g.Arg()))
		case g.coin():
			value = g.Op(ir.Add, id, g.Op(ir.Mul, g.Arg(s...), g.Arg()))
		}
		updates = append(updates, ir.Update{Into: id, Value: value})
	}
	return updates
}

// idioms are what graphs of neural networks are full of, and what passes rewrite.
var idioms = []func(g *Gen, s ir.Shape) ir.ID{
	func(g *Gen, s ir.Shape) ir.ID { // a layer: product, bias, activation
		mm := g.MatMul(ir.Instr{}, s[0], s[1], 3)
		row := ir.View{Strides: []int{0, 1}}
		sum := g.Op(ir.Add, mm, g.View(g.Builder.Reshape(g.Arg(s[1]), 1, s[1]), row, s...))
		return g.Op(ir.Sigmoid, sum)
	},
	func(g *Gen, s ir.Shape) ir.ID { // the derivative of the sigmoid
		x := g.Arg(s...)
		return g.Op(ir.Mul, g.Op(ir.Sigmoid, x), g.Op(ir.Sigmoid, g.Op(ir.Mul, x, g.Const([]float64{-1}, s...))))
	},
	func(g *Gen, s ir.Shape) ir.ID { // cross-entropy
		log := g.Emit(ir.Instr{Op: ir.Softmax, Args: []ir.ID{g.Arg(s...)}, Log: true})
		axes := [][]int{{1}, {0, 1}}
		return g.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{g.Op(ir.Mul, g.Arg(s...), log)}, Axes: axes[g.R.IntN(2)]})
	},
	func(g *Gen, s ir.Shape) ir.ID { // its gradient, with the factor on the targets
		scale := g.Op(ir.Div, g.Scalar(-1), g.Scalar(4))
		t := g.Op(ir.Mul, g.Arg(s...), g.View(scale, ir.Broadcast(s), s...))
		factor := g.Scalar(1)
		if g.coin() {
			factor = g.Arg()
		}
		return g.Op(ir.LogLikelihoodGrad, g.Arg(s...), t, factor)
	},
	func(g *Gen, s ir.Shape) ir.ID { // a product with transposed arguments
		t := func(m, n int) ir.ID { return g.View(g.Arg(n, m), ir.View{Strides: []int{1, m}}, m, n) }
		return g.Op(ir.MatMul, t(s[0], 2), t(2, s[1]))
	},
	func(g *Gen, s ir.Shape) ir.ID { // constants only
		return g.Op(ir.Exp, g.Op(ir.Sub, g.Const([]float64{0.5}, s...), g.Const(g.numbers(-1, 1, s.Size()), s...)))
	},
	func(g *Gen, s ir.Shape) ir.ID { // uniform constants and scalars
		x := g.Op(ir.Mul, g.Const([]float64{0.5}, s...), g.Arg())
		return g.Op(ir.Add, x, g.Op(ir.Tanh, g.Const([]float64{1}, s...)))
	},
	func(g *Gen, s ir.Shape) ir.ID { // the same twice
		x, y := g.Arg(s...), g.Arg(s...)
		return g.Op(ir.Sub, g.Op(ir.Tanh, g.Op(ir.Add, x, y)), g.Op(ir.Sigmoid, g.Op(ir.Add, x, y)))
	},
	func(g *Gen, s ir.Shape) ir.ID { // a view of a view
		out := ir.Shape{2, 2}
		src, v := g.view(s)
		mid := g.View(src, v, s...)
		if s.Size() < 4 {
			return mid
		}
		strides := [][]int{{1, 1}, {2, 1}, {1, 2}, {s[1], 1}, {0, 1}}[g.R.IntN(5)]
		room := s.Size() - 1 - strides[0] - strides[1]
		if room < 0 {
			return mid
		}
		return g.View(mid, ir.View{Offset: g.R.IntN(room + 1), Strides: strides}, out...)
	},
	func(g *Gen, s ir.Shape) ir.ID { // a reduction of what was just computed, over rows as many as columns
		x := g.Op(ir.Tanh, g.Arg(s[1], s[1]))
		return g.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{x}, Axes: []int{g.R.IntN(2)}})
	},
	func(g *Gen, s ir.Shape) ir.ID { // a reshape that mixes rows, and one that does not
		x := g.Op(ir.Tanh, g.Arg(s[1], 2, s[1]))
		y := g.Op(ir.Exp, g.Builder.Reshape(x, 2, s[1], s[1]))
		return g.Op(ir.Mul, g.Builder.Reshape(x, s[1], 2*s[1]), g.Builder.Reshape(y, s[1], 2*s[1]))
	},
	func(g *Gen, s ir.Shape) ir.ID { // a slice of each row
		x := g.Op(ir.Tanh, g.Arg(s[0], s[1]+2))
		return g.Op(ir.Mul, g.View(x, ir.View{Offset: 1, Strides: []int{s[1] + 2, 1}}, s...), g.Arg(s...))
	},
	func(g *Gen, s ir.Shape) ir.ID { // a chain that reads what was just computed in another order
		x := g.Op(ir.Tanh, g.Arg(s[1], s[0]))
		return g.Emit(ir.Instr{
			Op: ir.Chain, Args: []ir.ID{x, g.Arg(s...)}, Shape: s, Body: []ir.ScalarOp{{Op: ir.Mul, A: 0, B: 1}},
			Views: []ir.View{{Strides: []int{1, s[0]}}, ir.Identity(s)},
		})
	},
	func(g *Gen, s ir.Shape) ir.ID { // a sweep of two results, of which one may be read in another order
		x, v := g.view(s)
		sweep := ir.Instr{
			Op: ir.Chain, Args: []ir.ID{x, g.Arg(s...)}, Views: []ir.View{v, ir.Identity(s)}, Shape: s, Back: 1,
			Body: []ir.ScalarOp{{Op: ir.Tanh, A: 0}, {Op: ir.Add, A: 1, B: 2}, {Op: ir.Mul, A: 2, B: 3}},
		}
		first := g.Emit(sweep)
		sweep.Back = 0
		second := g.Emit(sweep)
		g.keep(first)
		return g.Op(ir.Sub, second, g.Op(ir.Sigmoid, first))
	},
	func(g *Gen, s ir.Shape) ir.ID { // a rectifier and its derivative
		x, dy := g.Fresh(-1, 1, s...), g.Arg(s...)
		mask := g.Op([]ir.Op{ir.Less, ir.LessEq}[g.R.IntN(2)], g.Scalar(0), x)
		y := g.Op(ir.Mul, x, mask)
		g.keep(y)
		return g.Op(ir.Mul, g.Op(ir.Mul, dy, mask), g.Op(ir.Sigmoid, y))
	},
	func(g *Gen, s ir.Shape) ir.ID { // a value that is scaled, and again together with what it is made of
		x := g.Fresh(-2, 2, s...)
		v := g.Op([]ir.Op{ir.Sub, ir.Mul, ir.LessEq}[g.R.IntN(3)], x, g.Scalar(0.5))
		total := g.Emit(ir.Instr{Op: ir.Max, Args: []ir.ID{g.Op(ir.Tanh, v)}, Axes: []int{0, 1}})
		return g.Op(ir.Mul, g.Op(ir.Mul, v, g.Op(ir.Tanh, total)), x)
	},
	func(g *Gen, s ir.Shape) ir.ID { // an optimiser's step: what is computed for an update is read again
		m, d := g.Arg(s...), g.Arg(s...)
		next := g.Op(ir.Add, g.Op(ir.Mul, m, g.Scalar(0.5)), g.Op(ir.Mul, d, g.Arg()))
		g.keep(next)
		return g.Op(ir.Div, next, g.Op(ir.Add, g.Op(ir.Sqrt, g.Op(ir.Mul, d, d)), g.Scalar(1)))
	},
	convLayer,
	poolLayer,
	trimmable,
	(*Gen).ConvData,
	joined,
	func(g *Gen, s ir.Shape) ir.ID { // by ones
		return g.Op(ir.Div, g.Op(ir.Mul, g.Arg(s...), g.Scalar(1)), g.Const([]float64{1}, s...))
	},
}
