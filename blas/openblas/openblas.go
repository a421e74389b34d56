// Package openblas is the machine's OpenBLAS behind gonum's method signatures.
//
// A plain build loads the shared library at run time, without cgo. Under the build tag openblas it is linked, through
// gonum.org/v1/netlib. Both are a *Library from Open; OpenBLAS's own threads are switched off, because its callers cut
// the work themselves and its threads make narrow products slower.
package openblas

import (
	"fmt"
	"math"
	"strings"
	"sync"

	ours "github.com/stheno/stheno/blas"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// Library computes matrix products with OpenBLAS. Everything else of a BLAS comes from gonum, so that it can also be
// given to gorgonia.Use. It is safe for use from several goroutines.
type Library struct {
	gonum.Implementation
	lib library
}

// library is what a way of reaching OpenBLAS offers. Sizes have been checked and are not 0.
type library interface {
	sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int)
	dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int)
	setThreads(n int)
	config() string
}

// gemmCall is sgemm or dgemm.
type gemmCall[T float32 | float64] func(tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)

// packages are where OpenBLAS comes from.
const packages = "Debian: apt-get install libopenblas0; Fedora: dnf install openblas-serial; Arch: pacman -S openblas; " +
	"Alpine: apk add openblas; Conda: conda install libopenblas; macOS: brew install openblas"

// Open finds the machine's OpenBLAS, and lets it prove itself on some products.
func Open() (*Library, error) {
	lib, err := open()
	if err != nil {
		return nil, err
	}
	lib.setThreads(1)
	l := &Library{lib: lib}
	return l, proof(l)
}

var (
	once   sync.Once
	proved error
)

// proof is what the first library of the process has proven: it is there once.
func proof(l *Library) error {
	once.Do(func() { proved = l.prove() })
	return proved
}

// wide says whether a library with this configuration takes 64-bit integers; its name need not tell.
func wide(config string) bool { return strings.Contains(config, "USE64BITINT") }

// Config is what the library says of itself: version, build options and the core that it was tuned for.
func (l *Library) Config() string { return l.lib.config() }

// SetThreads sets how many threads one product may use.
func (l *Library) SetThreads(n int) { l.lib.setThreads(n) }

// Sgemm is C = alpha·op(A)·op(B) + beta·C in float32, with gonum's arguments and panics.
func (l *Library) Sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	gemm(l.lib.sgemm, tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Dgemm is Sgemm in float64.
func (l *Library) Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	gemm(l.lib.dgemm, tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// gemm gives the library what it can take. It panics for sizes beyond the library's, as for those that gonum does not take.
func gemm[T float32 | float64](call gemmCall[T], tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	ours.CheckGemm(tA, tB, m, n, k, len(a), lda, len(b), ldb, len(c), ldc)
	if m == 0 || n == 0 {
		return
	}
	if k == 0 {
		ours.Scale(m, n, beta, c, ldc)
		return
	}
	for _, size := range [...]int{m, n, k, lda, ldb, ldc} {
		if size > math.MaxInt32 {
			panic(fmt.Sprintf("openblas: %d is beyond the library's 32-bit sizes", size))
		}
	}
	call(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}
