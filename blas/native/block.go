package native

import ours "github.com/stheno/stheno/blas"

// operand is a matrix of a product: element (i, j) is data[i*rs+j*cs].
type operand[T float] struct {
	data   []T
	rs, cs int
}

func (o operand[T]) from(i, j int) operand[T] {
	return operand[T]{o.data[i*o.rs+j*o.cs:], o.rs, o.cs}
}

// gemm computes C = alpha·op(A)·op(B) + beta·C.
func gemm[T float](kern *gemmKernel[T], free *freeList[T], aT, bT bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	if m == 0 || n == 0 {
		return
	}
	if alpha == 0 || k == 0 {
		ours.Scale(m, n, beta, c, ldc)
		return
	}
	if set := kernelsOf[T](); m == 1 && n*k >= rowPays && !bT && (!aT || lda == 1) && set.hasRows() && kern == &set.gemm {
		oneRow(set, free, alpha, a[:k], b, ldb, n, beta, c)
		return
	}
	A, B := operand[T]{a, lda, 1}, operand[T]{b, ldb, 1}
	if aT {
		A = operand[T]{a, 1, lda}
	}
	if bT {
		B = operand[T]{b, 1, ldb}
	}
	narrow := narrowColumns(kern, A, m, n, k)
	if n -= narrow; n > 0 {
		wide(kern, free, m, n, k, alpha, A, B, beta, c, ldc)
	}
	if narrow > 0 {
		flipped(kern, free, m, narrow, k, alpha, A, B.from(0, n), beta, c[n:], ldc)
	}
}

// wide is five loops around a tile: blocks of B's columns, blocks of k, blocks of A's rows; then panels of B, and
// tiles. A tile reads its operands where they lie unless packing pays, or B's rows are not contiguous.
func wide[T float](kern *gemmKernel[T], free *freeList[T], m, n, k int, alpha T, A, B operand[T], beta T, c []T, ldc int) {
	pack, by := packing(kern, A, B, m, n, k), kern.blocking
	var w *workspace[T]
	if pack.a || pack.b {
		w = free.get()
		defer free.put(w)
	}
	for jc := 0; jc < n; jc += by.NC {
		nc := min(by.NC, n-jc)
		for pc, kc := 0, 0; pc < k; pc += kc {
			kc = share(k-pc, by.KC)
			blockB, panelB := B.from(pc, jc), kern.nr
			if pack.b {
				blockB, panelB = w.packB(kern, blockB, kc, nc), kern.nr*kc
			}
			for ic, mc := 0, 0; ic < m; ic += mc {
				mc = share(m-ic, by.MC)
				blockA := A.from(ic, pc)
				if pack.a {
					blockA = w.packA(blockA, mc, kc)
				}
				kern.block(mc, nc, kc, alpha, blockA, blockB, panelB, betaAt(pc, beta), c[ic*ldc+jc:], ldc)
			}
		}
	}
}

// block multiplies a block of A by the panels of B, which begin every panelB elements.
func (kern *gemmKernel[T]) block(mc, nc, kc int, alpha T, a, b operand[T], panelB int, beta T, c []T, ldc int) {
	for jr := 0; jr < nc; jr += kern.nr {
		panel, cols := b.data[jr/kern.nr*panelB:], min(kern.nr, nc-jr)
		for ir, rows := 0, 0; ir < mc; ir += rows {
			rows = share(mc-ir, kern.rows(cols))
			if kc >= askSteps {
				askTile(c[ir*ldc+jr:], rows, ldc)
			}
			kern.tile(rows, cols, kc, alpha, a.data[ir*a.rs:], a.rs, a.cs, panel, b.rs, beta, c[ir*ldc+jr:], ldc)
		}
	}
}

// betaAt is the beta of the block of k that begins at pc: behind the first, C holds the sum so far.
func betaAt[T float](pc int, beta T) T {
	if pc > 0 {
		return 1
	}
	return beta
}

// share is the first of the fewest nearly equal parts of n that are at most limit long.
func share(n, limit int) int {
	parts := (n + limit - 1) / limit
	return (n + parts - 1) / parts
}
