package openblas

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/blas"
)

// proofs are products that a library must have right before it is used: an old build can have kernels that are wrong on a processor
// that is newer than it. C is m x n, the sum runs over k.
var proofs = []struct {
	tA, tB  blas.Transpose
	m, n, k int
}{
	{blas.NoTrans, blas.NoTrans, 1, 1, 1},
	{blas.Trans, blas.Trans, 7, 5, 3},
	{blas.NoTrans, blas.NoTrans, 1, 50, 784},
	{blas.NoTrans, blas.NoTrans, 33, 65, 129},
	{blas.NoTrans, blas.Trans, 33, 65, 129},
	{blas.Trans, blas.NoTrans, 33, 65, 129},
	{blas.Trans, blas.Trans, 33, 65, 129},
	{blas.Trans, blas.NoTrans, 300, 50, 100},
	{blas.NoTrans, blas.Trans, 100, 300, 50},
	{blas.NoTrans, blas.NoTrans, 34, 70, 1100},
}

// prove computes products of small whole numbers, whose sums are exact in both types, and holds C·v to A·(B·v) for a vector v. It
// takes some milliseconds.
func (l *Library) prove() error {
	for _, p := range proofs {
		if !proven(l.Sgemm, p.tA, p.tB, p.m, p.n, p.k) || !proven(l.Dgemm, p.tA, p.tB, p.m, p.n, p.k) {
			return fmt.Errorf("OpenBLAS computes wrong products on this processor (%s; %dx%d by %dx%d, transposes %c%c): "+
				"install a newer one, or set OPENBLAS_CORETYPE to an older kernel, such as Haswell, or use the engine go",
				strings.TrimSpace(l.Config()), p.m, p.k, p.k, p.n, p.tA, p.tB)
		}
	}
	return nil
}

func proven[T float32 | float64](gemm func(tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int), tA, tB blas.Transpose, m, n, k int) bool {
	plainA, plainB, v, c := whole[T](m, k, 7), whole[T](k, n, 11), whole[T](1, n, 5), make([]T, m*n)
	for i := range c {
		c[i] = T(math.NaN()) // with beta = 0 it must not be read
	}
	a, b, lda, ldb := plainA, plainB, k, n
	if tA != blas.NoTrans {
		a, lda = turned(plainA, m, k), m
	}
	if tB != blas.NoTrans {
		b, ldb = turned(plainB, k, n), k
	}
	gemm(tA, tB, m, n, k, 2, a, lda, b, ldb, 0, c, n)
	gemm(tA, tB, m, n, k, -1, a, lda, b, ldb, 2, c, n) // 2·2·AB − AB
	abv := times(plainA, times(plainB, v))
	for i, x := range times(c, v) {
		if x != 3*abv[i] {
			return false
		}
	}
	return true
}

// whole is a matrix of numbers from -3 to 3.
func whole[T float32 | float64](rows, cols, seed int) []T {
	x := make([]T, rows*cols)
	for i := range x {
		x[i] = T((i*seed+i/7*5+i/cols*3)%7 - 3)
	}
	return x
}

func turned[T any](x []T, rows, cols int) []T {
	out := make([]T, len(x))
	for i := range rows {
		for j := range cols {
			out[j*rows+i] = x[i*cols+j]
		}
	}
	return out
}

// times is a matrix by a vector, summed in float64, which is exact here.
func times[T float32 | float64](x, v []T) []T {
	out := make([]T, len(x)/len(v))
	for i := range out {
		sum := 0.0
		for j, y := range v {
			sum += float64(x[i*len(v)+j]) * float64(y)
		}
		out[i] = T(sum)
	}
	return out
}
