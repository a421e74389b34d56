package cpu

import (
	"math"
	"testing"

	"github.com/stheno/stheno/ir"
)

// pairsOf are windows of two by two pixels side by side; nearly are such that have no kernel of their own.
var (
	pairsOf = ir.Window{Size: [2]int{2, 2}, Step: [2]int{2, 2}, Dilation: [2]int{1, 1}, Spread: [2]int{1, 1}}
	nearly  = ir.Window{Size: [2]int{2, 3}, Step: [2]int{2, 2}, Dilation: [2]int{1, 1}, Spread: [2]int{1, 1}}
)

// holdAgainstReference runs a program of the input "x" three times on poisoned memory.
func holdAgainstReference(t *testing.T, what string, run *skipRun) {
	t.Helper()
	inputs := map[string][]float64{}
	for name, buf := range run.bufs {
		inputs[name] = append([]float64(nil), buf.Host().([]float64)...)
	}
	want, _, err := run.p.Eval(inputs)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		for o, got := range run.step(t, inputs["x"]) {
			for i := range got {
				if want := want[o][i]; !(math.Abs(got[i]-want) <= 1e-10*(1+math.Abs(want)) || got[i] == want || got[i] != got[i] && want != want) {
					t.Fatalf("%s: output %d, element %d is %v, want %v", what, o, i, got[i], want)
				}
			}
		}
	}
}

// TestValuesOfAStrip: a convolution lives in a strip if all who read it do so strip by strip, and rows as they lie.
func TestValuesOfAStrip(t *testing.T) {
	one := [2]int{1, 1}
	same := ir.Window{Size: one, Step: one, Dilation: one, Spread: one}
	for _, c := range []struct {
		name  string
		local int
		build func(b *ir.Builder, y ir.ID) []ir.ID
	}{
		{"a pooling", 1, func(b *ir.Builder, y ir.ID) []ir.ID {
			return []ir.ID{b.Emit(ir.Instr{Op: ir.MaxPool, Args: []ir.ID{y}, Window: pairsOf, Data: []float64{-1}, Shape: ir.Shape{5, 2, 2, 4}})}
		}},
		{"a convolution of a convolution", 2, func(b *ir.Builder, y ir.ID) []ir.ID {
			y = b.Emit(ir.Instr{Op: ir.Conv, Args: []ir.ID{b.Op(ir.Tanh, y), b.Input("v", 1, 1, 4, 3)}, Window: same, Shape: ir.Shape{5, 4, 4, 3}})
			return []ir.ID{b.Emit(ir.Instr{Op: ir.MaxPool, Args: []ir.ID{y}, Window: pairsOf, Data: []float64{-1}, Shape: ir.Shape{5, 2, 2, 3}})}
		}},
		{"what is read again behind another", 2, func(b *ir.Builder, y ir.ID) []ir.ID {
			z := b.Emit(ir.Instr{Op: ir.Conv, Args: []ir.ID{y, b.Input("v", 1, 1, 4, 4)}, Window: same, Shape: ir.Shape{5, 4, 4, 4}})
			return []ir.ID{b.Emit(ir.Instr{Op: ir.MaxPool, Args: []ir.ID{b.Op(ir.Mul, z, y)}, Window: pairsOf, Data: []float64{-1}, Shape: ir.Shape{5, 2, 2, 4}})}
		}},
		{"rows and columns exchanged", 0, func(b *ir.Builder, y ir.ID) []ir.ID {
			turned := b.View(y, ir.View{Strides: []int{64, 4, 16, 1}}, 5, 4, 4, 4)
			return []ir.ID{b.Op(ir.Mul, y, b.Op(ir.Tanh, turned))}
		}},
		{"an output", 0, func(b *ir.Builder, y ir.ID) []ir.ID {
			return []ir.ID{y, b.Emit(ir.Instr{Op: ir.MaxPool, Args: []ir.ID{y}, Window: pairsOf, Data: []float64{-1}, Shape: ir.Shape{5, 2, 2, 4}})}
		}},
		{"a sum over the batch", 0, func(b *ir.Builder, y ir.ID) []ir.ID {
			return []ir.ID{b.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{y}, Axes: []int{0}})}
		}},
	} {
		b := ir.NewBuilder("strips", ir.Float64)
		y := b.Emit(ir.Instr{Op: ir.Conv, Args: []ir.ID{b.Input("x", 5, 4, 4, 2), b.Input("w", 1, 1, 2, 4)}, Window: same, Shape: ir.Shape{5, 4, 4, 4}})
		p, err := b.Done(c.build(b, y))
		if err != nil {
			t.Fatal(err)
		}
		run := newSkipRun(t, shrink(t, withWorkers(t, "go", 2), smallBlocks), p)
		if mem := len(run.exec.(*exec[float64]).local[0]); (mem > 0) != (c.local > 0) {
			t.Errorf("%s: %d numbers of a worker's memory for strips, want some for %d values", c.name, mem, c.local)
		}
		holdAgainstReference(t, c.name, run)
	}
}

// TestInfiniteGradientOfPool: what the rectifier lets nothing through of is multiplied by 0, as Gorgonia's graph says it: of an infinite
// gradient comes NaN.
func TestInfiniteGradientOfPool(t *testing.T) {
	for _, window := range []ir.Window{pairsOf, nearly} {
		for _, act := range []ir.Op{ir.None, ir.Less, ir.LessEq} {
			b := ir.NewBuilder("infinite", ir.Float64)
			x, g := b.Input("x", 2, 4, 5, 9), b.Input("g", 2, 2, 2, 9)
			p, err := b.Done([]ir.ID{b.Emit(ir.Instr{Op: ir.MaxPoolGrad, Act: act, Args: []ir.ID{x, g}, Window: window})})
			if err != nil {
				t.Fatal(err)
			}
			run := newSkipRun(t, withWorkers(t, "go", 1), p)
			images, infinite := run.bufs["x"].Host().([]float64), make([]float64, 72)
			for i := range images[:180] { // the second image is as it was drawn
				images[i] = -1 - float64(i)
			}
			for i := range infinite {
				infinite[i] = math.Inf(1 - i%3)
			}
			run.write(t, "g", infinite)
			holdAgainstReference(t, window.String(), run)
		}
	}
}
