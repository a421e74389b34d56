// Package openblas is the machine's OpenBLAS behind gonum's method signatures.
//
// A plain build loads the shared library at run time, without cgo. Under the build tag openblas it is linked, through
// gonum.org/v1/netlib. Both are a *Library from Open; OpenBLAS's own threads are switched off, because its callers cut
// the work themselves and its threads make narrow products slower.
package openblas

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"

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
	sgemm(tA, tB byte, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int)
	dgemm(tA, tB byte, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int)
	setThreads(n int)
	config() string
}

// errMissing is what Open says where there is no OpenBLAS.
var errMissing = errors.New("OpenBLAS is not on this machine: install it (Debian: apt-get install libopenblas0; macOS: brew install openblas)")

// errWide is for a build whose integers are twice as wide as those that it would be given.
var errWide = errors.New("the OpenBLAS of this machine has 64-bit integers: install the usual build (Debian: apt-get install libopenblas0; macOS: brew install openblas)")

// Open finds the machine's OpenBLAS, and lets it prove itself on some products.
func Open() (*Library, error) {
	lib, err := open()
	if err != nil {
		return nil, err
	}
	if wide(lib.config()) {
		return nil, errWide
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
	check(tA, tB, m, n, k, len(a), lda, len(b), ldb, len(c), ldc)
	if m == 0 || n == 0 {
		return
	}
	if k == 0 {
		scale(beta, m, n, c, ldc)
		return
	}
	l.lib.sgemm(byte(tA), byte(tB), m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Dgemm is C = alpha·op(A)·op(B) + beta·C in float64, with gonum's arguments and panics.
func (l *Library) Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	check(tA, tB, m, n, k, len(a), lda, len(b), ldb, len(c), ldc)
	if m == 0 || n == 0 {
		return
	}
	if k == 0 {
		scale(beta, m, n, c, ldc)
		return
	}
	l.lib.dgemm(byte(tA), byte(tB), m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// scale is what is left of a product over nothing: C = beta·C, and 0 where beta is 0.
func scale[T float32 | float64](beta T, m, n int, c []T, ldc int) {
	for i := range m {
		row := c[i*ldc : i*ldc+n]
		for j := range row {
			if beta == 0 {
				row[j] = 0
			} else {
				row[j] *= beta
			}
		}
	}
}

// check panics on what would read or write outside the slices: a bug of the caller's, as in gonum.
func check(tA, tB blas.Transpose, m, n, k, lenA, lda, lenB, ldb, lenC, ldc int) {
	rowsA, colsA := m, k
	if transposed(tA) {
		rowsA, colsA = k, m
	}
	rowsB, colsB := k, n
	if transposed(tB) {
		rowsB, colsB = n, k
	}
	if m < 0 || n < 0 || k < 0 {
		panic(fmt.Sprintf("openblas: negative size in %dx%dx%d", m, n, k))
	}
	if m == 0 || n == 0 {
		return
	}
	checkMatrix("A", rowsA, colsA, lenA, lda)
	checkMatrix("B", rowsB, colsB, lenB, ldb)
	checkMatrix("C", m, n, lenC, ldc)
}

// checkMatrix panics on a matrix that is not in its slice, or too large for the library.
func checkMatrix(name string, rows, cols, length, ld int) {
	if ld < max(1, cols) {
		panic(fmt.Sprintf("openblas: leading dimension %d of %s is less than its %d columns", ld, name, cols))
	}
	if rows > math.MaxInt32 || ld > math.MaxInt32 {
		panic(fmt.Sprintf("openblas: %s, %d rows with leading dimension %d, is beyond the library's 32-bit sizes", name, rows, ld))
	}
	if rows > 0 && cols > 0 && length < (rows-1)*ld+cols {
		panic(fmt.Sprintf("openblas: %d elements of %s are too few for %dx%d with leading dimension %d", length, name, rows, cols, ld))
	}
}

// transposed reports whether the operand is stored transposed. It panics for what is no transpose.
func transposed(t blas.Transpose) bool {
	switch t {
	case blas.NoTrans:
		return false
	case blas.Trans, blas.ConjTrans:
		return true
	}
	panic(fmt.Sprintf("openblas: transpose %q", byte(t)))
}
