package native

// narrowColumns is the number of C's last columns for which the product is better flipped, with C's rows in the lanes: all
// of a few, or those that would leave most lanes of a vector idle. There must be enough rows to fill the lanes instead. Where A's columns are
// not contiguous they are made so, which fewer columns are worth, in vectors of 16 only.
func narrowColumns[T float](kern *gemmKernel[T], A operand[T], m, n, k int) int {
	if m < 2*kern.lanes {
		return 0
	}
	vectors := func(n int) int { return (n + kern.lanes - 1) / kern.lanes }
	rest := n % kern.lanes
	if A.rs != 1 || A.cs == 1 {
		if kern.lanes >= 16 && k >= kern.lanes && rest <= kern.lanes/4 {
			return rest
		}
		return 0
	}
	switch {
	case n <= kern.mr && n > kern.lanes && n*vectors(m) < m*vectors(n):
		return n
	case rest <= kern.lanes/2:
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
		kc = share(k-pc, kern.blocking.KC)
		beta := betaAt(pc, beta)
		for i := 0; i < m; i += kern.nr {
			rows, panel := min(kern.nr, m-i), A.from(i, pc)
			if A.rs != 1 {
				panel = w.turn(kern, panel, rows, kc)
			}
			for j, cols := 0, 0; j < n; j += cols {
				cols = share(n-j, kern.mr)
				corner := c[i*ldc+j:]
				if beta != 0 {
					kern.pack.transposed(tile, kern.nr, corner, ldc, rows, cols)
				}
				from := B.from(pc, j)
				kern.tile(cols, rows, kc, alpha, from.data, from.cs, from.rs, panel.data, panel.cs, beta, tile, kern.nr)
				kern.pack.transposed(corner, ldc, tile, kern.nr, cols, rows)
			}
		}
	}
}

// turn copies rows of A, nr at most, so that their columns are contiguous.
func (w *workspace[T]) turn(kern *gemmKernel[T], a operand[T], rows, k int) operand[T] {
	p := operand[T]{grow(&w.a, kern.nr*k), 1, kern.nr}
	kern.pack.transposed(p.data, p.cs, a.data, a.rs, rows, k)
	return p
}
