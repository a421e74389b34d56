package ir_test

import (
	"testing"

	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/ir/irtest"
)

// TestOtherRectifier: a mask of another comparison than the rectifier's, as somebody may write it, is not taken for its own: at 0 the
// two differ.
func TestOtherRectifier(t *testing.T) {
	g := irtest.New("rectifiers", ir.Float64, 1)
	x := g.Fresh(-1, 1, 2, 4, 4, 3)
	y := g.Op(ir.Mul, x, g.Op(ir.Less, g.Scalar(0), x))
	pairs := ir.Window{Size: [2]int{2, 2}, Step: [2]int{2, 2}, Dilation: [2]int{1, 1}, Spread: [2]int{1, 1}}
	grad := g.Emit(ir.Instr{Op: ir.MaxPoolGrad, Args: []ir.ID{y, g.Fresh(-1, 1, 2, 2, 2, 3)}, Window: pairs})
	p := done(t, g.Builder, []ir.ID{g.Op(ir.Mul, g.Op(ir.LessEq, g.Scalar(0), x), grad)})
	for i := range g.In["x0"] {
		g.In["x0"][i] = min(0, g.In["x0"][i]) // all windows have ties at 0
	}
	if err := sameMeaning(p, ir.Optimize(p), g.In); err != nil {
		t.Error(err)
	}
}
