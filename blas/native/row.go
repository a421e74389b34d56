package native

import ours "github.com/stheno/stheno/blas"

// Products of one row: memory alone sets their pace, so that rows of B are read as they lie, as many of their columns at a time as there
// are registers, and not in tiles.

// rowPays is how many multiplications a product of one row must have to be faster so, as measured (BenchmarkMulRow).
const rowPays = 1 << 12

// MulRow computes c = x·B for n columns of B, a matrix with a row for each number of x, without the rows that meet a zero. These must hold
// no infinities and no NaNs (Finite): 0·∞ is not 0.
//
// The product has the bits of Implementation's. (One thing differs: the sign of a sum that underflowed to zero.)
func MulRow[T float](x, b []T, ldb, n int, c []T) {
	set, free := kernelsOf[T](), freeOf[T]()
	if len(x) == 0 || n == 0 {
		ours.Scale(1, n, 0, c, n)
		return
	}
	if !set.hasRows() {
		gemm(&set.gemm, free, false, false, 1, n, len(x), 1, x, len(x), b, ldb, 0, c, n)
		return
	}
	w := free.get()
	defer free.put(w)
	r := w.row(set, len(x))
	for block, pc, kc := 0, 0, 0; pc < len(x); block, pc = block+1, pc+kc {
		kc = share(len(x)-pc, set.gemm.blocking.KC)
		set.sparse.compress(r.vals[pc:], r.at[pc:], r.ends[2*block:], x[pc:], kc, 1, kc, pc, 0)
	}
	w.multiply(set, r, 1, b, ldb, n, 0, c)
}

// hasRows tells whether there are kernels for one row.
func (s *kernels[T]) hasRows() bool { return len(s.sparse.inOrder) > 0 }

// oneRow is the product of a whole row, zeros included.
func oneRow[T float](set *kernels[T], free *freeList[T], alpha T, x, b []T, ldb, n int, beta T, c []T) {
	w := free.get()
	defer free.put(w)
	r := w.row(set, len(x))
	r.vals = x
	for block, pc, kc := 0, 0, 0; pc < len(x); block, pc = block+1, pc+kc {
		kc = share(len(x)-pc, set.gemm.blocking.KC)
		for i := range r.at[pc:][:kc] {
			r.at[pc+i] = int32(i)
		}
		r.ends[2*block], r.ends[2*block+1] = int32(pc), int32(pc+kc)
	}
	w.multiply(set, r, alpha, b, ldb, n, beta, c)
}

// row is one that a matrix of k rows is multiplied by: block by block of the dense product's sum its numbers, where in its block each is,
// and where those of the block begin and end.
type row[T float] struct {
	k    int
	vals []T
	at   []int32
	ends []int32
}

func (w *workspace[T]) row(set *kernels[T], k int) row[T] {
	const ahead = 16 // the kernels ask for what numbers that come later meet, and read where these are, perhaps behind the last
	return row[T]{k, grow(&w.a, k), grow(&w.at, k+ahead)[:k], grow(&w.ends, 2*((k-1)/set.gemm.blocking.KC+1))}
}

func (w *workspace[T]) multiply(set *kernels[T], r row[T], alpha T, b []T, ldb, n int, beta T, c []T) {
	kern, run := &set.sparse, grow(&w.runs, 3)
	for j, cols := 0, 0; j < n; j += cols {
		index, width := kern.width(n - j)
		cols = min(n-j, width)
		sums, add := alignedRoom(&w.c, width), kern.inOrder[index]
		for block, pc, kc := 0, 0, 0; pc < r.k; block, pc = block+1, pc+kc {
			kc = share(r.k-pc, set.gemm.blocking.KC)
			ends := r.ends[2*block:]
			first, end := int(ends[0]), int(ends[1])
			place := func(i int) int { return (pc+int(r.at[i]))*ldb + j }
			inside := end // what the kernel reads for those before is not behind the end of the matrix
			for inside > first && place(inside-1)+width > len(b) {
				inside--
			}
			run[0], run[1], run[2] = first, inside, 0
			clear(sums)
			add(sums, width, b[pc*ldb+j:], ldb, run, r.vals, r.at)
			for i := inside; i < end; i++ {
				room := grow(&w.b, width)
				clear(room[copy(room, b[place(i):][:cols]):])
				run[0], run[1], run[2] = i, i+1, -int(r.at[i])*ldb
				add(sums, width, room, ldb, run, r.vals, r.at)
			}
			if beta := betaAt(pc, beta); beta == 0 {
				kern.set(c[j:], n, sums, width, 1, cols, alpha, beta)
			} else {
				kern.add(c[j:], n, sums, width, 1, cols, alpha, beta)
			}
		}
	}
}
