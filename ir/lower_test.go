package ir_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/ir/irtest"
)

// TestLowerKeepsMeaning lowers random programs for engines that lack any of the ops.
func TestLowerKeepsMeaning(t *testing.T) {
	seeds := uint64(300)
	if testing.Short() {
		seeds = 60
	}
	for seed := range seeds {
		p, in := irtest.Program(ir.Float64, seed)
		r := rand.New(rand.NewPCG(seed, 0))
		lacks := map[ir.Op]bool{}
		for _, op := range ir.Ops() {
			lacks[op] = r.IntN(2) == 0
		}
		q := ir.Lower(ir.Optimize(p), func(_ *ir.Program, in *ir.Instr) bool { return !lacks[in.Op] })
		if err := sameMeaning(p, q, in); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}

// TestLowerKeepsGradientOfPool: what is left of the images when the gradient is computed is where their largest numbers were.
func TestLowerKeepsGradientOfPool(t *testing.T) {
	for seed := range uint64(200) {
		g := irtest.New("gradient", ir.Float64, seed)
		p := done(t, g.Builder, []ir.ID{g.Sample(ir.MaxPoolGrad, ir.Shape{2, 4, 5, 3})})
		q := ir.Lower(p, func(_ *ir.Program, in *ir.Instr) bool { return in.Op != ir.MaxPoolGrad })
		if count(q, ir.MaxPoolIndex) != 1 || count(q, ir.MaxUnpool) != 1 {
			t.Fatalf("seed %d: no index, or nothing that is unpooled:\n%v", seed, q)
		}
		if err := sameMeaning(p, q, g.In); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}

// TestPoolBesideItsIndex: both are computed in one pass over the images.
func TestPoolBesideItsIndex(t *testing.T) {
	b := ir.NewBuilder("both", ir.Float64)
	x, gr := b.Input("x", 2, 4, 4, 3), b.Input("g", 2, 2, 2, 3)
	pairs := ir.Window{Size: [2]int{2, 2}, Step: [2]int{2, 2}, Dilation: [2]int{1, 1}, Spread: [2]int{1, 1}}
	largest := b.Emit(ir.Instr{Op: ir.MaxPool, Args: []ir.ID{x}, Window: pairs, Data: []float64{-1}, Shape: ir.Shape{2, 2, 2, 3}})
	between := b.Op(ir.Tanh, largest)
	p := done(t, b, []ir.ID{between, b.Emit(ir.Instr{Op: ir.MaxPoolGrad, Args: []ir.ID{x, gr}, Window: pairs})})
	q := ir.Lower(p, func(_ *ir.Program, in *ir.Instr) bool { return in.Op != ir.MaxPoolGrad })
	for _, ph := range ir.Schedule(q) {
		for _, g := range ph {
			for _, ids := range q.Sweeps(g) {
				if q.At(ids[0]).Op == ir.MaxPool && len(ids) == 2 && q.At(ids[1]).Op == ir.MaxPoolIndex {
					return
				}
			}
		}
	}
	t.Errorf("they are no sweep:\n%v", q)
}
