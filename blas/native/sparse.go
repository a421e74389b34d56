package native

import (
	"math"
	"slices"
	"unsafe"

	"gonum.org/v1/gonum/blas"
)

// Sparse is a matrix of which most elements may be zero, such as images of digits: it keeps those that are not
// (compressed sparse rows, in blocks of columns), and multiplies without the others.
//
// The products have the bits of this package's dense ones: to add 0·b changes a sum only where b is infinite or NaN, and there the
// dense product is taken. (One thing differs: the sign of a sum that underflowed to zero.) It is taken, too, where too
// few elements are zero to gain by it.
type Sparse[T float] struct {
	rows, cols int
	block      int // columns
	gemm       Gemm[T]
	dense      []T     // the matrix as it is
	vals       []T     // block by block and row by row, the elements that are not zero
	at         []int32 // the column of each, in its block
	bounds     []int32 // block by block and row by row, where the elements begin and end
	full       []bool  // rows that are to be multiplied densely
}

// worthShare is the share of elements that are not zero above which the dense product is the faster one, as measured
// (BenchmarkSparse).
const worthShare = 0.35

// sparseKernels work on tiles: rows of 1, 2, 3 and more vectors, as many as there are kernels.
type sparseKernels[T float] struct {
	lanes    int
	compress func(vals []T, cols, bounds []int32, x []T, ldx, rows, width, first, apart int) (n int) // see compressGeneric
	pad      func(dst []T, ldd int, src []T, lds, rows, n int) (bad T)                               // see padGeneric
	set      func(dst []T, ldd int, src []T, lds, rows, n int, alpha, beta T)                        // see setGeneric
	add      func(dst []T, ldd int, src []T, lds, rows, n int, alpha, beta T)                        // see addGeneric
	gather   []sparseKernel[T]                                                                       // see gatherGeneric
	scatter  []sparseKernel[T]                                                                       // see scatterGeneric
	alive    []aliveKernel[T]                                                                        // see aliveGeneric
	inOrder  []aliveKernel[T]                                                                        // the same, added up in order
}

// sparseKernel goes over the packed elements of a block, row by row.
type sparseKernel[T float] func(c, tile []T, rows int, bounds []int32, vals []T, cols []int32)

// aliveKernel adds rows of b, each times a packed element, to rows of c, one run of elements to each.
type aliveKernel[T float] func(c []T, ldc int, b []T, stride int, runs []int, vals []T, cols []int32)

// SparseFits tells whether a matrix of this shape can be a Sparse: the sum over its columns is a single block in the
// dense product, and its elements can be numbered in 32 bits.
func SparseFits[T float](rows, cols int) bool {
	return rows >= 0 && cols > 0 && cols <= kernelsOf[T]().gemm.blocking.KC && rows <= math.MaxInt32/cols
}

// Gemm is the dense product, in gonum's signature.
type Gemm[T float] func(tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)

// NewSparse makes room to pack a, a matrix of rows x cols elements without gaps, which will mostly be multiplied by
// matrices of n columns. gemm is what multiplies it where skipping zeros does not pay. SparseFits must hold:
// it panics where it does not.
func NewSparse[T float](gemm Gemm[T], a []T, rows, cols, n int) *Sparse[T] {
	if !SparseFits[T](rows, cols) {
		panic("native: bad shape of a sparse matrix") // a bug of the caller's, who has SparseFits
	}
	s := &Sparse[T]{rows: rows, cols: cols, gemm: gemm, dense: a[:rows*cols], block: blockOf[T](cols, n)}
	s.vals, s.at = make([]T, rows*cols), make([]int32, rows*cols)
	s.bounds, s.full = make([]int32, 2*rows*s.blocks()), make([]bool, rows)
	return s
}

// Bytes is the size of the memory that it packs to.
func (s *Sparse[T]) Bytes() int {
	return len(s.vals)*int(unsafe.Sizeof(T(0))) + 4*(len(s.at)+len(s.bounds)) + len(s.full)
}

