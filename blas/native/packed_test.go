package native

import (
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
)

// TestPacked wants the bits of the product that packs for itself, for any cut into panels and rows.
func TestPacked(t *testing.T) {
	eachSet(t, func(t *testing.T) {
		t.Run("type=float32", func(t *testing.T) { testPacked(t, Implementation{}.Sgemm) })
		t.Run("type=float64", func(t *testing.T) { testPacked(t, Implementation{}.Dgemm) })
	})
}

func testPacked[T float](t *testing.T, whole gemmFunc[T]) {
	const seed = 13
	r := rand.New(rand.NewPCG(seed, 0))
	for _, s := range append(shapes, [3]int{60, 2100, 40}, [3]int{20, 33, 2500}) {
		for _, tA := range transposes {
			for _, tB := range transposes {
				for _, ab := range [][2]T{{1, 0}, {-0.5, 1}, {0, 2}} {
					p := newProduct[T](r, tA, tB, s[0], s[1], s[2], ab[0], ab[1])
					want := append([]T(nil), p.c...)
					whole(p.tA, p.tB, p.m, p.n, p.k, p.alpha, p.a, p.lda, p.b, p.ldb, p.beta, want, p.ldc)
					b := NewPacked[T](p.k, p.n)
					at := cuts(r, b.Panels())
					for i := range len(at) - 1 {
						b.Pack(p.tB, p.b, p.ldb, at[i], at[i+1])
					}
					at = cuts(r, p.m)
					for i := range len(at) - 1 {
						lo, hi := at[i], at[i+1]
						first := lo * p.lda
						if tA != blas.NoTrans {
							first = lo
						}
						b.Mul(p.tA, hi-lo, p.alpha, p.a[first:], p.lda, p.beta, p.c[lo*p.ldc:], p.ldc)
					}
					for i := range want {
						if !sameBits(p.c[i], want[i]) {
							t.Fatalf("seed %d: %v: element %d is %v, want %v", seed, p, i, p.c[i], want[i])
						}
					}
				}
			}
		}
	}
}
