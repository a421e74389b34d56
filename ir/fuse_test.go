package ir_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/ir/irtest"
)

// fusable holds for each fusion a program, drawn at random, that ends in its pattern.
var fusable = map[string]func(g *irtest.Gen, s ir.Shape) (ir.ID, []ir.Update){
	"a product of patches and weights": func(g *irtest.Gen, s ir.Shape) (ir.ID, []ir.Update) {
		x := g.PatchMatrix(s)
		k, n := g.Shape(x)[1], 1+g.R.IntN(4)
		if g.R.IntN(2) == 0 {
			return g.Emit(ir.Instr{Op: ir.MatMul, TransB: true, Args: []ir.ID{x, g.Fresh(-1, 1, n, k)}}), nil
		}
		return g.Op(ir.MatMul, x, g.Fresh(-1, 1, k, n)), nil
	},
	"a product of patches and a gradient": func(g *irtest.Gen, s ir.Shape) (ir.ID, []ir.Update) {
		x := g.PatchMatrix(s)
		return g.Emit(ir.Instr{Op: ir.MatMul, TransA: true, Args: either(g, x, g.Fresh(-1, 1, g.Shape(x)[0], 1+g.R.IntN(4)))}), nil
	},
	"patches of a product that add up to images": func(g *irtest.Gen, s ir.Shape) (ir.ID, []ir.Update) { return g.ConvData(s), nil },
	"a pooling of what a rectifier gives": func(g *irtest.Gen, s ir.Shape) (ir.ID, []ir.Update) {
		like := *g.P.At(g.Sample(ir.MaxPool, s))
		like.Act = ir.None
		like.Args = []ir.ID{0}
		like.Args[0], _ = g.Rectified(g.Fresh(-1, 1, g.Shape(g.P.At(ir.ID(len(g.P.Instrs) - 1)).Args[0])...))
		return g.Emit(like), nil
	},
	"the gradient of both": func(g *irtest.Gen, s ir.Shape) (ir.ID, []ir.Update) {
		like := *g.P.At(g.Sample(ir.MaxPoolGrad, s))
		like.Act = ir.None
		y, mask := g.Rectified(g.Fresh(-1, 1, like.Shape...))
		like.Args = []ir.ID{y, like.Args[1]}
		return g.Op(ir.Mul, either(g, mask, g.Emit(like))...), nil
	},
	"the logarithm of a softmax": func(g *irtest.Gen, s ir.Shape) (ir.ID, []ir.Update) {
		return g.Op(ir.Log, g.Op(ir.Softmax, g.Fresh(-2, 2, s...))), nil
	},
	"cross-entropy": func(g *irtest.Gen, s ir.Shape) (ir.ID, []ir.Update) {
		log := g.Emit(ir.Instr{Op: ir.Softmax, Args: []ir.ID{g.Fresh(-2, 2, s...)}, Log: true})
		axes := [][]int{{1}, {0, 1}}[g.R.IntN(2)]
		return g.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{g.Op(ir.Mul, either(g, g.Fresh(-1, 1, s...), log)...)}, Axes: axes}), nil
	},
	"factors of the targets of its gradient": func(g *irtest.Gen, s ir.Shape) (ir.ID, []ir.Update) {
		t := g.Fresh(-1, 1, s...)
		for range 1 + g.R.IntN(2) {
			number := []ir.ID{g.Fresh(-1, 1), g.Scalar(-0.5), g.View(g.Fresh(-1, 1, 1), ir.Broadcast(s), s...)}[g.R.IntN(3)]
			t = g.Op(ir.Mul, either(g, t, number)...)
		}
		return g.Op(ir.LogLikelihoodGrad, g.Fresh(-2, 2, s...), t, []ir.ID{g.Scalar(1), g.Fresh(-1, 1)}[g.R.IntN(2)]), nil
	},
	"a product that is transposed": func(g *irtest.Gen, s ir.Shape) (ir.ID, []ir.Update) {
		mm := g.MatMul(ir.Instr{TransA: g.R.IntN(2) == 0, TransB: g.R.IntN(2) == 0}, 2+g.R.IntN(4), 2+g.R.IntN(4), 1+g.R.IntN(4))
		m, n := g.Shape(mm)[0], g.Shape(mm)[1]
		return g.View(mm, ir.View{Strides: []int{1, n}}, n, m), nil
	},
	"a sum of two products": func(g *irtest.Gen, s ir.Shape) (ir.ID, []ir.Update) {
		const m, n = 5, 6
		product := func(k int) ir.ID {
			return g.MatMul(ir.Instr{TransA: g.R.IntN(2) == 0, TransB: g.R.IntN(2) == 0}, m, n, k)
		}
		return g.Op(ir.Add, either(g, product(1+g.R.IntN(2)), product(1+g.R.IntN(2)))...), nil
	},
	"the derivative of the sigmoid": func(g *irtest.Gen, s ir.Shape) (ir.ID, []ir.Update) {
		x := g.Fresh(-2, 2, s...)
		return g.Op(ir.Mul, either(g, g.Op(ir.Sigmoid, x), g.Op(ir.Sigmoid, g.Op(ir.Mul, x, g.Scalar(-1))))...), nil
	},
	"an activation of a product": func(g *irtest.Gen, s ir.Shape) (ir.ID, []ir.Update) {
		acts := []ir.Op{ir.Exp, ir.Tanh, ir.Sigmoid}
		return g.Op(acts[g.R.IntN(len(acts))], g.MatMul(ir.Instr{TransA: g.R.IntN(2) == 0, Bias: g.R.IntN(2) == 0}, s[0], s[1], 3)), nil
	},
	"a bias of a product": func(g *irtest.Gen, s ir.Shape) (ir.ID, []ir.Update) {
		row := g.View(g.Fresh(-1, 1, s[1]), ir.View{Strides: []int{0, 1}}, s...)
		return g.Op(ir.Add, either(g, g.MatMul(ir.Instr{TransB: g.R.IntN(2) == 0}, s[0], s[1], 3), row)...), nil
	},
	"a bias of a convolution in groups": func(g *irtest.Gen, s ir.Shape) (ir.ID, []ir.Update) {
		of := ir.Shape{s[0], s[1], 2, 3 * s[1]}
		conv := ir.Instr{Op: ir.GroupConv, Groups: s[1], Args: []ir.ID{g.Fresh(-1, 1, s[0], s[1], 2, s[1]), g.Fresh(-1, 1, 1, 1, 1, 3*s[1])}, Shape: of}
		conv.Window = ir.Window{Size: [2]int{1, 1}, Step: [2]int{1, 1}, Dilation: [2]int{1, 1}, Spread: [2]int{1, 1}}
		bias := g.View(g.Fresh(-1, 1, of[3]), ir.View{Strides: []int{0, 0, 0, 1}}, of...)
		return g.Op(ir.Add, either(g, g.Emit(conv), bias)...), nil
	},
	"a step along a product": func(g *irtest.Gen, s ir.Shape) (ir.ID, []ir.Update) {
		w := g.Fresh(-1, 1, s...)
		delta := g.Op(ir.Mul, either(g, g.MatMul(ir.Instr{TransA: true}, s[0], s[1], 3), g.Fresh(-1, 1))...)
		next := g.Op([]ir.Op{ir.Sub, ir.Add}[g.R.IntN(2)], w, delta)
		return g.Op(ir.Tanh, g.Reshape(next, s.Size())), []ir.Update{{Into: w, Value: next}}
	},
}

