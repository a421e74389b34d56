package cuda_test

import (
	"testing"

	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/ir/irtest"
)

// TestGroups: convolutions in groups forward, back to images and by weights, whose sums are cut, beside the reference.
func TestGroups(t *testing.T) {
	e := gpu(t)
	w := ir.Window{Size: [2]int{3, 2}, Step: [2]int{1, 2}, Dilation: [2]int{2, 1}, Before: [2]int{1, 2}, Spread: [2]int{1, 1}}
	large := ir.Window{Size: [2]int{4, 5}, Step: [2]int{1, 2}, Dilation: [2]int{1, 1}, Before: [2]int{1, 4}, Spread: [2]int{1, 1}} // more taps than a thread takes
	for _, c := range []struct {
		name             string
		groups, from, to int
		w                ir.Window
	}{
		{"depthwise", 40, 1, 1, w}, {"depthwise, odd", 11, 1, 1, w}, {"depthwise, large", 12, 1, 1, large}, {"depthwise, odd and large", 9, 1, 1, large},
		{"more", 7, 1, 3, w}, {"groups", 5, 4, 2, w}, {"one", 1, 3, 5, w}, {"tiles", 3, 4, 8, w}, {"odd tiles", 3, 5, 7, large},
		{"broad tiles", 33, 4, 132, w},
	} {
		for _, dt := range []ir.DType{ir.Float32, ir.Float64} {
			t.Run(c.name+" "+dt.String(), func(t *testing.T) {
				g := irtest.New("groups", dt, 1)
				numbers := func(s ...int) ir.ID { return g.Op(ir.Tanh, g.Fresh(-1, 1, s...)) }
				x, weights := numbers(3, 11, 12, c.groups*c.from), numbers(c.w.Size[0], c.w.Size[1], c.from, c.groups*c.to)
				conv := ir.Instr{Op: ir.GroupConv, Args: []ir.ID{x, weights, numbers(c.groups * c.to)}, Bias: true, Act: ir.Tanh, Groups: c.groups, Window: c.w}
				conv.Shape = ir.Shape{3, 9, 8, c.groups * c.to} // of either window
				y := g.Emit(conv)
				back := ir.Instr{Op: ir.GroupConv, Args: []ir.ID{y, weights}, TransB: true, Groups: c.groups, Window: c.w.Adjoint(), Shape: g.Shape(x)}
				byWeights := ir.Instr{Op: ir.GroupConvWeights, Args: []ir.ID{x, y}, Groups: c.groups, Window: c.w}
				p, err := g.Done([]ir.ID{y, g.Emit(back), g.Emit(byWeights)})
				if err != nil {
					t.Fatal(err)
				}
				want, _, err := p.Eval(g.In)
				if err != nil {
					t.Fatal(err)
				}
				tolerance := 1e-12
				if dt == ir.Float32 {
					tolerance = 1e-4 // of sums of some 200 terms
				}
				for k, got := range evaluate(t, e, p, g.In) {
					if err := irtest.Close(got, want[k], tolerance); err != nil {
						t.Fatalf("output %d: %v", k, err)
					}
				}
			})
		}
	}
}
