package native

// The blocking follows Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", ACM TOMS 34(3), 2008.
const (
	blockM = 224  // rows of A that stay in the second-level cache
	blockN = 1024 // columns of B that are packed at once
	blockK = 512  // longest run of k that one tile sums up
)

// gemm is five loops around a tile: columns of C, blocks of k, rows of C, and the tiles' columns and rows.
func gemm[T float](kern *gemmKernel[T], free *freeList[T], aT, bT bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	if m == 0 || n == 0 {
		return
	}
	if alpha == 0 || k == 0 {
		scale(m, n, beta, c, ldc)
		return
	}
	rsA, csA := lda, 1
	if aT {
		rsA, csA = 1, lda
	}
	var w *workspace[T]
	if bT {
		w = free.get()
		defer free.put(w)
	}
	for jc := 0; jc < n; jc += blockN {
		nc := min(blockN, n-jc)
		for pc, kc := 0, 0; pc < k; pc += kc {
			kc = share(k-pc, blockK)
			betaK := beta
			if pc > 0 {
				betaK = 1
			}
			for jr := 0; jr < nc; jr += kern.nr {
				cols := min(kern.nr, nc-jr)
				panel, ldp := b, ldb
				if bT {
					panel, ldp = w.panel(kc*kern.nr), kern.nr
					packTransposed(panel, ldp, b[(jc+jr)*ldb+pc:], ldb, kc, cols)
				} else {
					panel = b[pc*ldb+jc+jr:]
				}
				for ir, rows := 0, 0; ir < m; ir += rows {
					rows = share(m-ir, kern.mr)
					kern.tile(rows, cols, kc, alpha, a[ir*rsA+pc*csA:], rsA, csA, panel, ldp, betaK, c[ir*ldc+jc+jr:], ldc)
				}
			}
		}
	}
}

// share is the first of the fewest nearly equal parts of n that are at most limit long.
func share(n, limit int) int {
	parts := (n + limit - 1) / limit
	return (n + parts - 1) / parts
}

// scale computes C = beta·C.
func scale[T float](m, n int, beta T, c []T, ldc int) {
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
