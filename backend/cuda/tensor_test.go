package cuda_test

import (
	"math"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/ir/irtest"
)

// tensorGPU opens an engine with TF32 switched on, or skips the test.
func tensorGPU(t *testing.T) backend.Engine {
	t.Helper()
	t.Setenv("FAKE_CAPABILITY", "8")
	e := gpu(t)
	if err := e.(backend.TF32).SetTF32(true); err != nil {
		t.Skip(err)
	}
	return e
}

// passes is a program of a convolution, forward, back to images and by weights; its numbers are multiples of 1/8, or have all their bits.
func passes(t *testing.T, groups, from, to int, w ir.Window, allBits bool) (*ir.Program, map[string][]float64) {
	t.Helper()
	g := irtest.New("convolutions", ir.Float32, 1)
	numbers := func(s ...int) ir.ID {
		x := g.Fresh(-1, 1, s...)
		if allBits {
			x = g.Op(ir.Tanh, x)
		}
		return x
	}
	x, weights := numbers(3, 11, 12, groups*from), numbers(w.Size[0], w.Size[1], from, groups*to)
	result := ir.Shape{3, 0, 0, groups * to}
	for a, n := range []int{11, 12} {
		result[1+a] = (n+2*w.Before[a]-w.Size[a])/w.Step[a] + 1
	}
	gradient := numbers(result...)
	conv, byWeights := ir.Conv, ir.ConvWeights
	if groups > 1 {
		conv, byWeights = ir.GroupConv, ir.GroupConvWeights
	} else {
		groups = 0
	}
	p, err := g.Done([]ir.ID{
		g.Emit(ir.Instr{Op: conv, Args: []ir.ID{x, weights}, Groups: groups, Window: w, Shape: result}),
		g.Emit(ir.Instr{Op: conv, Args: []ir.ID{gradient, weights}, TransB: true, Groups: groups, Window: w.Adjoint(), Shape: g.Shape(x)}),
		g.Emit(ir.Instr{Op: byWeights, Args: []ir.ID{x, gradient}, Groups: groups, Window: w}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return p, g.In
}

// TestTensorConvolutions: on tensor cores, with numbers that TF32 has exactly, nothing is lost; with others a little, but not more.
func TestTensorConvolutions(t *testing.T) {
	e := tensorGPU(t)
	w := ir.Window{Size: [2]int{3, 3}, Step: [2]int{1, 1}, Dilation: [2]int{1, 1}, Before: [2]int{1, 1}, Spread: [2]int{1, 1}}
	step := w
	step.Size, step.Step, step.Before = [2]int{4, 2}, [2]int{2, 3}, [2]int{1, 0}
	point := w
	point.Size, point.Before = [2]int{1, 1}, [2]int{}
	for _, c := range []struct {
		name             string
		groups, from, to int
		w                ir.Window
		allBits          bool
	}{
		{"slim", 1, 12, 8, w, false}, {"square", 1, 8, 36, w, false}, {"steps", 1, 4, 72, step, false}, {"many terms", 1, 64, 68, w, false},
		{"many columns", 33, 4, 132, point, false}, {"many blocks", 66, 4, 36, point, false}, {"groups", 3, 8, 12, w, false}, {"all bits", 1, 64, 68, w, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, in := passes(t, c.groups, c.from, c.to, c.w, c.allBits)
			want, _, err := p.Eval(in)
			if err != nil {
				t.Fatal(err)
			}
			for k, got := range evaluate(t, e, p, in) {
				if !c.allBits {
					if err := irtest.Close(got, want[k], 1e-6); err != nil {
						t.Fatalf("output %d: %v", k, err)
					}
					continue
				}
				off := 0.0
				for i, x := range got {
					off = max(off, math.Abs(x-want[k][i]))
				}
				if off < 1e-5 || off > 3e-2 {
					t.Errorf("output %d: wrong by %g at most, want 1e-5 to 3e-2", k, off)
				}
			}
		})
	}
}
