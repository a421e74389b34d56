package blastest

import (
	"fmt"
	"math"
	"math/rand/v2"

	gonum "gonum.org/v1/gonum/blas"
)

// Random says which products to draw.
type Random struct {
	Seed    uint64
	Count   int
	Most    int     // the largest dimension
	Borders []int   // sizes at which the implementation turns to something else: half of the dimensions lie around them
	Work    int     // the largest m·n·k; 0 for any
	Share   float64 // of A's elements that are not zero
	Exact   bool    // of integers: C is checked as a whole, and exactly, in a time that grows with the matrices only
	Poison  func()  // spoils what a product must not read, before each run; or nil
}

// runs is how often a product is run on the same memory.
const runs = 3

// Check runs the products, each three times on the same memory. With beta = 0, C is NaN before each run.
func Check[T float](f Gemm[T], x Random) error {
	for i := range x.Count {
		r := rand.New(rand.NewPCG(x.Seed, uint64(i)))
		number := normal
		if x.Exact {
			number = integers
		}
		p := draw[T](r, x.shape(r), number, x.Share)
		compare := p.near
		if x.Exact {
			compare = p.exactly(r)
		}
		for run := range runs {
			if x.Poison != nil {
				x.Poison()
			}
			if err := p.run(f, compare); err != nil {
				return fmt.Errorf("seed %d, product %d, run %d: %w", x.Seed, i, run, err)
			}
		}
	}
	return nil
}

func (x Random) shape(r *rand.Rand) shape {
	d := [3]int{x.size(r), x.size(r), x.size(r)}
	for x.Work > 0 && d[0]*d[1]*d[2] > x.Work {
		d[r.IntN(3)] = 1 + r.IntN(8) // the other two stay where they are
	}
	return shape{d[0], d[1], d[2], transpose(r), transpose(r)}
}

// size is around a border, or anything: as often between 10 and 20 as between 100 and 200.
func (x Random) size(r *rand.Rand) int {
	switch {
	case r.IntN(40) == 0:
		return 0
	case len(x.Borders) > 0 && r.IntN(2) == 0:
		return min(x.Most, max(1, x.Borders[r.IntN(len(x.Borders))]+r.IntN(5)-2))
	}
	return int(math.Pow(float64(x.Most+1), r.Float64()))
}

// exactly compares C, a product of integers, with its right value by what both make of a random vector x of integers:
// C·x against alpha·op(A)·(op(B)·x) + beta·C'·x (Freivalds, Probabilistic machines can use less running time, IFIP 1977).
// Nothing is rounded in float64, so there is no bound to it; a wrong row stays unseen in one of 2¹⁶ cases at most.
func (p *product[T]) exactly(r *rand.Rand) func(old []T) error {
	x := make([]float64, p.n)
	for j := range x {
		x[j] = float64(r.IntN(1 << 16))
	}
	abx := times(p.a.inside, p.lda, p.tA, p.m, p.k, times(p.b.inside, p.ldb, p.tB, p.k, p.n, x))
	return func(old []T) error {
		got := times(p.c.inside, p.ldc, gonum.NoTrans, p.m, p.n, x)
		kept := make([]float64, p.m)
		if p.beta != 0 {
			kept = times(old, p.ldc, gonum.NoTrans, p.m, p.n, x)
		}
		for i := range got {
			if got[i] != float64(p.alpha)*abx[i]+float64(p.beta)*kept[i] {
				return p.find(i, old)
			}
		}
		return nil
	}
}

// times is op(X)·v for op(X) of rows x cols.
func times[T float](x []T, ld int, t gonum.Transpose, rows, cols int, v []float64) []float64 {
	out := make([]float64, rows)
	if t != gonum.NoTrans {
		for j := range cols {
			for i, e := range x[j*ld:][:rows] {
				out[i] += float64(e) * v[j]
			}
		}
		return out
	}
	for i := range rows {
		for j, e := range x[i*ld:][:cols] {
			out[i] += float64(e) * v[j]
		}
	}
	return out
}

// find names the first wrong element of a row that is wrong.
func (p *product[T]) find(i int, old []T) error {
	for j := range p.n {
		if want, _ := p.element(i, j, old); float64(p.c.inside[i*p.ldc+j]) != want {
			return fmt.Errorf("%v: C[%d,%d] = %v, want %v exactly", p, i, j, p.c.inside[i*p.ldc+j], want)
		}
	}
	return fmt.Errorf("%v: row %d of C is wrong in its sum and right in its elements: a bug of the test", p, i)
}
