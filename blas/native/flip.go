package native

// narrowColumns is the number of C's last columns that would leave most lanes of a vector idle, if the product can be
// flipped for them: A's columns must be contiguous, and there must be enough rows to fill the lanes instead.
func narrowColumns[T float](kern *gemmKernel[T], A operand[T], m, n int) int {
	if rest := n % kern.lanes; A.rs == 1 && A.cs > 1 && m >= 2*kern.lanes && rest <= kern.lanes/2 {
		return rest
	}
	return 0
}

// flipped computes Cᵀ = alpha·Bᵀ·Aᵀ + beta·Cᵀ for a few columns of B, with the rows of C in the lanes. Each element has
// the same sum as in the product as it stands.
func flipped[T float](kern *gemmKernel[T], free *freeList[T], m, n, k int, alpha T, A, B operand[T], beta T, c []T, ldc int) {
	w := free.get()
	defer free.put(w)
	tile := grow(&w.c, kern.mr*kern.nr)
	for pc, kc := 0, 0; pc < k; pc += kc {
		kc = share(k-pc, blockK)
		if pc > 0 {
			beta = 1
		}
		for i := 0; i < m; i += kern.nr {
			rows := min(kern.nr, m-i)
			for j, cols := 0, 0; j < n; j += cols {
				cols = share(n-j, kern.mr)
				corner := c[i*ldc+j:]
				if beta != 0 {
					transposeGeneric(tile, kern.nr, corner, ldc, rows, cols)
				}
				from, panel := B.from(pc, j), A.from(i, pc)
				kern.tile(cols, rows, kc, alpha, from.data, from.cs, from.rs, panel.data, panel.cs, beta, tile, kern.nr)
				transposeGeneric(corner, ldc, tile, kern.nr, cols, rows)
			}
		}
	}
}
