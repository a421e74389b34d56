// Package blastest is the one test suite for everything that offers the matrix products of package blas.
package blastest

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stheno/stheno/blas"

	gonum "gonum.org/v1/gonum/blas"
)

// Test holds an implementation to a plain triple loop in float64: all transposes, leading dimensions wider than the
// matrices, factors 0, 1 and others, empty sizes, the chapter's shapes and random ones, and several goroutines at once.
func Test(t *testing.T, impl blas.Gemm) {
	t.Run("float32", func(t *testing.T) { suite(t, impl.Sgemm) })
	t.Run("float64", func(t *testing.T) { suite(t, impl.Dgemm) })
}

type float interface{ float32 | float64 }

// Gemm is one of the two products.
type Gemm[T float] func(tA, tB gonum.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)

// chapter are the products of the book's net at a batch of 100.
var chapter = []shape{
	{100, 50, 784, gonum.NoTrans, gonum.NoTrans},
	{784, 50, 100, gonum.Trans, gonum.NoTrans},
	{100, 10, 50, gonum.NoTrans, gonum.NoTrans},
	{100, 50, 10, gonum.NoTrans, gonum.Trans},
	{50, 10, 100, gonum.Trans, gonum.NoTrans},
}

func suite[T float](t *testing.T, f Gemm[T]) {
	const seed = 1
	r := rand.New(rand.NewPCG(seed, 0))
	var cases []shape
	for range 4 { // factors and leading dimensions are drawn anew each time
		cases = append(cases, chapter...)
	}
	cases = append(cases, shape{257, 193, 311, gonum.Trans, gonum.Trans}, shape{320, 256, 129, gonum.NoTrans, gonum.Trans})
	for range 400 {
		size := func() int { return []int{0, 1, 2 + r.IntN(30), 2 + r.IntN(150)}[r.IntN(4)] }
		cases = append(cases, shape{size(), size(), size(), transpose(r), transpose(r)})
	}
	for i, s := range cases {
		if err := check(f, s, rand.New(rand.NewPCG(seed, uint64(i)))); err != nil {
			t.Fatalf("seed %d, case %d: %v", seed, i, err)
		}
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i, s := range cases[3*len(chapter):][:60] { // the last round of the chapter's, and what follows
				if err := check(f, s, rand.New(rand.NewPCG(uint64(g), uint64(i)))); err != nil {
					t.Errorf("goroutine %d, case %d: %v", g, i, err)
				}
			}
		})
	}
	wg.Wait()
}

// check computes one product of random numbers.
func check[T float](f Gemm[T], s shape, r *rand.Rand) error {
	p := draw[T](r, s, normal, 1)
	return p.run(f, p.near)
}

func transpose(r *rand.Rand) gonum.Transpose {
	return []gonum.Transpose{gonum.NoTrans, gonum.Trans, gonum.ConjTrans}[r.IntN(3)]
}
