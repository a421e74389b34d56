package cpu

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stheno/stheno/blas/native"
	"github.com/stheno/stheno/ir"
)

// TestOneRow: a product of one row by a matrix that stays the same leaves out what meets a zero from the second run on, and no bit shows it:
// neither where the matrix changes, by a write or by hand, nor where it has an infinity, nor where the product is cut over cores.
func TestOneRow(t *testing.T) {
	if native.CPU() == "neon" {
		t.Log("this processor has no kernels that leave out: the dense product alone is tested")
	}
	for _, s := range []struct{ k, n, workers int }{{100, 40, 1}, {100, 41, 1}, {1500, 2100, 2}} { // rows of the first lie in lines of the cache as they are; the last is cut
		b := ir.NewBuilder("row", ir.Float64)
		x, w := b.Input("x", 1, s.k), b.Input("w", s.k, s.n)
		p, err := b.Done([]ir.ID{b.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{x, w}})})
		if err != nil {
			t.Fatal(err)
		}
		e, dense := withWorkers(t, "go", s.workers), withWorkers(t, "go", 1)
		dense.skipZeros = false
		run, by := newSkipRun(t, e, p), newSkipRun(t, dense, p)
		rows := run.exec.(*exec[float64]).rows
		if len(rows) != 1 || len(by.exec.(*exec[float64]).rows) != 0 {
			t.Fatalf("%d products of one row, want 1, and 0 without", len(rows))
		}
		if bytes := rows[0].Bytes(); (bytes > 0) != (s.n%8 != 0) || bytes > run.exec.(*exec[float64]).Beside() {
			t.Errorf("%d x %d: the copy of the rows counts as %d bytes", s.k, s.n, bytes)
		}
		if cut := len(run.exec.(*exec[float64]).phases) > 1 || run.exec.(*exec[float64]).phases[0].parallel; cut != (s.workers > 1) {
			t.Errorf("%d x %d: cut is %v", s.k, s.n, cut)
		}
		r := rand.New(rand.NewPCG(3, 0))
		row, weights := make([]float64, s.k), make([]float64, s.k*s.n)
		for i := range weights {
			weights[i] = r.NormFloat64()
		}
		for i := range row {
			row[i] = max(0, r.NormFloat64())
		}
		row[5], row[6] = 0, 2
		for i, change := range []float64{1, 0, 0, math.Inf(1), 0, 4, 0, math.NaN(), 0, 7, 0} {
			if change != 0 {
				weights[5*s.n+7] = change // which meets a zero
				if i < 7 {
					run.write(t, "w", weights)
				} else { // from here on it may change at any time
					run.bufs["w"].Host().([]float64)[5*s.n+7] = change
				}
				by.write(t, "w", weights)
			}
			got, want := run.step(t, row)[0], by.step(t, row)[0]
			if !slices.EqualFunc(got, want, func(a, b float64) bool { return a == b || a != a && b != b }) {
				t.Fatalf("%d x %d, run %d: %v, want %v", s.k, s.n, i, got, want)
			}
			if wrong := math.IsInf(weights[5*s.n+7], 0) || weights[5*s.n+7] != weights[5*s.n+7]; wrong != (got[7] != got[7]) {
				t.Errorf("%d x %d, run %d: %v in column 7 where zero meets %v", s.k, s.n, i, got[7], weights[5*s.n+7])
			}
			if copies := rows[0].lined != nil; copies != (i > 0 && s.n%8 != 0) {
				t.Errorf("%d x %d, run %d: rows are lined up in a copy: %v", s.k, s.n, i, copies)
			}
			if left := rows[0].parts[0] == finite; left != (i == 1 || i == 2 || i == 6) {
				t.Errorf("%d x %d, run %d: zeros are left out: %v", s.k, s.n, i, left)
			}
		}
	}
}
