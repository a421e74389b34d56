package cpu

import (
	"testing"

	"github.com/stheno/stheno/backend"
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
		e := withWorkers(t, "go", 2)
		bind := map[string]backend.Buffer{}
		for name, n := range map[string]int{"x": test.rows * test.side, "w": test.side * test.side, "b": test.side} {
			buf, err := e.Alloc(ir.Float32, n)
			if err != nil {
				t.Fatal(err)
			}
			bind[name] = buf
		}
		x1, err := e.Compile(backend.Prepare(e, p), bind)
		if err != nil {
			t.Fatal(err)
		}
		if n := x1.(*exec[float32]).phases[0].job.tasks; (n > 1) != test.cut {
			t.Errorf("%d rows, %d columns: %d tasks", test.rows, test.side, n)
		}
		x1.Close()
	}
}
