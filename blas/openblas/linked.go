//go:build openblas

package openblas

// #cgo LDFLAGS: -lopenblas
// extern void openblas_set_num_threads(int n);
// extern char *openblas_get_config(void);
import "C"

import (
	"fmt"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/netlib/blas/netlib"
)

func open() (library, error) {
	if wide(linked{}.config()) {
		return nil, fmt.Errorf("the OpenBLAS that this program is linked with has 64-bit integers: install the usual build (%s)", packages)
	}
	return linked{}, nil
}

// linked calls the library that the program was linked with.
type linked struct{ netlib.Implementation }

func (l linked) sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	l.Sgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

func (l linked) dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	l.Dgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

func (linked) setThreads(n int) { C.openblas_set_num_threads(C.int(n)) }

func (linked) config() string { return C.GoString(C.openblas_get_config()) }
