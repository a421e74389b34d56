package cpu

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/blas/blastest/bigmath"
	"github.com/stheno/stheno/ir"
)

// The logarithm of a softmax keeps the bound that its kernel states, and so does the softmax, of rows shorter and longer
// than a block.
func TestSoftmaxErrors(t *testing.T) {
	each := func(name string, e *Engine) {
		t.Run(name, func(t *testing.T) {
			t.Run("float32", func(t *testing.T) { testSoftmaxErrors[float32](t, e, ir.Float32, bigmath.Single, 0x1p-24) })
			t.Run("float64", func(t *testing.T) { testSoftmaxErrors[float64](t, e, ir.Float64, bigmath.Double, 0x1p-53) })
		})
	}
	each("usual", withWorkers(t, "go", 1))
	each("small", shrink(t, withWorkers(t, "go", 1), smallBlocks))
}

func testSoftmaxErrors[T float](t *testing.T, e *Engine, dt ir.DType, f bigmath.Format, u float64) {
	const seed = 41
	r := rand.New(rand.NewPCG(seed, 0))
	for _, classes := range []int{1, 2, 3, 10, 100, 1500} {
		rows := max(1, 100/classes)
		for _, spread := range []float64{1e-3, 1, 30, 700} {
			x := make([]float64, rows*classes)
			for i := range x {
				x[i] = float64(T(spread * (2*r.Float64() - 1)))
			}
			soft, log := runSoftmax[T](t, e, dt, x, classes)
			for row := range rows {
				at := row * classes
				wantSoft, wantLog := bigmath.Softmax(x[at : at+classes])
				for j := range classes {
					if ulps := f.ULPs(soft[at+j], wantSoft[j]); !(ulps <= 4+float64(classes)/8) {
						t.Fatalf("seed %d, %d classes, %v: softmax of %v is %v, off by %v ulp", seed, classes, spread, x[at+j], soft[at+j], ulps)
					}
					off := f.ULPs(log[at+j], wantLog[j]) * f.Unit(wantLog[j])
					if bound := 2*f.Unit(wantLog[j]) + (4+float64(classes)/8)*u; !(off <= bound) {
						t.Fatalf("seed %d, %d classes, %v: log-softmax of %v is %v, off by %v, the bound is %v", seed, classes, spread, x[at+j], log[at+j], off, bound)
					}
				}
			}
		}
	}
}

// runSoftmax gives the softmax of each row, and its logarithm.
func runSoftmax[T float](t *testing.T, e *Engine, dt ir.DType, x []float64, classes int) (soft, log []float64) {
	t.Helper()
	b := ir.NewBuilder("softmax", dt)
	in := b.Input("x", len(x)/classes, classes)
	p, err := b.Done([]ir.ID{b.Op(ir.Softmax, in), b.Emit(ir.Instr{Op: ir.Softmax, Args: []ir.ID{in}, Log: true})})
	if err != nil {
		t.Fatal(err)
	}
	exec, err := e.Compile(backend.Prepare(e, p), map[string]backend.Buffer{"x": newBuffer(convert[T](x))})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Close()
	if err := exec.Run(); err != nil {
		t.Fatal(err)
	}
	wide := func(i int) (out []float64) {
		for _, v := range exec.Output(i).(*buffer[T]).Data {
			out = append(out, float64(v))
		}
		return out
	}
	return wide(0), wide(1)
}

// A NaN among the classes reaches each of its row and no other row.
func TestSoftmaxOfNaN(t *testing.T) {
	soft, log := runSoftmax[float64](t, withWorkers(t, "go", 1), ir.Float64, []float64{1, 2, math.NaN(), 4}, 2)
	for i, want := range []bool{false, false, true, true} {
		if math.IsNaN(soft[i]) != want || math.IsNaN(log[i]) != want {
			t.Errorf("element %d: %v, %v", i, soft[i], log[i])
		}
	}
}
