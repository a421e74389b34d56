package ir_test

import (
	"math"
	"testing"

	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/ir/irtest"
)

// patterns holds for each recipe what it looks for: a value of x that a later pass reads together with x.
var patterns = map[string]func(g *irtest.Gen, s ir.Shape) (x, v, beside ir.ID){
	"compared with a number": func(g *irtest.Gen, s ir.Shape) (x, v, beside ir.ID) {
		x = g.Sample(ir.MatMul, s)
		op := []ir.Op{ir.Less, ir.LessEq, ir.Equal}[g.R.IntN(3)]
		return x, g.Op(op, either(g, x, g.Arg())...), x
	},
	"shifted or scaled by a number": func(g *irtest.Gen, s ir.Shape) (x, v, beside ir.ID) {
		x = g.Sample(ir.MatMul, s)
		op := []ir.Op{ir.Add, ir.Sub, ir.Mul}[g.R.IntN(3)]
		number := g.Fresh(-1, 1)
		if g.R.IntN(2) == 0 {
			number = g.View(g.Fresh(-1, 1, s[1]), ir.View{Strides: []int{0, 1}}, s...)
		}
		return x, g.Op(op, either(g, x, number)...), x
	},
	"a rectifier's mask, from its value": func(g *irtest.Gen, s ir.Shape) (x, v, beside ir.ID) {
		x = g.Fresh(-1, 1, s...)
		special := g.In[g.P.At(x).Name]
		for i, v := range []float64{0, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1)} {
			if i < len(special) {
				special[i] = v
			}
		}
		mask := g.Op(ir.Less, g.Scalar(0), x)
		y := g.Op(ir.Mul, either(g, x, mask)...)
		return x, mask, y
	},
}

func either(g *irtest.Gen, a, b ir.ID) []ir.ID {
	if g.R.IntN(2) == 0 {
		return []ir.ID{a, b}
	}
	return []ir.ID{b, a}
}

// Each recipe finds its pattern in random surroundings, gives the bits that the value had, and saves its store.
func TestRecipes(t *testing.T) {
	for _, name := range ir.RecipeNames() {
		t.Run(name, func(t *testing.T) {
			pattern, ok := patterns[name]
			if !ok {
				t.Fatal("no pattern for this recipe")
			}
			for seed := range uint64(60) {
				g := irtest.New("recipe", ir.Float64, seed)
				s := ir.Shape{2 + g.R.IntN(5), 3 + g.R.IntN(5)}
				_, v, beside := pattern(g, s)
				total := g.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{g.Op(ir.Mul, v, g.Fresh(-1, 1, s...))}, Axes: []int{0, 1}})
				late := g.Op(ir.Mul, g.Op(ir.Mul, v, total), beside)
				p := optimizedTo(done(t, g.Builder, []ir.ID{late, beside}), "recompute")
				q := ir.RecomputeBy(p, name)
				if err := sound(q); err != nil {
					t.Fatalf("seed %d: %v\n%v", seed, err, q)
				}
				if err := exactly(p, q, g.In); err != nil {
					t.Fatalf("seed %d: %v\n%v%v", seed, err, p, q)
				}
				if before, after := scheduled(ir.Prune(ir.FuseChains(p))), scheduled(ir.Prune(ir.FuseChains(q))); after != before-1 {
					t.Fatalf("seed %d: %d values are stored, %d without the recipe\n%v%v", seed, after, before, p, q)
				}
			}
		})
	}
}

// recomputeAny is the pass for values of any size.
func recomputeAny(p *ir.Program) *ir.Program { return ir.RecomputeBy(p, ir.RecipeNames()...) }

// Random programs keep their bits, and what follows is right for them.
func TestRecompute(t *testing.T) {
	changed := 0
	each(t, func(p *ir.Program, in map[string][]float64, seed uint64) error {
		p = optimizedTo(p, "recompute")
		q := ir.Prune(recomputeAny(p))
		if q.String() != p.String() {
			changed++
		}
		if err := exactly(p, q, in); err != nil {
			return err
		}
		return simulate(ir.Snapshot(ir.Prune(ir.FuseChains(q))), in, seed)
	})
	if changed == 0 {
		t.Error("no program was changed: this test shows nothing")
	}
}

