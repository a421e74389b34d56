package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stheno/stheno/ir"
)

// TestGradientByWeightsInPieces: the gradient of one image is cut into ranges of new channels, or, where these are few, into parts of the image, that of many into parts of the batch, that of few
// into both; it is the same to the last bit with any number of workers, whether most of the gradient by the result is zero or nothing is.
func TestGradientByWeightsInPieces(t *testing.T) {
	one := [2]int{1, 1}
	square := ir.Window{Size: [2]int{3, 3}, Step: one, Dilation: one, Before: one, Spread: one}
	single := ir.Window{Size: one, Step: one, Dilation: one, Spread: one}
	const seed = 3
	r := rand.New(rand.NewPCG(seed, 0))
	for _, test := range []struct {
		window                         ir.Window
		rows, batch, channels, filters int
		cut                            bool // into more pieces than there are images
	}{
		{square, 6, 1, 18, 70, true}, // panels of 4, 8 or 16 new channels, and a rest
		{square, 6, 1, 3, 37, true},
		{single, 6, 1, 20, 53, true},
		{square, 6, 1, 18, 2, false},
		{square, 6, 2, 18, 70, true},
		{square, 6, 7, 17, 5, false},
		{square, 333, 1, 2, 2, true}, // four parts of 400 pixels, and a rest
		{single, 500, 1, 5, 2, true},
	} {
		b := ir.NewBuilder("pieces", ir.Float64)
		x, g := b.Input("x", test.batch, test.rows, 5, test.channels), b.Input("g", test.batch, test.rows, 5, test.filters)
		p, err := b.Done([]ir.ID{b.Emit(ir.Instr{Op: ir.ConvWeights, Args: []ir.ID{x, g}, Window: test.window})})
		if err != nil {
			t.Fatal(err)
		}
		var runs []*skipRun
		for _, workers := range []int{1, 2, 3} {
			runs = append(runs, newSkipRun(t, shrink(t, withWorkers(t, "go", workers), smallBlocks), p))
		}
		if n := runs[0].exec.(*exec[float64]).prepared[0].tasks; (n > test.batch) != test.cut {
			t.Errorf("%+v: %d pieces", test, n)
		}
		for _, share := range []float64{1, 0.2, 0} {
			inputs := map[string][]float64{"x": make([]float64, p.At(x).Shape.Size()), "g": make([]float64, p.At(g).Shape.Size())}
			for i := range inputs["x"] {
				inputs["x"][i] = r.NormFloat64()
			}
			for i := range inputs["g"] {
				if r.Float64() < share {
					inputs["g"][i] = r.NormFloat64()
				}
			}
			want, _, err := p.Eval(inputs)
			if err != nil {
				t.Fatal(err)
			}
			var first []float64
			for n, run := range runs {
				run.write(t, "g", inputs["g"])
				got := run.step(t, inputs["x"])[0]
				if n == 0 {
					first = got
				}
				held(t, fmt.Sprintf("seed %d, %+v, share %v, engine %d", seed, test, share, n), got, want[0], first)
			}
		}
	}
}

// held stops the test where numbers are not those wanted, or not to the last bit those of one worker.
func held(t *testing.T, what string, got, want, first []float64) {
	t.Helper()
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= 1e-12*(1+math.Abs(want[i]))) || math.Float64bits(got[i]) != math.Float64bits(first[i]) {
			t.Fatalf("%s: element %d is %v, with one worker %v, want %v", what, i, got[i], first[i], want[i])
		}
	}
}

// TestDelayedBesideGradients: where one gradient by weights has yet to compute a gradient of a pooling, no other of its phase may write its
// result before: what that is computed from may lie there.
func TestDelayedBesideGradients(t *testing.T) {
	one, two := [2]int{1, 1}, [2]int{2, 2}
	window := ir.Window{Size: [2]int{3, 3}, Step: one, Dilation: one, Before: one, Spread: one}
	pairs := ir.Window{Size: two, Step: two, Dilation: one, Spread: one}
	b := ir.NewBuilder("beside", ir.Float64)
	pooled := b.Op(ir.Exp, b.Input("g", 3, 2, 2, 18))
	grad := b.Emit(ir.Instr{Op: ir.MaxPoolGrad, Args: []ir.ID{b.Op(ir.Tanh, b.Input("a", 3, 4, 4, 18)), pooled}, Window: pairs})
	other := b.Op(ir.Tanh, b.Input("h", 3, 4, 4, 40))
	var outputs []ir.ID
	for _, g := range []ir.ID{other, grad} {
		outputs = append(outputs, b.Emit(ir.Instr{Op: ir.ConvWeights, Args: []ir.ID{b.Input("x"+string(rune('0'+len(outputs))), 3, 4, 4, 3), g}, Window: window}))
	}
	p, err := b.Done(outputs)
	if err != nil {
		t.Fatal(err)
	}
	run := newSkipRun(t, shrink(t, withWorkers(t, "go", 1), smallBlocks), p)
	inputs := map[string][]float64{}
	for name, buf := range run.bufs {
		inputs[name] = append([]float64(nil), buf.Host().([]float64)...)
	}
	want, _, err := p.Eval(inputs)
	if err != nil {
		t.Fatal(err)
	}
	if err := run.exec.Run(); err != nil {
		t.Fatal(err)
	}
	for o := range want {
		got := run.exec.Output(o).Host().([]float64)
		for i := range got {
			if !(math.Abs(got[i]-want[o][i]) <= 1e-12*(1+math.Abs(want[o][i]))) {
				t.Fatalf("gradient %d: element %d is %v, want %v", o, i, got[i], want[o][i])
			}
		}
	}
}
