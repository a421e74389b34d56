package native

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stheno/stheno/blas/blastest/bigmath"
)

// softmaxRow is a row with its reference.
type softmaxRow[T float] struct {
	x    []T
	want []*big.Float
}

// Rows of a type are made once, for all kernel sets.
var (
	softmaxRows32 = sync.OnceValue(softmaxRows[float32])
	softmaxRows64 = sync.OnceValue(softmaxRows[float64])
)

// softmaxRows differ in length, in range and in how far from zero they lie.
func softmaxRows[T float]() (rows []softmaxRow[T]) {
	r, each := rand.New(rand.NewPCG(31, 0)), 6
	if long() {
		each = 200
	}
	add := func(x []float64) {
		row := softmaxRow[T]{x: make([]T, len(x))}
		for i, v := range x {
			row.x[i] = T(v)
			x[i] = float64(row.x[i])
		}
		row.want, _ = bigmath.Softmax(x)
		rows = append(rows, row)
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
}

// softmaxULP is the bound that the documentation states.
func softmaxULP(cols int) float64 { return 4 + float64(cols)/8 }

func TestSoftmaxAccuracy(t *testing.T) {
	eachSet(t, func(t *testing.T) {
		t.Run("type=float32", func(t *testing.T) { testSoftmaxAccuracy(t, Ssoftmax, softmaxRows32(), bigmath.Single) })
		t.Run("type=float64", func(t *testing.T) { testSoftmaxAccuracy(t, Dsoftmax, softmaxRows64(), bigmath.Double) })
	})
}

func testSoftmaxAccuracy[T float](t *testing.T, softmax func(dst, x []T, cols int), rows []softmaxRow[T], f bigmath.Format) {
	worsts := map[int]*worst{}
	for _, row := range rows {
		x := row.x
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
