package native

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"sync"
	"testing"

	"stheno/blas/blastest/bigmath"
)

// softmaxRow is a row with its reference. All its numbers are float32's, too.
type softmaxRow struct {
	x    []float64
	want []*big.Float
}

// softmaxRows differ in length, in range and in how far from zero they lie.
var softmaxRows = sync.OnceValue(func() (rows []softmaxRow) {
	r, each := rand.New(rand.NewPCG(31, 0)), 6
	if long() {
		each = 200
	}
	add := func(x []float64) {
		for i, v := range x {
			x[i] = float64(float32(v))
		}
		soft, _ := bigmath.Softmax(x)
		rows = append(rows, softmaxRow{x, soft})
	}
	for _, cols := range []int{1, 2, 3, 7, 10, 17, 33, 100, 1000} {
		for _, spread := range []float64{1e-3, 1, 30, 110, 760} {
			for range max(1, each*10/(10+cols)) {
				at := []float64{0, 1, -1000, 3e7}[r.IntN(4)]
				x := make([]float64, cols)
				for i := range x {
					x[i] = at + spread*(2*r.Float64()-1)
				}
				add(x)
			}
		}
	}
	add([]float64{math.MaxFloat32, -math.MaxFloat32, 0, math.MaxFloat32})
	add([]float64{math.SmallestNonzeroFloat32, -math.SmallestNonzeroFloat32, 0, 1})
	add([]float64{-1e38, -1e38, -1e38 - 1e31})
	return rows
})

// softmaxULP is the bound that the documentation states.
func softmaxULP(cols int) float64 { return 4 + float64(cols)/8 }

func TestSoftmaxAccuracy(t *testing.T) {
	eachSet(t, func(t *testing.T) {
		t.Run("type=float32", func(t *testing.T) { testSoftmaxAccuracy(t, Ssoftmax, bigmath.Single) })
		t.Run("type=float64", func(t *testing.T) { testSoftmaxAccuracy(t, Dsoftmax, bigmath.Double) })
	})
}

func testSoftmaxAccuracy[T float](t *testing.T, softmax func(dst, x []T, cols int), f bigmath.Format) {
	worsts := map[int]*worst{}
	for _, row := range softmaxRows() {
		x := make([]T, len(row.x))
		for i, v := range row.x {
			x[i] = T(v)
		}
		w := worsts[len(x)]
		if w == nil {
			w = &worst{}
			worsts[len(x)] = w
		}
		got := make([]T, len(x))
		softmax(got, x, len(x))
		for i, v := range got {
			w.see(f.ULPs(float64(v), row.want[i]), fmt.Sprintf("%v: %v, want %.17g", x[i], v, row.want[i]))
		}
	}
	for cols, w := range worsts {
		t.Run(fmt.Sprintf("cols=%d", cols), func(t *testing.T) { w.check(t, softmaxULP(cols)) })
	}
}
