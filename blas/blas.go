// Package blas says what the engines need of a BLAS: the two general matrix products, with the method signatures of
// gonum.org/v1/gonum/blas, so that any implementation made for gonum or Gorgonia fits.
package blas

import "gonum.org/v1/gonum/blas"

// Gemm computes C = alpha·op(A)·op(B) + beta·C on row-major matrices, where op is the identity or the transpose.
// C is m x n, the sum runs over k; ld is the distance between rows, in elements. With beta = 0, C is not read.
type Gemm interface {
	Sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int)
	Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int)
}
