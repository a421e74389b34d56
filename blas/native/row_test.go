package native_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stheno/stheno/blas/native"

	"gonum.org/v1/gonum/blas"
)

// row is a row of k numbers, so large a share of which is not zero, and a matrix of k rows of n numbers, ldb apart.
func row[T float32 | float64](r *rand.Rand, k, n, ldb int, share float64) (x, b []T) {
	x, b = make([]T, k), make([]T, (k-1)*ldb+n)
	for i := range x {
		if r.Float64() < share {
			x[i] = T(r.NormFloat64())
		}
	}
	for i := range b {
		b[i] = T(r.NormFloat64())
	}
	return x, b
}

func gemmOf[T float32 | float64](m, n, k int, x, b []T, ldb int, c []T) {
	switch x := any(x).(type) {
	case []float32:
		native.Implementation{}.Sgemm(blas.NoTrans, blas.NoTrans, m, n, k, 1, x, k, any(b).([]float32), ldb, 0, any(c).([]float32), n)
	case []float64:
		native.Implementation{}.Dgemm(blas.NoTrans, blas.NoTrans, m, n, k, 1, x, k, any(b).([]float64), ldb, 0, any(c).([]float64), n)
	}
}

// TestMulRow: without the rows that meet a zero, the bits of the dense product; nothing behind a row's n columns, and of the matrix, is
// read or written.
func TestMulRow(t *testing.T) {
	t.Run("float32", testMulRow[float32])
	t.Run("float64", testMulRow[float64])
}

func testMulRow[T float32 | float64](t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for i, k := range []int{1, 2, 15, 63, 64, 255, 300, 511, 512, 513, 1030, 2500} {
		for _, n := range []int{1, 3, 16, 17, 64, 130, 257} {
			ldb := n + i%3*5
			x, b := row[T](r, k, n, ldb, []float64{0, 0.2, 0.7}[i%3])
			if i%2 == 0 {
				x[k-1] = 1 // meets the end of the matrix
			}
			for j := range b { // between the rows: must not count
				if j%ldb >= n {
					b[j] = T(math.NaN())
				}
			}
			want, got := make([]T, n), make([]T, n+1)
			got[n] = 7
			two := append(slices.Clone(x), x...) // two rows: not by what is tested
			twice := make([]T, 2*n)
			gemmOf(2, n, k, two, b[:len(b):len(b)], ldb, twice)
			copy(want, twice)
			native.MulRow(x, b[:len(b):len(b)], ldb, n, got[:n])
			if !slices.Equal(got[:n], want) || got[n] != 7 {
				t.Fatalf("seed %d, %d x %d: %v, want %v", seed, k, n, got, want)
			}
			gemmOf(1, n, k, x, b[:len(b):len(b)], ldb, got)
			if !slices.Equal(got[:n], want) || got[n] != 7 {
				t.Fatalf("seed %d, %d x %d, zeros included: %v, want %v", seed, k, n, got, want)
			}
		}
	}
	x, b := row[T](r, 600, 40, 40, 0.5)
	x[3] = 0
	if b[70] = T(math.Inf(1)); native.Finite(b, 40, 600, 40) || !native.Finite(b, 40, 600, 30) {
		t.Error("Finite does not find the one infinity, or finds one where there is none")
	}
	b[3*40+5] = T(math.Inf(1))
	c := make([]T, 40)
	if gemmOf(1, 40, 600, x, b, 40, c); c[5] == c[5] {
		t.Error("zero times infinity is lost where zeros are included")
	}
}

func BenchmarkMulRow(b *testing.B) {
	for _, c := range []struct{ k, n, ldb int }{{1152, 313, 625}, {784, 512, 1024}, {784, 50, 50}, {50, 10, 10}, {100, 10, 10}, {512, 10, 10}, {16, 16, 16}, {4, 4, 4}, {64, 64, 64}} {
		for _, share := range []float64{0.2, 0.5, 0.8, 1} {
			x, w := row[float32](rand.New(rand.NewPCG(1, 1)), c.k, c.n, c.ldb, share)
			y := make([]float32, c.n)
			b.Run(fmt.Sprintf("%dx%d/%v/without", c.k, c.n, share), func(b *testing.B) {
				for b.Loop() {
					native.MulRow(x, w, c.ldb, c.n, y)
				}
			})
			b.Run(fmt.Sprintf("%dx%d/%v/dense", c.k, c.n, share), func(b *testing.B) {
				for b.Loop() {
					gemmOf(1, c.n, c.k, x, w, c.ldb, y)
				}
			})
		}
	}
}
