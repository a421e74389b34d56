package native

import "gonum.org/v1/gonum/blas"

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
	check(tA, tB, m, n, k, len(a), lda, len(b), ldb, len(c), ldc)
	gemm(&active.Load().s.gemm, &sfree, tA != blas.NoTrans, tB != blas.NoTrans, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Dgemm is Sgemm for float64.
func (Implementation) Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	check(tA, tB, m, n, k, len(a), lda, len(b), ldb, len(c), ldc)
	gemm(&active.Load().d.gemm, &dfree, tA != blas.NoTrans, tB != blas.NoTrans, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// check panics with gonum's words, in gonum's order.
func check(tA, tB blas.Transpose, m, n, k, lenA, lda, lenB, ldb, lenC, ldc int) {
	rowsA, colsA := stored(tA, m, k)
	rowsB, colsB := stored(tB, k, n)
	some := m > 0 && n > 0
	switch {
	case m < 0:
		panic("blas: m < 0")
	case n < 0:
		panic("blas: n < 0")
	case k < 0:
		panic("blas: k < 0")
	case lda < max(1, colsA):
		panic("blas: bad leading dimension of A")
	case ldb < max(1, colsB):
		panic("blas: bad leading dimension of B")
	case ldc < max(1, n):
		panic("blas: bad leading dimension of C")
	case some && lenA < (rowsA-1)*lda+colsA:
		panic("blas: insufficient length of a")
	case some && lenB < (rowsB-1)*ldb+colsB:
		panic("blas: insufficient length of b")
	case some && lenC < (m-1)*ldc+n:
		panic("blas: insufficient length of c")
	}
}

// stored is the shape in memory of an operand that is rows x cols in the product. It panics for what is no transpose.
func stored(t blas.Transpose, rows, cols int) (int, int) {
	switch t {
	case blas.NoTrans:
		return rows, cols
	case blas.Trans, blas.ConjTrans:
		return cols, rows
	}
	panic("blas: illegal transpose")
}
