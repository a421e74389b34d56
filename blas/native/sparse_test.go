package native

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
)

// sprinkled is random with a share of elements that are not zero; some zeros are negative.
func sprinkled[T float](r *rand.Rand, n int, share float64) []T {
	x := random[T](r, n)
	for i := range x {
		if r.Float64() >= share {
			x[i] = T(math.Copysign(0, float64(x[i])))
		}
	}
	return x
}

// TestSparse wants the bits of the dense product, for any cut into ranges of rows.
func TestSparse(t *testing.T) {
	eachSet(t, func(t *testing.T) {
		t.Run("type=float32", func(t *testing.T) { testSparse(t, Implementation{}.Sgemm) })
		t.Run("type=float64", func(t *testing.T) { testSparse(t, Implementation{}.Dgemm) })
	})
}

func testSparse[T float](t *testing.T, dense gemmFunc[T]) {
	const seed = 11
	r := rand.New(rand.NewPCG(seed, 0))
	shares, scales := []float64{0, 0.1, 0.2, 0.34, 1}, [][2]T{{1, 0}, {1, 1}, {-0.1, 1}, {2, 0.5}}
	if testing.Short() {
		shares, scales = []float64{0.2, 1}, [][2]T{{1, 0}, {-0.1, 1}}
	}
	for _, s := range [][3]int{{1, 1, 1}, {7, 3, 5}, {100, 50, 784}, {33, 10, 63}, {20, 16, 64}, {5, 17, 65}, {40, 130, 200}, {65, 300, 128}, {3, 64, 1024}, {1100, 9, 70}} {
		for _, share := range shares {
			for _, ab := range scales {
				rows, n, k := s[0], s[1], s[2]
				name := fmt.Sprintf("seed %d: %d x %d times %d columns, share %v, alpha %v, beta %v", seed, rows, k, n, share, ab[0], ab[1])
				a, ldb, ldc := sprinkled[T](r, rows*k, share), n+r.IntN(3), n+r.IntN(3)
				m := NewSparse(Gemm[T](dense), a, rows, k, n)
				packs := cuts(r, rows)
				for i := range len(packs) - 1 {
					m.Pack(packs[i], packs[i+1])
				}
				poison := share == 0.2 && ab[1] == 1 // an infinite number in B must meet A's zeros
				check := func(kind string, cRows, bRows int, tA blas.Transpose, mul func(lo, hi int, b, c []T)) {
					b := random[T](r, max(1, bRows*ldb))
					if poison {
						b[r.IntN(len(b))] = T(math.Inf(1))
					}
					got, intact := guarded[T](max(1, cRows*ldc), r.IntN(4))
					copy(got, random[T](r, len(got)))
					if ab[1] == 0 {
						got[0] = T(math.NaN()) // C may not be read
					}
					want := append([]T(nil), got...)
					dense(tA, blas.NoTrans, cRows, n, bRows, ab[0], a, k, b, ldb, ab[1], want, ldc)
					at := cuts(r, cRows)
					for i := range len(at) - 1 {
						mul(at[i], at[i+1], b, got[at[i]*ldc:])
					}
					if !intact() {
						t.Fatalf("%s: %s wrote outside C", name, kind)
					}
					for i := range got {
						if got[i] != want[i] && (got[i] == got[i] || want[i] == want[i]) {
							t.Fatalf("%s: %s: C[%d,%d] = %v, dense %v", name, kind, i/ldc, i%ldc, got[i], want[i])
						}
					}
				}
				check("A·B", rows, k, blas.NoTrans, func(lo, hi int, b, c []T) { m.Mul(lo, hi, n, ab[0], b, ldb, ab[1], c, ldc) })
				check("Aᵀ·B", k, rows, blas.Trans, func(lo, hi int, b, c []T) { m.MulTrans(lo, hi, n, ab[0], b, ldb, ab[1], c, ldc) })
			}
		}
	}
}

// cuts are the bounds of some ranges that cover n.
func cuts(r *rand.Rand, n int) []int {
	at := []int{0}
	for at[len(at)-1] < n {
		at = append(at, min(n, at[len(at)-1]+1+r.IntN(n)))
	}
	return at
}

