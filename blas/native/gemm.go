package native

import (
	ours "github.com/stheno/stheno/blas"

	"gonum.org/v1/gonum/blas"
)

// Implementation is a BLAS of two functions, the general matrix products, with the signatures of
// gonum.org/v1/gonum/blas. The zero value is ready for use.
type Implementation struct{}

// Sgemm computes
//
//	C = alpha·op(A)·op(B) + beta·C
//
// on row-major float32 matrices, where op is the identity or the transpose, op(A) is m x k, op(B) is k x n and C is
// m x n. lda, ldb and ldc are the distances between the rows of A, B and C as they are stored. With beta = 0, C is not
// read; with alpha = 0, A and B are not read. It panics for bad arguments as gonum does.
func (Implementation) Sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	ours.CheckGemm(tA, tB, m, n, k, len(a), lda, len(b), ldb, len(c), ldc)
	gemm(&active.Load().s.gemm, &sfree, tA != blas.NoTrans, tB != blas.NoTrans, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Dgemm is Sgemm for float64.
func (Implementation) Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	ours.CheckGemm(tA, tB, m, n, k, len(a), lda, len(b), ldb, len(c), ldc)
	gemm(&active.Load().d.gemm, &dfree, tA != blas.NoTrans, tB != blas.NoTrans, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}
