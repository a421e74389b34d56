package blastest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"unsafe"

	gonum "gonum.org/v1/gonum/blas"
)

// shape is that of one product: C is m x n, the sum runs over k.
type shape struct {
	m, n, k int
	tA, tB  gonum.Transpose
}

// product is one call, C = alpha·op(A)·op(B) + beta·C.
type product[T float] struct {
	shape
	alpha, beta   T
	a, b, c       guarded[T]
	lda, ldb, ldc int
}

// numbers draws an element.
type numbers func(r *rand.Rand) float64

// normal numbers have sums that are rounded.
func normal(r *rand.Rand) float64 { return r.NormFloat64() }

// integers have sums that are exact in float32, up to some thousand steps.
func integers(r *rand.Rand) float64 { return float64(r.IntN(17) - 8) }

// draw makes a product. share is that of A's elements that are not zero. Between the rows of the matrices, whose leading
// dimensions are often too wide, lies NaN.
func draw[T float](r *rand.Rand, s shape, number numbers, share float64) product[T] {
	factors := []T{0, 1, -1, 0.5}
	p := product[T]{shape: s, alpha: factors[r.IntN(4)], beta: factors[r.IntN(4)]}
	var a, b, c []T
	a, p.lda = matrix[T](r, s.m, s.k, s.tA, number)
	b, p.ldb = matrix[T](r, s.k, s.n, s.tB, number)
	c, p.ldc = matrix[T](r, s.m, s.n, gonum.NoTrans, number)
	for i := range a {
		if r.Float64() >= share {
			a[i] *= 0
		}
	}
	p.a, p.b, p.c = guard(a), guard(b), guard(c)
	return p
}

// matrix draws what is stored for op(X) of rows x cols.
func matrix[T float](r *rand.Rand, rows, cols int, t gonum.Transpose, number numbers) ([]T, int) {
	if t != gonum.NoTrans {
		rows, cols = cols, rows
	}
	ld := max(1, cols+r.IntN(2)*r.IntN(5))
	x := make([]T, max(0, (rows-1)*ld+cols))
	for i := range x {
		x[i] = T(number(r))
		if i%ld >= cols {
			x[i] = T(math.NaN())
		}
	}
	return x, ld
}

// run calls f and compares C with what it should be. All that is not the result must keep its bits: A, B, what is between
// the rows of C, and what is around the three. With beta = 0, C is NaN before: it must not be read.
func (p *product[T]) run(f Gemm[T], compare func(old []T) error) error {
	c := p.c.inside
	if p.beta == 0 {
		spoil(c)
	}
	a, b, old := slices.Clone(p.a.inside), slices.Clone(p.b.inside), slices.Clone(c)
	f(p.tA, p.tB, p.m, p.n, p.k, p.alpha, p.a.inside, p.lda, p.b.inside, p.ldb, p.beta, c, p.ldc)
	switch {
	case !same(p.a.inside, a), !same(p.b.inside, b):
		return fmt.Errorf("%v: wrote to A or B", p)
	case !p.a.whole(), !p.b.whole(), !p.c.whole():
		return fmt.Errorf("%v: wrote outside of a matrix", p)
	}
	for i := range p.m {
		if end := min((i+1)*p.ldc, len(c)); !same(c[i*p.ldc+p.n:end], old[i*p.ldc+p.n:end]) {
			return fmt.Errorf("%v: wrote between the rows of C", p)
		}
	}
	return compare(old)
}

// near compares each element with its sum in float64. The error of a sum of k products is bounded by about k·u times the
// sum of their absolute values (Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 3.1), where u is the
// type's unit roundoff.
func (p *product[T]) near(old []T) error {
	u := 0x1p-53
	if unsafe.Sizeof(T(0)) == 4 {
		u = 0x1p-24
	}
	for i := range p.m {
		for j := range p.n {
			want, size := p.element(i, j, old)
			bound := float64(p.k+4) * 2 * u * size
			if got := float64(p.c.inside[i*p.ldc+j]); !(math.Abs(got-want) <= bound) {
				return fmt.Errorf("%v: C[%d,%d] = %v, want %v within %g", p, i, j, got, want, bound)
			}
		}
	}
	return nil
}

// element is what C[i,j] should be, and the sum of the magnitudes of all that is added up for it.
func (p *product[T]) element(i, j int, old []T) (want, size float64) {
	for l := range p.k {
		x := float64(at(p.a.inside, p.lda, p.tA, i, l)) * float64(at(p.b.inside, p.ldb, p.tB, l, j))
		want += x
		size += math.Abs(x)
	}
	want *= float64(p.alpha)
	size *= math.Abs(float64(p.alpha))
	if p.beta != 0 {
		x := float64(p.beta) * float64(old[i*p.ldc+j])
		want += x
		size += math.Abs(x)
	}
	return want, size
}

func at[T float](x []T, ld int, t gonum.Transpose, i, j int) T {
	if t != gonum.NoTrans {
		i, j = j, i
	}
	return x[i*ld+j]
}

// String names the call.
func (p *product[T]) String() string {
	return fmt.Sprintf("%dx%dx%d, transposes %c%c, alpha %v, beta %v, leading dimensions %d, %d, %d", p.m, p.n, p.k, p.tA, p.tB, p.alpha, p.beta, p.lda, p.ldb, p.ldc)
}

// guarded is a copy of a matrix with canaries before and after it: a vector's width, what a kernel overshoots by.
type guarded[T float] struct{ all, inside []T }

const (
	canary   = 1e9
	canaries = 16
)

func guard[T float](x []T) guarded[T] {
	row := slices.Repeat([]T{canary}, canaries)
	all := slices.Concat(row, x, row)
	end := canaries + len(x)
	return guarded[T]{all, all[canaries:end:end]}
}

func (g guarded[T]) whole() bool {
	dead := func(x T) bool { return x != canary }
	return !slices.ContainsFunc(g.all[:canaries], dead) && !slices.ContainsFunc(g.all[len(g.all)-canaries:], dead)
}

func spoil[T float](x []T) {
	for i := range x {
		x[i] = T(math.NaN())
	}
}

// same takes NaN for equal to NaN.
func same[T float](x, y []T) bool {
	return slices.EqualFunc(x, y, func(a, b T) bool { return a == b || a != a && b != b })
}