// Each fusion finds its pattern in random programs, keeps their meaning, and leaves fewer arrays to compute, or views to read.
func TestFusions(t *testing.T) {
	var shown strings.Builder
	for _, name := range ir.FusionNames() {
		t.Run(name, func(t *testing.T) {
			build, ok := fusable[name]
			if !ok {
				t.Fatal("no pattern for this fusion")
			}
			for seed := range uint64(60) {
				g := irtest.New("fusion", ir.Float64, seed)
				last, updates := build(g, ir.Shape{2 + g.R.IntN(4), 2 + g.R.IntN(4)})
				p := done(t, g.Builder, []ir.ID{last}, updates...)
				q := ir.Prune(ir.FuseBy(p, name))
				if err := sound(q); err != nil {
					t.Fatalf("seed %d: %v\n%v", seed, err, q)
				}
				if err := sameMeaning(p, q, g.In); err != nil {
					t.Fatalf("seed %d: %v\n%v%v", seed, err, p, q)
				}
				if before := ir.Prune(p); arrays(q) >= arrays(before) && count(q, ir.ViewOp) >= count(before, ir.ViewOp) {
					t.Fatalf("seed %d: not fused\n%v%v", seed, p, q)
				}
				if seed == 0 {
					fmt.Fprintf(&shown, "%s\n\n%vbecomes %v\n", name, p, q)
				}
			}
		})
	}
	golden(t, "fusions", shown.String())
}

// arrays counts what is computed of more than one number.
func arrays(p *ir.Program) (n int) {
	for i := range p.Instrs {
		switch in := p.At(ir.ID(i)); {
		case in.Op == ir.Input, in.Op == ir.Const, in.Op == ir.Reshape, in.Op == ir.ViewOp, in.Shape.Size() < 2:
		default:
			n++
		}
	}
	return n
}
