// Package blastest is the one test suite for everything that offers the matrix products of package blas.
package blastest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
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
	var cases []shape
	for range 4 { // factors and leading dimensions are drawn anew each time
		cases = append(cases, chapter...)
	}
	cases = append(cases, shape{257, 193, 311, gonum.Trans, gonum.Trans}, shape{320, 256, 129, gonum.NoTrans, gonum.Trans})
	for range 400 {
		size := func() int { return []int{0, 1, 2 + r.IntN(30), 2 + r.IntN(150)}[r.IntN(4)] }
		trans := func() gonum.Transpose {
			return []gonum.Transpose{gonum.NoTrans, gonum.Trans, gonum.ConjTrans}[r.IntN(3)]
		}
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
			for i, s := range cases[3*len(chapter):][:60] { // the last round of the chapter's, and what follows
				if err := Check(f, s.m, s.n, s.k, s.tA, s.tB, ulp, rand.New(rand.NewPCG(uint64(g), uint64(i)))); err != nil {
					t.Errorf("goroutine %d, case %d: %v", g, i, err)
				}
			}
		})
	}
	wg.Wait()
}

// Check computes one product with random numbers and compares it; ulp is the type's unit roundoff. All that is not the
// result must keep its bits: A, B, what is between the rows of C, and what is around the three. The error of a sum of k
// products is bounded by about k·ulp times the sum of their absolute values (Higham, Accuracy and Stability of Numerical
// Algorithms, 2002, section 3.1).
func Check[T float32 | float64](f func(tA, tB gonum.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int), m, n, k int, tA, tB gonum.Transpose, ulp float64, r *rand.Rand) error {
	factors := []T{0, 1, -1, 0.3}
	alpha, beta := factors[r.IntN(4)], factors[r.IntN(4)]
	a, lda := matrix[T](r, m, k, tA)
	b, ldb := matrix[T](r, k, n, tB)
	c, ldc := matrix[T](r, m, n, gonum.NoTrans)
	if beta == 0 { // C must not be read
		for i := range c {
			c[i] = T(math.NaN())
		}
	}
	old := slices.Clone(c)
	ga, gb, gc := guard(a), guard(b), guard(c)
	got := gc.inside
	f(tA, tB, m, n, k, alpha, ga.inside, lda, gb.inside, ldb, beta, got, ldc)
	switch {
	case !same(ga.inside, a), !same(gb.inside, b):
		return fmt.Errorf("%dx%dx%d: wrote to A or B", m, n, k)
	case !ga.whole(), !gb.whole(), !gc.whole():
		return fmt.Errorf("%dx%dx%d: wrote outside of a matrix", m, n, k)
	}
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
		if end := min((i+1)*ldc, len(got)); !same(got[i*ldc+n:end], old[i*ldc+n:end]) {
			return fmt.Errorf("%dx%dx%d, beta %v: wrote between the rows of C", m, n, k, beta)
		}
	}
	return nil
}

// guarded is a copy of a matrix with canaries before and after it: a vector's width, what a kernel overshoots by.
type guarded[T float32 | float64] struct{ all, inside []T }

const (
	canary   = 1e9
	canaries = 16
)

func guard[T float32 | float64](x []T) guarded[T] {
	row := slices.Repeat([]T{canary}, canaries)
	all := slices.Concat(row, x, row)
	end := canaries + len(x)
	return guarded[T]{all, all[canaries:end:end]}
}

func (g guarded[T]) whole() bool {
	dead := func(x T) bool { return x != canary }
	return !slices.ContainsFunc(g.all[:canaries], dead) && !slices.ContainsFunc(g.all[len(g.all)-canaries:], dead)
}

// same takes NaN for equal to NaN.
func same[T float32 | float64](x, y []T) bool {
	return slices.EqualFunc(x, y, func(a, b T) bool { return a == b || a != a && b != b })
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
