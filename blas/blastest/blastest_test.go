package blastest

import (
	"math/rand/v2"
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
	for name, f := range map[string]gemm[float64]{
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
			if err := Check(f, 8, 8, 8, gonum.NoTrans, gonum.Trans, 0x1p-53, r); err != nil {
				found = strings.Contains(err.Error(), "8x8x8")
			}
		}
		if !found {
			t.Errorf("%s: not found", name)
		}
	}
}