// TestSparsePacks wants every element that is not zero, NaN too, and no other.
func TestSparsePacks(t *testing.T) {
	eachSet(t, func(t *testing.T) {
		k := kernelsOf[float32]().sparse
		if k.compress == nil {
			t.Skip("no sparse kernels in this set: products are dense")
		}
		t.Run("type=float32", func(t *testing.T) { testSparsePacks(t, kernelsOf[float32]().sparse.compress) })
		t.Run("type=float64", func(t *testing.T) { testSparsePacks(t, kernelsOf[float64]().sparse.compress) })
	})
}

func testSparsePacks[T float](t *testing.T, compress func(vals []T, cols, bounds []int32, x []T, ldx, rows, width, first, apart int) int) {
	const seed, rows, first = 12, 3, 7
	r := rand.New(rand.NewPCG(seed, 0))
	for width := range longest {
		ldx := width + width%3
		x := make([]T, rows*ldx)
		awkward(r, x)
		vals, intact := guarded[T](rows*width, width%5)
		cols, bounds := make([]int32, rows*width), make([]int32, 2*rows)
		if width == 0 {
			continue
		}
		apart := r.IntN(2) * (width + r.IntN(3))
		n := compress(vals, cols, bounds, x, ldx, rows, width, first, apart)
		at := 0
		for i := range rows {
			if bounds[2*i] != int32(first+at) {
				t.Fatalf("seed %d, width %d: row %d begins at %d, want %d", seed, width, i, bounds[2*i], first+at)
			}
			for j, v := range x[i*ldx:][:width] {
				if v == 0 {
					continue
				}
				if at >= n || cols[at] != int32(i*apart+j) || !sameBits(vals[at], v) {
					t.Fatalf("seed %d, width %d: element %d of row %d (%v) is not number %d of those packed", seed, width, j, i, v, at)
				}
				at++
			}
			if bounds[2*i+1] != int32(first+at) {
				t.Fatalf("seed %d, width %d: row %d ends at %d, want %d", seed, width, i, bounds[2*i+1], first+at)
			}
		}
		if at != n || !intact() {
			t.Fatalf("seed %d, width %d: %d packed, want %d; nothing else written: %v", seed, width, n, at, intact())
		}
	}
}

func TestSparseAllocatesNothing(t *testing.T) {
	a, b, c := sprinkled[float32](rand.New(rand.NewPCG(1, 1)), 100*784, 0.2), make([]float32, 784*50), make([]float32, 784*50)
	m := NewSparse(Implementation{}.Sgemm, a, 100, 784, 50)
	if n := testing.AllocsPerRun(10, func() {
		m.Pack(0, 100)
		m.Mul(0, 100, 50, 1, b, 50, 0, c, 50)
		m.MulTrans(0, 784, 50, 1, b, 50, 0, c, 50)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkSparse compares with the dense product, by the share of elements that are not zero.
func BenchmarkSparse(b *testing.B) {
	eachSet(b, func(b *testing.B) {
		b.Run("type=float32", func(b *testing.B) { benchmarkSparse(b, Implementation{}.Sgemm) })
		b.Run("type=float64", func(b *testing.B) { benchmarkSparse(b, Implementation{}.Dgemm) })
	})
}

func benchmarkSparse[T float](b *testing.B, dense gemmFunc[T]) {
	const rows, k = 100, 784
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{10, 50, 1024} {
		x, d, z, w := random[T](r, k*n), random[T](r, rows*n), make([]T, rows*n), make([]T, k*n)
		for _, share := range []float64{0.2, 0.35} {
			a := sprinkled[T](r, rows*k, share)
			m := NewSparse(Gemm[T](dense), a, rows, k, n)
			m.Pack(0, rows)
			name := fmt.Sprintf("n=%d/share=%v/", n, share)
			run := func(what string, f func()) {
				b.Run(name+what, func(b *testing.B) {
					for b.Loop() {
						f()
					}
				})
			}
			run("pack", func() { m.Pack(0, rows) })
			run("AB/sparse", func() { m.Mul(0, rows, n, 1, x, n, 0, z, n) })
			run("AB/dense", func() { dense(blas.NoTrans, blas.NoTrans, rows, n, k, 1, a, k, x, n, 0, z, n) })
			run("AtB/sparse", func() { m.MulTrans(0, k, n, -0.001, d, n, 1, w, n) })
			run("AtB/dense", func() { dense(blas.Trans, blas.NoTrans, k, n, rows, -0.001, a, k, d, n, 1, w, n) })
		}
	}
}
