// Package blastest is the one test suite for everything that offers the matrix products of package blas.
package blastest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"stheno/blas"

	gonum "gonum.org/v1/gonum/blas"
)

// Test holds an implementation to a plain triple loop in float64: all transposes, leading dimensions wider than the
// matrices, factors 0, 1 and others, empty sizes, the chapter's shapes and random ones, and several goroutines at once.
func Test(t *testing.T, impl blas.Gemm) {
	t.Run("float32", func(t *testing.T) { suite(t, impl.Sgemm, 0x1p-24) })
	t.Run("float64", func(t *testing.T) { suite(t, impl.Dgemm, 0x1p-53) })
}

type gemm[T float32 | float64] func(tA, tB gonum.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)

// shape is one product: C is m x n, the sum runs over k.
type shape struct {
	m, n, k int
	tA, tB  gonum.Transpose
}

// chapter are the products of the book's net at a batch of 100.
var chapter = []shape{
	{100, 50, 784, gonum.NoTrans, gonum.NoTrans},
	{784, 50, 100, gonum.Trans, gonum.NoTrans},
	{100, 10, 50, gonum.NoTrans, gonum.NoTrans},
	{100, 50, 10, gonum.NoTrans, gonum.Trans},
	{50, 10, 100, gonum.Trans, gonum.NoTrans},
}

func suite[T float32 | float64](t *testing.T, f gemm[T], ulp float64) {
	const seed = 1
	r := rand.New(rand.NewPCG(seed, 0))
	cases := append([]shape(nil), chapter...)
	for range 400 {
		size := func() int { return []int{0, 1, 2 + r.IntN(30), 2 + r.IntN(150)}[r.IntN(4)] }
		trans := func() gonum.Transpose { return []gonum.Transpose{gonum.NoTrans, gonum.Trans}[r.IntN(2)] }
		cases = append(cases, shape{size(), size(), size(), trans(), trans()})
	}
	for i, s := range cases {
		if err := Check(f, s.m, s.n, s.k, s.tA, s.tB, ulp, rand.New(rand.NewPCG(seed, uint64(i)))); err != nil {
			t.Fatalf("seed %d, case %d: %v", seed, i, err)
		}
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i, s := range cases[:60] {
				if err := Check(f, s.m, s.n, s.k, s.tA, s.tB, ulp, rand.New(rand.NewPCG(uint64(g), uint64(i)))); err != nil {
					t.Errorf("goroutine %d, case %d: %v", g, i, err)
				}
			}
		})
	}
	wg.Wait()
}

// Check computes one product with random numbers and compares it; ulp is the type's unit roundoff. The error of a sum of
// k products is bounded by about k·ulp times the sum of their absolute values (Higham, Accuracy and Stability of Numerical
// Algorithms, 2002, section 3.1).
func Check[T float32 | float64](f func(tA, tB gonum.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int), m, n, k int, tA, tB gonum.Transpose, ulp float64, r *rand.Rand) error {
	factors := []T{0, 1, -1, 0.3}
	alpha, beta := factors[r.IntN(4)], factors[r.IntN(4)]
	a, lda := matrix[T](r, m, k, tA)
	b, ldb := matrix[T](r, k, n, tB)
	c, ldc := matrix[T](r, m, n, gonum.NoTrans)
	old := append([]T(nil), c...)
	if beta == 0 { // C must not be read
		for i := range c {
			c[i] = T(math.NaN())
		}
	}
	const canary = 1e9
	guarded := append(append([]T{canary}, c...), canary)
	f(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, guarded[1:len(guarded)-1:len(guarded)-1], ldc)
	if guarded[0] != canary || guarded[len(guarded)-1] != canary {
		return fmt.Errorf("%dx%dx%d: wrote outside of C", m, n, k)
	}
	got := guarded[1:]
	for i := range m {
		for j := range n {
			sum, size := 0.0, 0.0
			for l := range k {
				p := float64(at(a, lda, tA, i, l)) * float64(at(b, ldb, tB, l, j))
				sum += p
				size += math.Abs(p)
			}
			want := float64(alpha) * sum
			size *= math.Abs(float64(alpha))
			if beta != 0 {
				want += float64(beta) * float64(old[i*ldc+j])
				size += math.Abs(float64(beta) * float64(old[i*ldc+j]))
			}
			bound := float64(k+4) * 2 * ulp * size
			if d := math.Abs(float64(got[i*ldc+j]) - want); !(d <= bound) {
				return fmt.Errorf("%dx%dx%d, transposes %c%c, alpha %v, beta %v: C[%d,%d] = %v, want %v within %g",
					m, n, k, tA, tB, alpha, beta, i, j, got[i*ldc+j], want, bound)
			}
		}
		for j := n; j < ldc && i < m-1; j++ { // between the rows
			if x := got[i*ldc+j]; beta != 0 && x != old[i*ldc+j] {
				return fmt.Errorf("%dx%dx%d: wrote between the rows of C", m, n, k)
			}
		}
	}
	return nil
}

// matrix draws what is stored for op(X) of rows x cols, with a leading dimension that is often too wide.
func matrix[T float32 | float64](r *rand.Rand, rows, cols int, t gonum.Transpose) ([]T, int) {
	if t != gonum.NoTrans {
		rows, cols = cols, rows
	}
	ld := max(1, cols+r.IntN(2)*r.IntN(5))
	x := make([]T, max(0, (rows-1)*ld+cols))
	for i := range x {
		x[i] = T(r.NormFloat64())
	}
	return x, ld
}

func at[T float32 | float64](x []T, ld int, t gonum.Transpose, i, j int) T {
	if t != gonum.NoTrans {
		i, j = j, i
	}
	return x[i*ld+j]
}
