package native

import "unsafe"

// packs tells which operands are copied before use.
type packs struct{ a, b bool }

// packing pays for an operand that is too large for the caches and is read by many tiles, and for A where its rows crowd. B must be packed
// if its rows are not contiguous. If they do not begin where lines of the cache do, fewer tiles are enough: each read of a row is then of two
// lines.
func packing[T float](kern *gemmKernel[T], a, b operand[T], m, n, k int) packs {
	by, size := kern.blocking, int(unsafe.Sizeof(T(0)))
	const line = 64
	return packs{
		a: m*k*size > by.Cache && n >= by.Tiles*kern.nr || a.cs == 1 && crowds[T](m, a.rs),
		b: b.cs > 1 || k*n*size > by.Cache && m >= by.Tiles*kern.mr ||
			k*b.rs*size > 2*by.Cache && m >= by.Rows && b.rs*size%line != 0,
	}
}

// packA copies a block of A along its contiguous side. Rows get a distance at which they do not crowd.
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

// packStep is how many rows of B are packed from side to side before the next ones: panel by panel, each row would be read from another
// page of memory than the one before.
const packStep = 16

// packB copies a block of B into panels of nr columns, one after the other.
func (w *workspace[T]) packB(kern *gemmKernel[T], b operand[T], k, n int) operand[T] {
	nr := kern.nr
	p := operand[T]{grow(&w.b, (n+nr-1)/nr*nr*k), nr, 1}
	step := k
	if b.cs == 1 {
		step = packStep
	}
	for l := 0; l < k; l += step {
		for j := 0; j < n; j += nr {
			kern.packPanel(p.data[j*k+l*nr:], b.from(l, j), min(step, k-l), min(nr, n-j))
		}
	}
	return p
}

// packPanel copies k rows of at most nr columns of B.
func (kern *gemmKernel[T]) packPanel(panel []T, b operand[T], k, cols int) {
	switch nr := kern.nr; {
	case b.cs > 1:
		kern.pack.transposed(panel, nr, b.data, b.cs, cols, k)
	case cols == nr:
		kern.pack.rows(panel, b.data, b.rs, k)
	default:
		for l := range k {
			copy(panel[l*nr:l*nr+cols], b.data[l*b.rs:])
		}
	}
}

// packKernels bring panels of B into order.
type packKernels[T float] struct {
	// rows is
	//
	//	for i := range rows {
	//		copy(dst[i*nr:][:nr], src[i*lds:])
	//	}
	rows func(dst, src []T, lds, rows int)

	// transpose is
	//
	//	for i := range rows {
	//		for j := range cols {
	//			dst[j*ldd+i] = src[i*lds+j]
	//		}
	//	}
	//
	// for multiples of square.
	transpose func(dst []T, ldd int, src []T, lds, rows, cols int)
	square    int
}

// Transpose is dst[j*ldd+i] = src[i*lds+j] for i < rows and j < cols.
func Transpose[T float](dst []T, ldd int, src []T, lds, rows, cols int) {
	if rows > 0 && cols > 0 {
		kernelsOf[T]().gemm.pack.transposed(dst, ldd, src, lds, rows, cols)
	}
}

// transposed is transpose for all sizes from 1 x 1.
func (p *packKernels[T]) transposed(dst []T, ldd int, src []T, lds, rows, cols int) {
	r, c := rows/p.square*p.square, cols/p.square*p.square
	p.transpose(dst, ldd, src, lds, r, c)
	if r < rows {
		transposeGeneric(dst[r:], ldd, src[r*lds:], lds, rows-r, cols)
	}
	if c < cols {
		transposeGeneric(dst[c*ldd:], ldd, src[c:], lds, r, cols-c)
	}
}
