package cpu

import (
	"math"
	"testing"

	"github.com/stheno/stheno/ir"
)

// TestWeightsStayInOrder: weights are brought into order again when they were written, or may have been, and then only; what comes
// out is that of the weights as they are.
func TestWeightsStayInOrder(t *testing.T) {
	const image, size = 6 * 6 * 3, 5 * 3 * 9
	for _, batch := range []int{1, 3} {
		b := ir.NewBuilder("weights", ir.Float64)
		x, w := b.Input("x", batch, 6, 6, 3), b.Input("w", 5, 3, 3, 3)
		one := [2]int{1, 1}
		window := ir.Window{Size: [2]int{3, 3}, Step: one, Dilation: one, Before: one, Spread: one}
		read := b.View(w, ir.View{Strides: []int{3, 1, 9, 27}}, 3, 3, 3, 5)
		p, err := b.Done([]ir.ID{b.Emit(ir.Instr{Op: ir.Conv, Args: []ir.ID{x, read}, Window: window, Shape: ir.Shape{batch, 6, 6, 5}})})
		if err != nil {
			t.Fatal(err)
		}
		run := newSkipRun(t, shrink(t, withWorkers(t, "go", 2), smallBlocks), p)
		if n := len(run.exec.(*exec[float64]).weights); n != 1 {
			t.Fatalf("%d convolutions take their weights from an input, want 1", n)
		}
		images, weights := make([]float64, batch*image), make([]float64, size)
		for i := range images {
			images[i] = float64(i%7) - 3
		}
		check := func(what string) {
			t.Helper()
			want, _, err := p.Eval(map[string][]float64{"x": images, "w": weights})
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				got := run.step(t, images)[0]
				for i := range got {
					if !(math.Abs(got[i]-want[0][i]) <= 1e-12) {
						t.Fatalf("batch %d, %s: element %d is %v, want %v", batch, what, i, got[i], want[0][i])
					}
				}
			}
		}
		for round := range 2 {
			for i := range weights {
				weights[i] = float64((i+round)%5) - 2
			}
			run.write(t, "w", weights)
			check("written")
		}
		host := run.bufs["w"].Host().([]float64)
		for round := range 2 { // unseen
			for i := range weights {
				weights[i] = float64((i+round)%3) - 1
			}
			copy(host, weights)
			check("written where they lie")
		}
	}
}
