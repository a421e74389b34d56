package native

// gemmKernel computes one tile of C, of at most mr x nr elements.
type gemmKernel[T float] struct {
	mr, nr int

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
	// for 1 <= rows <= mr, 1 <= cols <= nr, k >= 1. A's two strides let one kernel read A packed, as it is, or
	// transposed.
	tile func(rows, cols, k int, alpha T, a []T, rsA, csA int, b []T, ldb int, beta T, c []T, ldc int)
}

// tileGeneric is the tile of 2 x 4 elements. The conversions keep compilers from fusing multiply and add, so that full
// and cut tiles agree on every machine.
func tileGeneric[T float](rows, cols, k int, alpha T, a []T, rsA, csA int, b []T, ldb int, beta T, c []T, ldc int) {
	var acc [2][4]T
	if rows == 2 && cols == 4 {
		acc = fullTile(k, a, rsA, csA, b, ldb)
	} else {
		for i := range rows {
			for j := range cols {
				for p := range k {
					acc[i][j] += T(a[i*rsA+p*csA] * b[p*ldb+j])
				}
			}
		}
	}
	for i := range rows {
		for j := range cols {
			at := &c[i*ldc+j]
			if beta == 0 {
				*at = alpha * acc[i][j]
			} else {
				*at = T(alpha*acc[i][j]) + T(beta**at)
			}
		}
	}
}

func fullTile[T float](k int, a []T, rsA, csA int, b []T, ldb int) [2][4]T {
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
	return [2][4]T{{c00, c01, c02, c03}, {c10, c11, c12, c13}}
}
