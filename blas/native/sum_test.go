package native

import (
	"math/rand/v2"
	"testing"
	"unsafe"
)

func TestTileSum(t *testing.T) {
	eachSet(t, func(t *testing.T) {
		t.Run("type=float32", func(t *testing.T) { testTileSum(t, &active.Load().s.gemm) })
		t.Run("type=float64", func(t *testing.T) { testTileSum(t, &active.Load().d.gemm) })
	})
}

// testTileSum runs every size of tile on small integers, whose products and sums are exact, and on whole tiles the kernel that copies, too.
func testTileSum[T float](t *testing.T, g *gemmKernel[T]) {
	const seed = 11
	r := rand.New(rand.NewPCG(seed, 0))
	for cols := 1; cols <= g.nr; cols++ {
		for rows := 1; rows <= g.rows(cols); rows++ {
			rsA, csA := 40+r.IntN(3), 1
			copies := rows == g.mr && cols == g.nr && g.copying != nil
			if copies || r.IntN(2) == 1 {
				rsA, csA = 1, g.nr+r.IntN(3)
			}
			least := 0
			if copies {
				least = 1 // a kernel by itself needs a run
			}
			x := newSumTest[T](r, least+r.IntN(3), rows, cols, rsA, csA)
			x.check(t, seed, func(s *tileSum[T], a, c []T) { s.tile(rows, a, c) }, g)
			if copies {
				to, intact := guarded[T](x.steps*g.nr, r.IntN(16))
				x.check(t, seed, func(s *tileSum[T], a, c []T) { s.copied(to, a, c) }, g)
				if !intact() {
					t.Fatalf("seed %d: %d steps: wrote outside of the copy", seed, x.steps)
				}
				x.each(func(step, a, b int) {
					for j, v := range x.a[a:][:g.nr] {
						if got := to[step*g.nr+j]; got != v {
							t.Fatalf("seed %d: copy of step %d: [%d] = %v, want %v", seed, step, j, got, v)
						}
					}
				})
			}
		}
	}
}

// sumTest is a tileSum of up to three runs, of numbers that lie apart.
type sumTest[T float] struct {
	rows, cols, rsA, csA, ldb, ldc int
	runs                           []int
	steps                          int
	onto                           bool
	a, b, before                   []T
}

func newSumTest[T float](r *rand.Rand, runs, rows, cols, rsA, csA int) *sumTest[T] {
	x := &sumTest[T]{rows: rows, cols: cols, rsA: rsA, csA: csA, ldb: cols + r.IntN(3), ldc: cols + r.IntN(3), onto: r.IntN(2) == 1}
	for range runs {
		n := 1 + r.IntN(5)
		x.runs = append(x.runs, r.IntN(3)*csA, r.IntN(3)*x.ldb, n)
		x.steps += n
	}
	x.a, x.b, x.before = integers[T](r, (rows+22)*max(rsA, csA)+64), integers[T](r, 22*x.ldb+64), integers[T](r, (rows-1)*x.ldc+cols)
	return x
}

// each gives the steps, and where they find a and b.
func (x *sumTest[T]) each(step func(i, a, b int)) {
	i, a, b := 0, 0, 0
	for k := 0; k < len(x.runs); k += 3 {
		a, b = a+x.runs[k], b+x.runs[k+1]
		for range x.runs[k+2] {
			step(i, a, b)
			i, a, b = i+1, a+x.csA, b+x.ldb
		}
	}
}

func (x *sumTest[T]) check(t *testing.T, seed int, run func(s *tileSum[T], a, c []T), g *gemmKernel[T]) {
	t.Helper()
	c, intact := guarded[T](len(x.before), x.ldc%16)
	copy(c, x.before)
	s := &tileSum[T]{kern: g}
	s.set(x.cols, x.runs, x.rsA, x.csA, x.b, x.ldb, x.ldc, x.onto)
	run(s, x.a, c)
	for i := range c {
		want := x.before[i]
		if i, j := i/x.ldc, i%x.ldc; j < x.cols {
			if !x.onto {
				want = 0
			}
			x.each(func(_, a, b int) { want += x.a[a+i*x.rsA] * x.b[b+j] })
		}
		if c[i] != want {
			t.Fatalf("seed %d: %d x %d, runs %v, onto %v, ldc=%d: [%d] = %v, want %v", seed, x.rows, x.cols, x.runs, x.onto, x.ldc, i, c[i], want)
		}
	}
	if !intact() {
		t.Fatalf("seed %d: %d x %d: wrote outside of C", seed, x.rows, x.cols)
	}
}

// TestAhead has tiles ask for all that there is: each line of the columns, and all that is behind one another.
func TestAhead(t *testing.T) {
	const rows, stride, first = 5, 100, 28
	x, y := make([]float32, 640), make([]float32, 64)
	image := make([]float32, rows*stride)
	var a ahead[float32]
	a.begin(x, y, 4, 50)
	a.column(image, first, stride)
	lines := map[*byte]bool{}
	asked := 0
	for ; a.any; asked++ {
		next, pace := a.take()
		if asked < 3 && pace != stride*4 {
			t.Errorf("ask %d moves by %d bytes, want those of a row", asked, pace)
		}
		lines[next] = true
	}
	for _, at := range []*float32{&image[0], &image[16], &image[27], &x[0], &y[0]} {
		if !lines[(*byte)(unsafe.Pointer(at))] {
			t.Errorf("of %d asks none begins at %p", asked, at)
		}
	}
}
