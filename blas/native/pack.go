package native

import "unsafe"

// packs tells which operands are copied before use.
type packs struct{ a, b bool }

// packing pays for an operand that does not fit the second-level cache and is read by many tiles. B must be packed if
// its rows are not contiguous.
func packing[T float](kern *gemmKernel[T], bT bool, m, n, k int) packs {
	const cache, tiles = 2 << 20, 16
	size := int(unsafe.Sizeof(T(0)))
	return packs{
		a: m*k*size > cache && n >= tiles*kern.nr,
		b: bT || k*n*size > cache && m >= tiles*kern.mr,
	}
}

// packA copies a block of A along its contiguous side. Rows get a distance that is no multiple of a page, for else all
// rows of a tile would compete for the same few lines of the cache.
func (w *workspace[T]) packA(a operand[T], m, k int) operand[T] {
	const pad = 16
	if a.cs == 1 {
		p := operand[T]{grow(&w.a, m*(k+pad)), k + pad, 1}
		for i := range m {
			copy(p.data[i*p.rs:i*p.rs+k], a.data[i*a.rs:])
		}
		return p
	}
	p := operand[T]{grow(&w.a, (m+pad)*k), 1, m + pad}
	for l := range k {
		copy(p.data[l*p.cs:l*p.cs+m], a.data[l*a.cs:])
	}
	return p
}

// packB copies a block of B into panels of nr columns, one after the other.
func (w *workspace[T]) packB(nr int, b operand[T], k, n int) operand[T] {
	p := operand[T]{grow(&w.b, (n+nr-1)/nr*nr*k), nr, 1}
	for j := 0; j < n; j += nr {
		panel, cols := p.data[j*k:], min(nr, n-j)
		if b.cs == 1 {
			for l := range k {
				copy(panel[l*nr:l*nr+cols], b.data[l*b.rs+j:])
			}
		} else {
			packTransposed(panel, nr, b.data[j*b.cs:], b.cs, k, cols)
		}
	}
	return p
}

// packTransposed is
//
//	for p := range k {
//		for j := range cols {
//			dst[p*ldd+j] = src[j*lds+p]
//		}
//	}
func packTransposed[T float](dst []T, ldd int, src []T, lds, k, cols int) {
	for j := range cols {
		row := src[j*lds : j*lds+k]
		for p, v := range row {
			dst[p*ldd+j] = v
		}
	}
}
