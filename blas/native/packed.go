package native

import (
	"unsafe"

	ours "github.com/stheno/stheno/blas"

	"gonum.org/v1/gonum/blas"
)

// Packed is the right-hand side of a large product, brought into the order of the kernels once and then shared by all
// cores, each of which multiplies some rows of the left-hand side with it.
//
// The products have the bits of Implementation's.
type Packed[T float] struct {
	kern *gemmKernel[T]
	k, n int
	data []T // blocks of columns; in each, blocks of k; in each, panels of nr columns
}

// NewPacked makes room for a matrix of k x n elements.
func NewPacked[T float](k, n int) *Packed[T] {
	kern := &kernelsOf[T]().gemm
	return &Packed[T]{kern, k, n, make([]T, k*padded(n, kern.nr))}
}

// Bytes is the size of the memory that it packs to.
func (p *Packed[T]) Bytes() int { return len(p.data) * int(unsafe.Sizeof(T(0))) }

func padded(n, nr int) int { return (n + nr - 1) / nr * nr }

// Panels is the number of panels, which Pack takes one by one.
func (p *Packed[T]) Panels() int { return padded(p.n, p.kern.nr) / p.kern.nr }

// Pack takes panels lo to hi of op(b). Distinct ranges may be packed at the same time.
func (p *Packed[T]) Pack(tB blas.Transpose, b []T, ldb, lo, hi int) {
	B := operand[T]{b, ldb, 1}
	if tB != blas.NoTrans {
		B = operand[T]{b, 1, ldb}
	}
	nr, by := p.kern.nr, p.kern.blocking
	for panel := lo; panel < hi; panel++ {
		j := panel * nr
		for pc, kc := 0, 0; pc < p.k; pc += kc {
			kc = share(p.k-pc, by.KC)
			p.kern.packPanel(p.block(j/by.NC*by.NC, pc, kc)[j%by.NC*kc:], B.from(pc, j), kc, min(nr, p.n-j))
		}
	}
}

// block is where the panels of a block of columns, from jc on, and of a block of k, from pc on, lie.
func (p *Packed[T]) block(jc, pc, kc int) []T {
	width := padded(min(p.kern.blocking.NC, p.n-jc), p.kern.nr)
	return p.data[jc*p.k+width*pc:][:width*kc]
}

// Mul computes C = alpha·op(A)·B + beta·C for m rows of A and C. All panels must be packed.
func (p *Packed[T]) Mul(tA blas.Transpose, m int, alpha T, a []T, lda int, beta T, c []T, ldc int) {
	if m == 0 || p.n == 0 {
		return
	}
	if alpha == 0 || p.k == 0 {
		ours.Scale(m, p.n, beta, c, ldc)
		return
	}
	A := operand[T]{a, lda, 1}
	if tA != blas.NoTrans {
		A = operand[T]{a, 1, lda}
	}
	free, by := freeOf[T](), p.kern.blocking
	w := free.get()
	defer free.put(w)
	for jc := 0; jc < p.n; jc += by.NC {
		nc := min(by.NC, p.n-jc)
		for pc, kc := 0, 0; pc < p.k; pc += kc {
			kc = share(p.k-pc, by.KC)
			B := operand[T]{p.block(jc, pc, kc), p.kern.nr, 1}
			for ic, mc := 0, 0; ic < m; ic += mc {
				mc = share(m-ic, by.MC)
				p.kern.block(mc, nc, kc, alpha, w.packA(A.from(ic, pc), mc, kc), B, p.kern.nr*kc, betaAt(pc, beta), c[ic*ldc+jc:], ldc)
			}
		}
	}
}
