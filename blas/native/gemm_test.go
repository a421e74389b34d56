package native

import (
	"fmt"
	"math/rand/v2"
	"testing"

	ours "github.com/stheno/stheno/blas"
	"github.com/stheno/stheno/blas/blastest"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

var _ ours.Gemm = Implementation{}

func TestSuite(t *testing.T) {
	eachSet(t, func(t *testing.T) { blastest.Test(t, Implementation{}) })
}

type gemmFunc[T float] func(tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)

var transposes = []blas.Transpose{blas.NoTrans, blas.Trans}

// shapes cross the edges of tiles and blocks.
var shapes = [][3]int{
	{1, 1, 1}, {1, 50, 784}, {2, 3, 4}, {5, 7, 3}, {13, 15, 16}, {14, 16, 17}, {15, 17, 33}, {27, 31, 40}, {29, 33, 513},
	{100, 50, 784}, {784, 50, 100}, {100, 10, 50}, {50, 10, 100}, {100, 50, 10}, {90, 70, 1100}, {65, 130, 30}, {3, 530, 1030}, {70, 3, 1100}, {37, 34, 20},
}

// TestPanics wants gonum's words for gonum's reasons.
func TestPanics(t *testing.T) {
	good := product[float32]{tA: blas.NoTrans, tB: blas.NoTrans, m: 2, n: 3, k: 4, alpha: 1, lda: 4, ldb: 3, ldc: 3,
		a: make([]float32, 8), b: make([]float32, 12), c: make([]float32, 6)}
	for _, spoil := range []func(p *product[float32]){
		func(p *product[float32]) { p.tA = 'x' },
		func(p *product[float32]) { p.tB = 'x' },
		func(p *product[float32]) { p.m = -1 },
		func(p *product[float32]) { p.n = -1 },
		func(p *product[float32]) { p.k = -1 },
		func(p *product[float32]) { p.lda = 3 },
		func(p *product[float32]) { p.ldb = 2 },
		func(p *product[float32]) { p.ldc = 2 },
		func(p *product[float32]) { p.a = p.a[:7] },
		func(p *product[float32]) { p.b = p.b[:11] },
		func(p *product[float32]) { p.c = p.c[:5] },
		func(p *product[float32]) { p.tA, p.lda = blas.Trans, 1 },
		func(p *product[float32]) { p.tB, p.ldb = blas.Trans, 3 },
	} {
		p := good
		spoil(&p)
		ours := panics(func() { p.run(Implementation{}.Sgemm) })
		if gonums := panics(func() { p.run(gonum.Implementation{}.Sgemm) }); ours != gonums || ours == nil {
			t.Errorf("%v: panic %v, gonum's %v", p, ours, gonums)
		}
	}
}

func panics(f func()) (words any) {
	defer func() { words = recover() }()
	f()
	return nil
}

// TestSameBits cuts products in all ways that a caller may, and wants the same bits.
func TestSameBits(t *testing.T) {
	eachSet(t, func(t *testing.T) {
		t.Run("type=float32", func(t *testing.T) { testSameBits(t, Implementation{}.Sgemm) })
		t.Run("type=float64", func(t *testing.T) { testSameBits(t, Implementation{}.Dgemm) })
	})
}

func testSameBits[T float](t *testing.T, f gemmFunc[T]) {
	const seed = 2
	r := rand.New(rand.NewPCG(seed, 0))
	packed := [3]int{130, 260, 2050} // large enough for packing while its parts are not
	for _, s := range append(shapes, packed, [3]int{3, 4100, 5}) {
		for _, tA := range transposes {
			for _, tB := range transposes {
				whole := newProduct[T](r, tA, tB, s[0], s[1], s[2], 0.75, 1.5)
				parts := whole
				parts.c = append([]T(nil), whole.c...)
				whole.run(f)
				for i := 0; i < s[0]; {
					rows := min(1+r.IntN(max(1, s[0]/2)), s[0]-i)
					for j := 0; j < s[1]; {
						cols := min(1+r.IntN(max(1, s[1]/2)), s[1]-j)
						parts.part(i, j, rows, cols).run(f)
						j += cols
					}
					i += rows
				}
				for i := range whole.c {
					if whole.c[i] != parts.c[i] {
						t.Fatalf("seed %d: %v: element %d is %v whole, %v in parts", seed, whole, i, whole.c[i], parts.c[i])
					}
				}
			}
		}
	}
}

// product is one call of a matrix product.
type product[T float] struct {
	tA, tB        blas.Transpose
	m, n, k       int
	alpha, beta   T
	a, b, c       []T
	lda, ldb, ldc int
}

func newProduct[T float](r *rand.Rand, tA, tB blas.Transpose, m, n, k int, alpha, beta T) product[T] {
	rowsA, colsA := ours.Stored(tA, m, k)
	rowsB, colsB := ours.Stored(tB, k, n)
	p := product[T]{tA: tA, tB: tB, m: m, n: n, k: k, alpha: alpha, beta: beta}
	p.lda, p.ldb, p.ldc = colsA+r.IntN(4), colsB+r.IntN(4), n+r.IntN(4)
	p.a = random[T](r, (rowsA-1)*p.lda+colsA)
	p.b = random[T](r, (rowsB-1)*p.ldb+colsB)
	p.c = random[T](r, (m-1)*p.ldc+n)
	return p
}

func (p product[T]) run(f gemmFunc[T]) {
	f(p.tA, p.tB, p.m, p.n, p.k, p.alpha, p.a, p.lda, p.b, p.ldb, p.beta, p.c, p.ldc)
}

// part is the product of some rows and columns of C.
func (p product[T]) part(i, j, rows, cols int) product[T] {
	if p.tA == blas.NoTrans {
		p.a = p.a[i*p.lda:]
	} else {
		p.a = p.a[i:]
	}
	if p.tB == blas.NoTrans {
		p.b = p.b[j:]
	} else {
		p.b = p.b[j*p.ldb:]
	}
	p.c = p.c[i*p.ldc+j:]
	p.m, p.n = rows, cols
	return p
}

func (p product[T]) String() string {
	return fmt.Sprintf("%c%c m=%d n=%d k=%d alpha=%v beta=%v lda=%d ldb=%d ldc=%d", p.tA, p.tB, p.m, p.n, p.k, p.alpha, p.beta, p.lda, p.ldb, p.ldc)
}
