package cpu

import (
	"testing"

	"github.com/stheno/stheno/ir"
)

// TestFewRows: a product of a small batch is cut into columns where its right-hand side is large, and into rows, or not, where it is not.
func TestFewRows(t *testing.T) {
	for _, test := range []struct {
		rows, side int
		cut        bool
	}{{1, 600, true}, {20, 600, true}, {31, 600, true}, {20, 400, false}, {2, 100, false}} {
		b := ir.NewBuilder("few", ir.Float32)
		x, w := b.Input("x", test.rows, test.side), b.Input("w", test.side, test.side)
		mm := b.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{x, w, b.Input("b", test.side)}, Bias: true, Act: ir.Tanh})
		p, err := b.Done([]ir.ID{mm})
		if err != nil {
			t.Fatal(err)
		}
		run := newSkipRun(t, withWorkers(t, "go", 2), p)
		if n := run.exec.(*exec[float32]).phases[0].job.tasks; (n > 1) != test.cut {
			t.Errorf("%d rows, %d columns: %d tasks", test.rows, test.side, n)
		}
	}
}
