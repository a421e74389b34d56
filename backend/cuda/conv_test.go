package cuda_test

import (
	"testing"

	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/ir/irtest"
)

// TestConvolutions: sizes at which kernels/conv.cu takes another tile, or cuts its sums, with every kind of window, beside the
// reference: forward, back to images, and by weights.
func TestConvolutions(t *testing.T) {
	e := gpu(t)
	plain := ir.Window{Size: [2]int{3, 3}, Step: [2]int{1, 1}, Dilation: [2]int{1, 1}, Before: [2]int{1, 1}, Spread: [2]int{1, 1}}
	step, apart, uneven := plain, plain, plain
	step.Step, step.Size = [2]int{2, 3}, [2]int{5, 2}
	apart.Dilation, apart.Spread = [2]int{2, 1}, [2]int{1, 2}
	uneven.Before, uneven.Size = [2]int{-1, 2}, [2]int{1, 4}
	point, far := plain, plain
	point.Size, point.Before = [2]int{1, 1}, [2]int{}
	far.Spread, far.Dilation, far.Size = [2]int{3, 4}, [2]int{2, 2}, [2]int{4, 1} // some positions meet no tap
	for _, c := range []struct {
		name                    string
		images, rows, from, new int
		w                       ir.Window
	}{
		{"one", 1, 1, 1, 1, plain},
		{"slim", 2, 9, 3, 32, plain},
		{"slim, parts", 5, 12, 5, 7, plain},
		{"wide", 1, 9, 4, 33, plain},
		{"wide, parts", 3, 11, 9, 65, plain},
		{"steps", 2, 13, 3, 5, step},
		{"spread", 2, 7, 4, 6, apart},
		{"uneven", 2, 8, 2, 70, uneven},
		{"fours after", 2, 9, 3, 36, plain},
		{"fours, slim", 2, 9, 12, 32, plain},
		{"fours, square", 2, 9, 4, 36, uneven},
		{"fours, wide", 1, 184, 4, 36, point},
		{"fours, many terms", 1, 3, 60, 36, plain},
		{"fours, steps", 3, 13, 8, 36, step},
		{"fours, spread", 2, 7, 4, 36, apart},
		{"far", 2, 7, 4, 8, far},
	} {
		for _, dt := range []ir.DType{ir.Float32, ir.Float64} {
			t.Run(c.name+" "+dt.String(), func(t *testing.T) {
				g := irtest.New("convolutions", dt, 1)
				numbers := func(s ...int) ir.ID { return g.Op(ir.Tanh, g.Fresh(-1, 1, s...)) }
				x := numbers(c.images, c.rows, c.rows+1, c.from)
				w := numbers(c.w.Size[0], c.w.Size[1], c.from, c.new)
				result := ir.Shape{c.images, 0, 0, c.new}
				for a, n := range []int{c.rows, c.rows + 1} {
					last := (n-1)*c.w.Spread[a] + 2*c.w.Before[a] - (c.w.Size[a]-1)*c.w.Dilation[a]
					result[1+a] = max(1, last/c.w.Step[a]+1)
				}
				y := g.Emit(ir.Instr{Op: ir.Conv, Args: []ir.ID{x, w, numbers(c.new)}, Bias: true, Act: ir.Tanh, Window: c.w, Shape: result})
				back := g.Emit(ir.Instr{Op: ir.Conv, Args: []ir.ID{y, w}, TransB: true, Window: c.w.Adjoint(), Shape: g.Shape(x)})
				byWeights := g.Emit(ir.Instr{Op: ir.ConvWeights, Args: []ir.ID{x, y}, Window: c.w})
				p, err := g.Done([]ir.ID{y, back, byWeights})
				if err != nil {
					t.Fatal(err)
				}
				want, _, err := p.Eval(g.In)
				if err != nil {
					t.Fatal(err)
				}
				tolerance := 1e-12
				if dt == ir.Float32 {
					tolerance = 1e-4 // of sums of some 600 terms
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
