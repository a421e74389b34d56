package native

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stheno/stheno/blas/blastest"

	"gonum.org/v1/gonum/blas"
)

// TestProducts runs random products on every way to multiply, over the borders of small blocks. With STHENO_LONG=1 it
// runs 100,000 of them on each kernel set and in each type, and 2,000 large ones in blocks of the usual size.
func TestProducts(t *testing.T) {
	small, large := 1000, 20
	switch {
	case long():
		small, large = 100_000, 2_000
	case testing.Short():
		small, large = 100, 5
	}
	eachSet(t, func(t *testing.T) {
		t.Run("type=float32", func(t *testing.T) { testProducts(t, Implementation{}.Sgemm, small, large) })
		t.Run("type=float64", func(t *testing.T) { testProducts(t, Implementation{}.Dgemm, small, large) })
	})
}

func testProducts[T float](t *testing.T, dense gemmFunc[T], small, large int) {
	cpu := CPU()
	defer Select(cpu)
	ways := waysToMultiply(dense)
	for name, f := range ways {
		t.Run("way="+name, func(t *testing.T) {
			const each = 20 // products of one blocking
			r := rand.New(rand.NewPCG(21, 0))
			for n := range small / each / len(ways) {
				by := blocking(r)
				SetBlocking(by)
				x := blastest.Random{Seed: uint64(n), Count: each, Most: 45, Borders: borders[T](), Share: []float64{0.2, 1}[n%2], Poison: Poison}
				if err := blastest.Check(blastest.Gemm[T](f), x); err != nil {
					t.Fatalf("blocking %+v: %v", by, err)
				}
			}
			if err := Select(cpu); err != nil {
				t.Fatal(err)
			}
			x := blastest.Random{Seed: 22, Count: large / len(ways), Most: 2100, Borders: borders[T](), Work: 1 << 22, Share: 0.2, Exact: true, Poison: Poison}
			if long() {
				x.Work = 1 << 26
			}
			if err := blastest.Check(blastest.Gemm[T](f), x); err != nil {
				t.Fatal(err)
			}
			t.Logf("%d products in small blocks, %d in large ones", small/each/len(ways)*each, x.Count)
		})
	}
}

// blocking has borders that some 40 rows, columns and steps cross.
func blocking(r *rand.Rand) Blocking {
	return Blocking{
		MC: 1 + r.IntN(20), NC: 1 + r.IntN(40), KC: []int{1 + r.IntN(20), 45}[r.IntN(2)],
		Cache: []int{0, 2000, 1 << 30}[r.IntN(3)], Tiles: 1 + r.IntN(3), Rows: 1 + r.IntN(20), Tile: 1,
	}
}

// borders are the sizes at which a product in the present blocks takes another course.
func borders[T float]() []int {
	g := kernelsOf[T]().gemm
	by := g.blocking
	return []int{by.MC, by.NC, by.KC, 2 * by.MC, 2 * by.NC, 2 * by.KC, g.mr, g.nr, g.lanes, g.tall, by.Tiles * g.nr, by.Tiles * g.mr, by.Rows, 8 * g.lanes}
}

// waysToMultiply are all that end in the same product.
func waysToMultiply[T float](dense gemmFunc[T]) map[string]gemmFunc[T] {
	return map[string]gemmFunc[T]{
		"dense":   dense,
		"flipped": flippedWay(dense),
		"packed":  packedWay[T](),
		"sparse": sparseWay(dense, blas.NoTrans, func(s *Sparse[T], lo, hi, n int, alpha T, b []T, beta T, c []T, ldc int) {
			s.Mul(lo, hi, n, alpha, b, n, beta, c, ldc)
		}),
		"sparse, transposed": sparseWay(dense, blas.Trans, func(s *Sparse[T], lo, hi, n int, alpha T, b []T, beta T, c []T, ldc int) {
			s.MulTrans(lo, hi, n, alpha, b, n, beta, c, ldc)
		}),
	}
}

