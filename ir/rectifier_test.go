package ir_test

import (
	"testing"

	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/ir/irtest"
)

// TestOtherRectifier: a mask by another comparison than the rectifier's, as somebody may write it, and a mask of another value.
func TestOtherRectifier(t *testing.T) {
	pairs := ir.Window{Size: [2]int{2, 2}, Step: [2]int{2, 2}, Dilation: [2]int{1, 1}, Spread: [2]int{1, 1}}
	for _, ops := range [][2]ir.Op{{ir.Less, ir.LessEq}, {ir.LessEq, ir.Less}, {ir.Less, ir.Less}} {
		for _, same := range []bool{true, false} {
			g := irtest.New("rectifiers", ir.Float64, 1)
			x, other := g.Fresh(-1, 1, 2, 4, 4, 3), g.Fresh(-1, 1, 2, 4, 4, 3)
			if same {
				other = x
			}
			y := g.Op(ir.Mul, x, g.Op(ops[0], g.Scalar(0), x))
			grad := g.Emit(ir.Instr{Op: ir.MaxPoolGrad, Args: []ir.ID{y, g.Fresh(-1, 1, 2, 2, 2, 3)}, Window: pairs})
			p := done(t, g.Builder, []ir.ID{g.Op(ir.Mul, g.Op(ops[1], g.Scalar(0), other), grad)})
			for i := range 24 {
				g.In["x0"][i] = min(0, g.In["x0"][i]) // windows with ties at 0
			}
			if err := sameMeaning(p, ir.Optimize(p), g.In); err != nil {
				t.Errorf("%v, of the same value %v: %v", ops, same, err)
			}
		}
	}
}
