package cpu

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stheno/stheno/ir"
)

// TestSingleImageInPieces: the convolution of a single image, cut into rows or, where there are many weights, into panels of new channels, is
// the reference's, and the same to the last bit with one worker, who does it in one piece, and with several.
func TestSingleImageInPieces(t *testing.T) {
	one := [2]int{1, 1}
	const seed = 5
	r := rand.New(rand.NewPCG(seed, 0))
	for _, test := range []struct {
		size                    int // of the window and of its border
		rows, channels, filters int
	}{
		{1, 19, 3, 5},
		{1, 4, 9, 70}, // many weights
		{0, 17, 12, 6},
		{0, 3, 20, 53}, // many weights
	} {
		w := ir.Window{Size: [2]int{2*test.size + 1, 2*test.size + 1}, Step: one, Dilation: one, Before: [2]int{test.size, test.size}, Spread: one}
		b := ir.NewBuilder("alone", ir.Float64)
		x, weights := b.Input("x", 1, test.rows, 7, test.channels), b.Input("w", w.Size[0], w.Size[1], test.channels, test.filters)
		p, err := b.Done([]ir.ID{b.Emit(ir.Instr{Op: ir.Conv, Args: []ir.ID{x, weights}, Window: w, Shape: ir.Shape{1, test.rows, 7, test.filters}})})
		if err != nil {
			t.Fatal(err)
		}
		inputs := map[string][]float64{"x": make([]float64, p.At(x).Shape.Size()), "w": make([]float64, p.At(weights).Shape.Size())}
		for _, name := range []string{"x", "w"} {
			for i := range inputs[name] {
				inputs[name][i] = r.NormFloat64()
			}
		}
		want, _, err := p.Eval(inputs)
		if err != nil {
			t.Fatal(err)
		}
		var first []float64
		for _, workers := range []int{1, 2, 3} {
			run := newSkipRun(t, shrink(t, withWorkers(t, "go", workers), smallBlocks), p)
			most := 0
			for _, ph := range run.exec.(*exec[float64]).phases {
				most = max(most, ph.job.tasks)
			}
			if workers > 1 && most < 2 {
				t.Errorf("%+v: not cut for %d workers", test, workers)
			}
			run.write(t, "w", inputs["w"])
			got := run.step(t, inputs["x"])[0]
			if workers == 1 {
				first = got
			}
			held(t, fmt.Sprintf("seed %d, %+v, %d workers", seed, test, workers), got, want[0], first)
		}
	}
}