// flippedWay is for whatever A has contiguous columns, as few or as many columns as C may have.
func flippedWay[T float](dense gemmFunc[T]) gemmFunc[T] {
	return func(tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
		if tA == blas.NoTrans || m*n*k == 0 || alpha == 0 {
			dense(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
			return
		}
		B := operand[T]{b, ldb, 1}
		if tB != blas.NoTrans {
			B = operand[T]{b, 1, ldb}
		}
		flipped(&kernelsOf[T]().gemm, freeOf[T](), m, n, k, alpha, operand[T]{a, 1, lda}, B, beta, c, ldc)
	}
}

// packedWay cuts the packing and the rows anyhow.
func packedWay[T float]() gemmFunc[T] {
	r := rand.New(rand.NewPCG(23, 0))
	return func(tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
		p := NewPacked[T](k, n)
		p.Poison()
		at := cuts(r, p.Panels())
		for i := range len(at) - 1 {
			p.Pack(tB, b, ldb, at[i], at[i+1])
		}
		at = cuts(r, m)
		for i := range len(at) - 1 {
			lo, hi := at[i], at[i+1]
			p.Mul(tA, hi-lo, alpha, rowsOf(tA, a, lda, lo), lda, beta, c[lo*ldc:], ldc)
		}
	}
}

// rowsOf is op(A) from row lo on.
func rowsOf[T float](tA blas.Transpose, a []T, lda, lo int) []T {
	if tA == blas.NoTrans {
		return a[lo*lda:]
	}
	return a[min(lo, len(a)):]
}

// sparseWay brings the operands into the order that a Sparse takes, A stored as it is or transposed.
func sparseWay[T float](dense gemmFunc[T], stored blas.Transpose, mul func(s *Sparse[T], lo, hi, n int, alpha T, b []T, beta T, c []T, ldc int)) gemmFunc[T] {
	r := rand.New(rand.NewPCG(24, 0))
	return func(tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
		rows, cols := m, k
		if stored != blas.NoTrans {
			rows, cols = k, m
		}
		if m*n == 0 || !SparseFits[T](rows, cols) {
			dense(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
			return
		}
		s := NewSparse(Gemm[T](dense), gapless(a, lda, (tA != blas.NoTrans) != (stored != blas.NoTrans), rows, cols), rows, cols, n)
		s.Poison()
		at := cuts(r, rows)
		for i := range len(at) - 1 {
			s.Pack(at[i], at[i+1])
		}
		right := gapless(b, ldb, tB != blas.NoTrans, k, n)
		at = cuts(r, m)
		for i := range len(at) - 1 {
			lo, hi := at[i], at[i+1]
			mul(s, lo, hi, n, alpha, right, beta, c[lo*ldc:], ldc)
		}
	}
}

// gapless is a copy of a matrix of rows x cols, or of the transpose of what is stored, without gaps between its rows.
func gapless[T float](x []T, ld int, transposed bool, rows, cols int) []T {
	out := make([]T, rows*cols)
	for i := range rows {
		for j := range cols {
			if transposed {
				out[i*cols+j] = x[j*ld+i]
			} else {
				out[i*cols+j] = x[i*ld+j]
			}
		}
	}
	return out
}

// TestZeroAlpha: with alpha = 0, neither A nor B is read.
func TestZeroAlpha(t *testing.T) {
	eachSet(t, func(t *testing.T) {
		t.Run("type=float32", func(t *testing.T) { testZeroAlpha(t, Implementation{}.Sgemm) })
		t.Run("type=float64", func(t *testing.T) { testZeroAlpha(t, Implementation{}.Dgemm) })
	})
}

func testZeroAlpha[T float](t *testing.T, dense gemmFunc[T]) {
	const n = 33
	a, b := make([]T, n*n), slices.Repeat([]T{1}, n*n)
	for i := 0; i < len(a); i += 7 {
		a[i] = T(nan)
	}
	for name, f := range waysToMultiply(dense) {
		for _, tA := range transposes {
			for _, beta := range []T{0, 1, -0.5} {
				c := slices.Repeat([]T{3}, n*n)
				f(tA, blas.NoTrans, n, n, n, 0, a, n, b, n, beta, c, n)
				for i, v := range c {
					if v != 3*beta {
						t.Fatalf("%s: transpose %c, beta %v: C[%d,%d] = %v, want %v", name, tA, beta, i/n, i%n, v, 3*beta)
					}
				}
			}
		}
	}
}

// TestUsualBlocks: the usual blocks of columns are whole panels on every kernel set, and small ones become so.
func TestUsualBlocks(t *testing.T) {
	eachSet(t, func(t *testing.T) {
		set := active.Load()
		for _, nr := range []int{set.s.gemm.nr, set.d.gemm.nr} {
			if usual.panels(nr) != usual {
				t.Errorf("blocks of %d columns are not panels of %d", usual.NC, nr)
			}
			if got := (Blocking{NC: nr + 1}).panels(nr).NC; got != 2*nr {
				t.Errorf("blocks of %d columns become %d, want %d", nr+1, got, 2*nr)
			}
		}
	})
}
