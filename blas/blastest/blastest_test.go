package blastest

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"

	gonum "gonum.org/v1/gonum/blas"
	impl "gonum.org/v1/gonum/blas/gonum"
)

// TestSuiteOnGonum: the suite accepts an implementation that is known to be right.
func TestSuiteOnGonum(t *testing.T) { Test(t, impl.Implementation{}) }

// TestSuiteFindsFaults: and it refuses wrong ones.
func TestSuiteFindsFaults(t *testing.T) {
	right := impl.Implementation{}.Dgemm
	for name, f := range map[string]Gemm[float64]{
		"one element off": func(tA, tB gonum.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
			right(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
			c[len(c)-1] *= 1 + 1e-9
		},
		"C is read": func(tA, tB gonum.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
			for i := range c {
				c[i] *= beta
			}
			right(tA, tB, m, n, k, alpha, a, lda, b, ldb, 1, c, ldc)
		},
		"transposes exchanged": func(tA, tB gonum.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
			right(tB, tA, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		},
		"gaps overwritten where beta is 0": func(tA, tB gonum.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
			right(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
			for i := n; beta == 0 && i < ldc; i++ {
				c[i] = 0
			}
		},
		"a vector past the end": func(tA, tB gonum.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
			right(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
			*(*float64)(unsafe.Add(unsafe.Pointer(&c[0]), 8*(len(c)+7))) = 0
		},
		"A and B change their signs": func(tA, tB gonum.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
			right(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
			a[0], b[0] = -a[0], -b[0]
		},
	} {
		found := false
		for i := range uint64(40) {
			r := rand.New(rand.NewPCG(3, i))
			if err := check(f, shape{8, 8, 8, gonum.NoTrans, gonum.Trans}, r); err != nil {
				found = strings.Contains(err.Error(), "8x8x8")
			}
		}
		if !found {
			t.Errorf("%s: not found", name)
		}
	}
}

// TestRandomFindsFaults: what only small blocks, a third run, spoilt scratch memory or the check of the whole C shows.
func TestRandomFindsFaults(t *testing.T) {
	right := impl.Implementation{}.Dgemm
	run, kept := 0, []float64(nil)
	for name, c := range map[string]struct {
		f Gemm[float64]
		x Random
	}{
		"beta goes from one block of columns to the next": {
			func(tA, tB gonum.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
				for j := 0; j < n; j += 16 {
					for p := 0; p < k; p += 8 {
						if p > 0 {
							beta = 1
						}
						right(tA, tB, m, min(16, n-j), min(8, k-p), alpha, from(a, lda, tA, 0, p), lda, from(b, ldb, tB, p, j), ldb, beta, c[j:], ldc)
					}
				}
			}, Random{Borders: []int{8, 16}}},
		"the third run": {
			func(tA, tB gonum.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
				right(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
				if run++; run%runs == 0 && m*n > 0 {
					c[0]++
				}
			}, Random{}},
		"scratch memory is not written": {
			func(tA, tB gonum.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
				if run++; run%runs == 1 {
					kept = slices.Clone(b)
				}
				right(tA, tB, m, n, k, alpha, a, lda, kept, ldb, beta, c, ldc)
			}, Random{Poison: func() { spoil(kept) }}},
		"one element of many": {
			func(tA, tB gonum.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
				right(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
				if m*n > 0 {
					c[(m/2)*ldc+n/2]++
				}
			}, Random{Exact: true}},
	} {
		c.x.Seed, c.x.Count, c.x.Most, c.x.Share = 4, 100, 40, 1
		if err := Check(right, c.x); err != nil {
			t.Errorf("%s: the right product fails: %v", name, err)
		}
		err := Check(c.f, c.x)
		if err == nil || strings.Contains(err.Error(), "a bug of the test") {
			t.Errorf("%s: not found: %v", name, err)
		}
	}
}

// from is op(X) from its element (i, j) on.
func from(x []float64, ld int, t gonum.Transpose, i, j int) []float64 {
	if t != gonum.NoTrans {
		i, j = j, i
	}
	return x[i*ld+j:]
}
