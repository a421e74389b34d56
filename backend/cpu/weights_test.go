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
	for i, batch := range []int{1, 3, 1, 3} {
		b := ir.NewBuilder("weights", ir.Float64)
		x := b.Input("x", batch, 6, 6, 3)
		one := [2]int{1, 1}
		window := ir.Window{Size: [2]int{3, 3}, Step: one, Dilation: one, Before: one, Spread: one}
		var read ir.ID
		if i < 2 {
			read = b.View(b.Input("w", 5, 3, 3, 3), ir.View{Strides: []int{3, 1, 9, 27}}, 3, 3, 3, 5)
		} else { // as they lie
			read = b.Input("w", 3, 3, 3, 5)
		}
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

// TestDelayedGradient: the gradient of a pooling is computed where the gradient by weights reads it, if what it is computed from is still
// there: not where other values have had their turn in between.
func TestDelayedGradient(t *testing.T) {
	one, two := [2]int{1, 1}, [2]int{2, 2}
	window := ir.Window{Size: [2]int{3, 3}, Step: one, Dilation: one, Before: one, Spread: one}
	pairs := ir.Window{Size: two, Step: two, Dilation: one, Spread: one}
	for _, late := range []bool{false, true} {
		b := ir.NewBuilder("delayed", ir.Float64)
		all := []int{0, 1, 2, 3}
		image := b.Input("x", 3, 4, 4, 2)
		pooled := b.Op(ir.Exp, b.Input("g", 3, 2, 2, 5))
		grad := b.Emit(ir.Instr{Op: ir.MaxPoolGrad, Args: []ir.ID{b.Op(ir.Tanh, b.Input("a", 3, 4, 4, 5)), pooled}, Window: pairs})
		if late { // the images come some phases later, behind values that take the place of those that the gradient is computed from
			for _, name := range []string{"b", "c", "d"} {
				sum := b.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{image}, Axes: all})
				next := b.Op(ir.Tanh, b.Op(ir.Mul, b.Input(name, 3, 4, 4, 5), sum))
				image = b.Op(ir.Mul, b.Input(name+"2", 3, 4, 4, 2), b.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{next}, Axes: all}))
			}
		}
		p, err := b.Done([]ir.ID{b.Emit(ir.Instr{Op: ir.ConvWeights, Args: []ir.ID{image, grad}, Window: window})})
		if err != nil {
			t.Fatal(err)
		}
		run := newSkipRun(t, shrink(t, withWorkers(t, "go", 2), smallBlocks), p)
		inputs := map[string][]float64{}
		for name, buf := range run.bufs {
			inputs[name] = append([]float64(nil), buf.Host().([]float64)...)
		}
		want, _, err := p.Eval(inputs)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			got := run.step(t, inputs["x"])[0]
			for i := range got {
				if !(math.Abs(got[i]-want[0][i]) <= 1e-12*(1+math.Abs(want[0][i]))) {
					t.Fatalf("late %v: element %d is %v, want %v", late, i, got[i], want[0][i])
				}
			}
		}
	}
}

// TestDelayedGradientOfAnyWindow: what computes the gradient and what asks for it have scratch memory of their own, for windows with a
// kernel and without, rectified or not; and a run allocates nothing.
func TestDelayedGradientOfAnyWindow(t *testing.T) {
	one, two, three := [2]int{1, 1}, [2]int{2, 2}, [2]int{3, 3}
	window := ir.Window{Size: three, Step: one, Dilation: one, Before: one, Spread: one}
	for _, size := range [][2]int{two, three} {
		for _, act := range []ir.Op{ir.None, ir.LessEq} {
			b := ir.NewBuilder("any", ir.Float64)
			pool := ir.Window{Size: size, Step: two, Dilation: one, Spread: one}
			grad := b.Emit(ir.Instr{Op: ir.MaxPoolGrad, Act: act, Args: []ir.ID{b.Op(ir.Tanh, b.Input("a", 5, 9, 9, 18)), b.Op(ir.Exp, b.Input("g", 5, 4, 4, 18))}, Window: pool})
			p, err := b.Done([]ir.ID{b.Emit(ir.Instr{Op: ir.ConvWeights, Args: []ir.ID{b.Input("x", 5, 9, 9, 6), grad}, Window: window})})
			if err != nil {
				t.Fatal(err)
			}
			run := newSkipRun(t, withWorkers(t, "go", 1), p)
			inputs := map[string][]float64{}
			for name, buf := range run.bufs {
				inputs[name] = append([]float64(nil), buf.Host().([]float64)...)
			}
			want, _, err := p.Eval(inputs)
			if err != nil {
				t.Fatal(err)
			}
			got := run.step(t, inputs["x"])[0]
			for i := range got {
				if !(math.Abs(got[i]-want[0][i]) <= 1e-10*(1+math.Abs(want[0][i]))) {
					t.Fatalf("window %v, %v: element %d is %v, want %v", size, act, i, got[i], want[0][i])
				}
			}
			if n := testing.AllocsPerRun(3, func() {
				if err := run.exec.Run(); err != nil {
					t.Fatal(err)
				}
			}); n > 0 {
				t.Errorf("window %v, %v: a run allocates %v times", size, act, n)
			}
		}
	}
}
