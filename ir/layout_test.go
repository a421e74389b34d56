package ir_test

import (
	"testing"

	"github.com/stheno/stheno/ir"
)

// TestLayoutOfAsked: element-wise values that are all asked for with channels first are computed so, behind the one transposition that
// is asked for too; where only the last is, it moves behind them all.
func TestLayoutOfAsked(t *testing.T) {
	for _, all := range []bool{true, false} {
		b := ir.NewBuilder("layout", ir.Float64)
		x := b.Input("x", 2, 4, 5, 3) // channels last
		first := b.View(x, ir.View{Strides: []int{60, 1, 15, 3}}, 2, 3, 4, 5)
		double := b.Op(ir.Add, first, first)
		square := b.Op(ir.Mul, double, double)
		outputs := []ir.ID{square}
		if all {
			outputs = []ir.ID{first, double, square}
		}
		p := ir.Layout(done(t, b, outputs))
		if n := count(p, ir.ViewOp); all && n != 1 {
			t.Errorf("%d transpositions, not 1:\n%v", n, p)
		}
		channelsFirst := 0
		for i := range p.Instrs {
			if in := p.At(ir.ID(i)); in.Op.Elementwise() && in.Shape[1] == 3 {
				channelsFirst++
			}
		}
		if want := map[bool]int{true: 2, false: 0}[all]; channelsFirst != want {
			t.Errorf("all %v: %d values have channels first, not %d:\n%v", all, channelsFirst, want, p)
		}
	}
}
