package native

// gemmKernel computes one tile of C.
type gemmKernel[T float] struct {
	mr, nr int // of the largest tile
	lanes  int // of a vector; a tile of so few columns may have
	tall   int // as many rows

	// tile is
	//
	//	for i := range rows {
	//		for j := range cols {
	//			acc := 0
	//			for p := range k {
	//				acc = fma(a[i*rsA+p*csA], b[p*ldb+j], acc)
	//			}
	//			if beta == 0 {
	//				c[i*ldc+j] = alpha * acc
	//			} else {
	//				c[i*ldc+j] = fma(alpha, acc, beta*c[i*ldc+j])
	//			}
	//		}
	//	}
	//
	// for 1 <= rows <= mr, or tall, 1 <= cols <= nr, k >= 1. A's two strides let one kernel read A packed, as it is, or
	// transposed.
	tile func(rows, cols, k int, alpha T, a []T, rsA, csA int, b []T, ldb int, beta T, c []T, ldc int)

	// runs computes a tileSum: so many rows and columns as tile at most, and one run or more. With each step the memory is asked for what
	// lies at next, which moves by pace bytes. nil where tile does it, run by run.
	runs func(sum *byte)

	// copying is runs for mr rows, nr columns and rsA = 1. It does not ask: it copies nr numbers of a from each step on, side by side, to
	// next. nil where runs is.
	copying func(sum *byte)

	pack     packKernels[T]
	blocking Blocking
}

// rows is the largest number of rows of a tile with so many columns.
func (g *gemmKernel[T]) rows(cols int) int {
	if cols <= g.lanes {
		return g.tall
	}
	return g.mr
}

// tileGeneric is the tile of 2 x 4 elements. The conversions keep compilers from fusing multiply and add, so that full
// and cut tiles agree on every machine.
func tileGeneric[T float](rows, cols, k int, alpha T, a []T, rsA, csA int, b []T, ldb int, beta T, c []T, ldc int) {
	var acc [8]T
	if rows == 2 && cols == 4 {
		acc = fullTile(k, a, rsA, csA, b, ldb)
	} else {
		for p := range k {
			row := b[p*ldb:][:cols]
			for i := range rows {
				x, sums := a[i*rsA+p*csA], acc[i*4:][:len(row)]
				for j, v := range row {
					sums[j] += T(x * v)
				}
			}
		}
	}
	storeTile(rows, cols, alpha, acc[:], 4, beta, c, ldc)
}

// storeTile ends a tile whose sums are in acc, with ld elements to the row.
func storeTile[T float](rows, cols int, alpha T, acc []T, ld int, beta T, c []T, ldc int) {
	for i := range rows {
		for j := range cols {
			at := &c[i*ldc+j]
			if beta == 0 {
				*at = alpha * acc[i*ld+j]
			} else {
				*at = T(alpha*acc[i*ld+j]) + T(beta**at)
			}
		}
	}
}

func fullTile[T float](k int, a []T, rsA, csA int, b []T, ldb int) [8]T {
	var c00, c01, c02, c03, c10, c11, c12, c13 T
	for p := range k {
		a0, a1 := a[p*csA], a[p*csA+rsA]
		row := b[p*ldb : p*ldb+4]
		b0, b1, b2, b3 := row[0], row[1], row[2], row[3]
		c00 += T(a0 * b0)
		c01 += T(a0 * b1)
		c02 += T(a0 * b2)
		c03 += T(a0 * b3)
		c10 += T(a1 * b0)
		c11 += T(a1 * b1)
		c12 += T(a1 * b2)
		c13 += T(a1 * b3)
	}
	return [8]T{c00, c01, c02, c03, c10, c11, c12, c13}
}
