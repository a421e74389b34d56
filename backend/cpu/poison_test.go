package cpu

import (
	"slices"
	"testing"

	"github.com/stheno/stheno/blas/native"
	"github.com/stheno/stheno/ir"
)

// TestPoison: after it, the arena, the scratch memory and the packed operands hold nothing but NaN, unless an input that
// was not written again is still packed.
func TestPoison(t *testing.T) {
	const rows, k, n = 12, 10, 9
	b := ir.NewBuilder("poison", ir.Float64)
	x, y, w := b.Input("x", rows, k), b.Input("y", rows, k), b.Input("w", k, n)
	sparse := b.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{x, w}})
	shared := b.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{b.Op(ir.Exp, y), w}})
	p, err := b.Done([]ir.ID{sparse, b.Emit(ir.Instr{Op: ir.Softmax, Args: []ir.ID{shared}, Log: true})})
	if err != nil {
		t.Fatal(err)
	}
	run := newSkipRun(t, shrink(t, withWorkers(t, "go", 2), smallBlocks), p)
	e := run.exec.(*exec[float64])
	if len(e.prepared) != 1 || len(e.skips) != 1 {
		t.Fatalf("%d shared sides and %d inputs that may be sparse, want one of each in\n%v", len(e.prepared), len(e.skips), p)
	}
	v := make([]float64, rows*k)
	v[5], v[25] = 1, 2
	run.step(t, v)
	broken := func(f func(c []float64)) bool {
		c := make([]float64, n)
		f(c)
		return c[0] != c[0]
	}
	ones := slices.Repeat([]float64{1}, k*n)
	byShared := func(c []float64) { e.prepared[0].made.(*side[float64]).Mul('N', 1, 1, ones, k, 0, c, n) }
	bySparse := func(c []float64) { e.skips[0].Mul(0, 1, n, 1, ones, n, 0, c, n) }
	if broken(byShared) || broken(bySparse) {
		t.Error("NaN before the poison")
	}
	e.Poison()
	for name, mem := range map[string][]float64{"arena": e.arena, "scratch": slices.Concat(e.scratch...)} {
		if len(mem) == 0 || slices.ContainsFunc(mem, func(v float64) bool { return v == v }) {
			t.Errorf("%s: %d elements, not all NaN", name, len(mem))
		}
	}
	if broken(bySparse) || broken(byShared) {
		t.Error("an input that is still packed is poisoned")
	}
	run.write(t, "x", slices.Repeat([]float64{1}, rows*k))
	run.write(t, "w", ones)
	e.Poison()
	if !broken(byShared) || !broken(bySparse) && native.CPU() != "neon" { // which packs nothing
		t.Error("an input that is to be packed again is not poisoned")
	}
}