// blockOf divides the columns: a tile that goes with a block has its size at most, or nearly so; the number of blocks is
// even, but for a small rest, because two cores share it; and rows of a block are whole cache lines.
func blockOf[T float](cols, n int) int {
	const line = 16
	kern := kernelsOf[T]()
	_, width := kern.sparse.width(n)
	most := max(line, kern.gemm.blocking.Tile/(max(1, width)*int(unsafe.Sizeof(T(0)))))
	blocks := (cols + most - 1) / most
	if blocks > 1 {
		blocks += blocks % 2
	}
	return max(line, (cols/blocks+line/2)/line*line)
}

// Block is the number of columns that are packed together.
func (s *Sparse[T]) Block() int { return s.block }

func (s *Sparse[T]) blocks() int { return (s.cols + s.block - 1) / s.block }

// columns are those of block b.
func (s *Sparse[T]) columns(b int) (first, n int) { return b * s.block, min(s.block, s.cols-b*s.block) }

// rowsOf are the bounds in block b of the rows from lo on.
func (s *Sparse[T]) rowsOf(b, lo int) []int32 { return s.bounds[2*(b*s.rows+lo):] }

// Pack takes rows lo to hi as they are now. Until the last product with them they must stay unchanged. Distinct ranges may be
// packed at the same time.
func (s *Sparse[T]) Pack(lo, hi int) {
	kern := &kernelsOf[T]().sparse
	room := int(worthShare * float64((hi-lo)*s.cols))
	for b := 0; b < s.blocks() && room >= 0 && kern.compress != nil; b++ {
		first, width := s.columns(b)
		at := s.rows*first + lo*width // there is room for all elements of each block and range
		room -= kern.compress(s.vals[at:], s.at[at:], s.rowsOf(b, lo), s.dense[lo*s.cols+first:], s.cols, hi-lo, width, at, 0)
	}
	for i := range s.full[lo:hi] {
		s.full[lo+i] = room < 0 || kern.compress == nil
	}
}

// skips tells whether a range of rows is multiplied without its zeros.
func (s *Sparse[T]) skips(lo, hi int) bool { return !slices.Contains(s.full[lo:hi], true) }

// Mul computes rows lo to hi of C = alpha·A·B + beta·C, where B has n columns. c begins with row lo. The rows of A must
// be packed.
func (s *Sparse[T]) Mul(lo, hi, n int, alpha T, b []T, ldb int, beta T, c []T, ldc int) {
	kern, free, rows := &kernelsOf[T]().sparse, freeOf[T](), hi-lo
	dense := func(j, cols int) {
		s.gemm(blas.NoTrans, blas.NoTrans, rows, cols, s.cols, alpha, s.dense[lo*s.cols:], s.cols, b[j:], ldb, beta, c[j:], ldc)
	}
	if rows == 0 || n == 0 {
		return
	}
	if alpha == 0 || !s.skips(lo, hi) { // the dense product with alpha = 0 reads neither A nor B
		dense(0, n)
		return
	}
	w := free.get()
	defer free.put(w)
	for j, cols := 0, 0; j < n; j += cols {
		index, width := kern.width(n - j)
		cols = min(n-j, width)
		sums, tile := alignedRoom(&w.c, rows*width), alignedRoom(&w.b, s.block*width)
		clear(sums)
		bad := T(0)
		for k := 0; k < s.blocks() && bad == 0; k++ {
			first, height := s.columns(k)
			bad = kern.pad(tile, width, b[first*ldb+j:], ldb, height, cols)
			kern.gather[index](sums, tile, rows, s.rowsOf(k, lo), s.vals, s.at)
		}
		if bad != 0 {
			dense(j, cols)
			continue
		}
		kern.unpad(&w.a, c[j:], ldc, sums, width, rows, cols, alpha, beta)
	}
}

