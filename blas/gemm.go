package blas

import "gonum.org/v1/gonum/blas"

// CheckGemm panics with gonum's words, in gonum's order, for a call that would read or write outside of its slices: that
// is a bug of the caller's.
func CheckGemm(tA, tB blas.Transpose, m, n, k, lenA, lda, lenB, ldb, lenC, ldc int) {
	rowsA, colsA := Stored(tA, m, k)
	rowsB, colsB := Stored(tB, k, n)
	some := m > 0 && n > 0
	switch { // each a bug of the caller's
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

// Stored is the shape in memory of an operand that is rows x cols in the product. It panics for what is no transpose, as gonum does.
func Stored(t blas.Transpose, rows, cols int) (int, int) {
	switch t {
	case blas.NoTrans:
		return rows, cols
	case blas.Trans, blas.ConjTrans:
		return cols, rows
	}
	panic("blas: illegal transpose")
}

// Scale computes C = beta·C for C of m x n, which is what is left of a product over nothing. With beta = 0, C is not read.
func Scale[T float32 | float64](m, n int, beta T, c []T, ldc int) {
	for i := range m {
		row := c[i*ldc : i*ldc+n]
		if beta == 0 {
			clear(row)
			continue
		}
		for j := range row {
			row[j] *= beta
		}
	}
}