// What is not computed again.
func TestNotRecomputed(t *testing.T) {
	sum := func(g *irtest.Gen, x ir.ID) ir.ID {
		return g.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{x}, Axes: []int{0, 1}})
	}
	for _, c := range []struct {
		name  string
		build func(g *irtest.Gen) ([]ir.ID, []ir.Update)
	}{
		{"of an array that the later pass does not read", func(g *irtest.Gen) ([]ir.ID, []ir.Update) {
			v := g.Op(ir.Less, g.Scalar(0), g.Fresh(-1, 1, 4, 3))
			return []ir.ID{g.Op(ir.Mul, v, sum(g, g.Op(ir.Mul, v, g.Arg(4, 3))))}, nil
		}},
		{"of a parameter, which may have its new value then", func(g *irtest.Gen) ([]ir.ID, []ir.Update) {
			w := g.Fresh(-1, 1, 4, 3)
			v := g.Op(ir.Less, g.Scalar(0), w)
			next := g.Op(ir.Sub, w, g.Op(ir.Mul, v, sum(g, g.Op(ir.Mul, v, g.Arg(4, 3)))))
			return nil, []ir.Update{{Into: w, Value: next}}
		}},
		{"what is stored anyway", func(g *irtest.Gen) ([]ir.ID, []ir.Update) {
			x := g.Fresh(-1, 1, 4, 3)
			v := g.Op(ir.Less, g.Scalar(0), x)
			return []ir.ID{v, g.Op(ir.Mul, g.Op(ir.Mul, v, sum(g, g.Op(ir.Mul, v, x))), x)}, nil
		}},
		{"at one moment", func(g *irtest.Gen) ([]ir.ID, []ir.Update) {
			x := g.Fresh(-1, 1, 4, 3)
			v := g.Op(ir.Less, g.Scalar(0), x)
			return []ir.ID{g.Op(ir.Mul, v, x), g.Op(ir.Add, v, x)}, nil
		}},
		{"a mask, from a sum", func(g *irtest.Gen) ([]ir.ID, []ir.Update) {
			x := g.Fresh(-1, 1, 4, 3)
			mask := g.Op(ir.Less, g.Scalar(0), x)
			y := g.Op(ir.Add, x, mask)
			return []ir.ID{y, g.Op(ir.Mul, g.Op(ir.Mul, mask, sum(g, g.Op(ir.Exp, y))), y)}, nil
		}},
		{"a mask, from a rectifier that comes later", func(g *irtest.Gen) ([]ir.ID, []ir.Update) {
			x := g.Fresh(-1, 1, 4, 3)
			mask := g.Op(ir.Less, g.Scalar(0), x)
			late := g.Op(ir.Mul, mask, sum(g, g.Op(ir.Mul, mask, g.Arg(4, 3))))
			y := g.Op(ir.Mul, x, mask)
			return []ir.ID{y, g.Op(ir.Add, late, y)}, nil
		}},
		{"a mask of ≤, from its rectifier", func(g *irtest.Gen) ([]ir.ID, []ir.Update) { // -0 is the value of all that is negative
			x := g.Fresh(-1, 1, 4, 3)
			mask := g.Op(ir.LessEq, g.Scalar(0), x)
			y := g.Op(ir.Mul, x, mask)
			return []ir.ID{y, g.Op(ir.Mul, g.Op(ir.Mul, mask, sum(g, g.Op(ir.Exp, y))), y)}, nil
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := irtest.New("kept", ir.Float64, 1)
			outputs, updates := c.build(g)
			p := optimizedTo(done(t, g.Builder, outputs, updates...), "recompute")
			if q := ir.Prune(recomputeAny(p)); q.String() != p.String() {
				t.Errorf("%v%v", p, q)
			}
		})
	}
}