// MulTrans computes rows lo to hi of C = alpha·Aᵀ·B + beta·C, where B has n columns. c begins with row lo. All rows of A
// must be packed. It is fastest where lo and hi are multiples of Block.
func (s *Sparse[T]) MulTrans(lo, hi, n int, alpha T, b []T, ldb int, beta T, c []T, ldc int) {
	set, free := kernelsOf[T](), freeOf[T]()
	kern, kc := &set.sparse, set.gemm.blocking.KC
	dense := func(j, cols int) {
		s.gemm(blas.Trans, blas.NoTrans, hi-lo, cols, s.rows, alpha, s.dense[min(lo, len(s.dense)):], s.cols, b[j:], ldb, beta, c[j:], ldc)
	}
	if lo == hi || n == 0 {
		return
	}
	if alpha == 0 || s.rows == 0 || !s.skips(0, s.rows) {
		dense(0, n)
		return
	}
	w := free.get()
	defer free.put(w)
	for j, cols := 0, 0; j < n; j += cols {
		index, width := kern.width(n - j)
		cols = min(n-j, width)
		right, tile := alignedRoom(&w.c, s.rows*width), alignedRoom(&w.b, s.block*width)
		if kern.pad(right, width, b[j:], ldb, s.rows, cols) != 0 {
			dense(j, cols)
			continue
		}
		for k := lo / s.block; k*s.block < hi; k++ {
			first, height := s.columns(k)
			from, to := max(lo, first), min(hi, first+height)
			for r, sum := 0, 0; r < s.rows; r += sum { // the blocks of the dense product's sum
				sum = share(s.rows-r, kc)
				clear(tile)
				kern.scatter[index](right[r*width:], tile, sum, s.rowsOf(k, r), s.vals, s.at)
				kern.unpad(&w.a, c[(from-lo)*ldc+j:], ldc, tile[(from-first)*width:], width, to-from, cols, alpha, betaAt(r, beta))
			}
		}
	}
}

// width is the number of elements to a row of the narrowest kernels that hold n columns, or of the widest.
func (k *sparseKernels[T]) width(n int) (index, width int) {
	index = min((max(n, 1)-1)/max(k.lanes, 1), len(k.gather)-1)
	return index, (index + 1) * k.lanes
}

// unpad ends a product as the dense kernels do. Where rows of C follow each other without a gap, their sums are lined up
// first: to read a row just after a masked store to the end of the one before it would wait for that store.
func (k *sparseKernels[T]) unpad(room *[]T, c []T, ldc int, sums []T, width, rows, n int, alpha, beta T) {
	switch {
	case beta == 0:
		k.set(c, ldc, sums, width, rows, n, alpha, beta)
	case ldc == n && n%k.lanes != 0:
		lined := grow(room, rows*n)
		k.set(lined, n, sums, width, rows, n, 1, 0)
		k.add(c, rows*n, lined, rows*n, 1, rows*n, alpha, beta)
	default:
		k.add(c, ldc, sums, width, rows, n, alpha, beta)
	}
}

// alignedRoom is memory that begins with a cache line.
func alignedRoom[T float](buf *[]T, n int) []T {
	const line = 64
	size := int(unsafe.Sizeof(T(0)))
	room := grow(buf, n+line/size)
	if past := int(uintptr(unsafe.Pointer(&room[0])) % line); past > 0 {
		room = room[(line-past)/size:]
	}
	return room[:n]
}

// kernelsOf are the kernels in use for an element type.
func kernelsOf[T float]() *kernels[T] {
	set := active.Load()
	if k, ok := any(&set.s).(*kernels[T]); ok {
		return k
	}
	return any(&set.d).(*kernels[T])
}

func freeOf[T float]() *freeList[T] {
	if l, ok := any(&sfree).(*freeList[T]); ok {
		return l
	}
	return any(&dfree).(*freeList[T])
}
