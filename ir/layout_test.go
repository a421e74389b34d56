package ir_test

import (
	"testing"

	"github.com/stheno/stheno/ir"
)

// TestLayoutOfAsked: element-wise values that are asked for with channels first, as their argument is, are computed so, behind the one
// transposition that is asked for too; where one is not, or its argument is not, it is computed with channels last.
func TestLayoutOfAsked(t *testing.T) {
	for asked, want := range map[[3]bool]int{{true, true, true}: 2, {false, false, true}: 0, {true, false, true}: 0} {
		b := ir.NewBuilder("layout", ir.Float64)
		x := b.Input("x", 2, 4, 5, 3) // channels last
		first := b.View(x, ir.View{Strides: []int{60, 1, 15, 3}}, 2, 3, 4, 5)
		double := b.Op(ir.Add, first, first)
		square := b.Op(ir.Mul, double, double)
		var outputs []ir.ID
		for i, id := range []ir.ID{first, double, square} {
			if asked[i] {
				outputs = append(outputs, id)
			}
		}
		p := ir.Layout(done(t, b, outputs))
		if n := count(p, ir.ViewOp); want == 2 && n != 1 {
			t.Errorf("asked for %v: %d transpositions, not 1:\n%v", asked, n, p)
		}
		channelsFirst := 0
		for i := range p.Instrs {
			if in := p.At(ir.ID(i)); in.Op.Elementwise() && in.Shape[1] == 3 {
				channelsFirst++
			}
		}
		if channelsFirst != want {
			t.Errorf("asked for %v: %d values have channels first, not %d:\n%v", asked, channelsFirst, want, p)
		}
	}
}
