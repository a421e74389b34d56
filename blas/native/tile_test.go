package native

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func TestTile(t *testing.T) {
	eachSet(t, func(t *testing.T) {
		t.Run("type=float32", func(t *testing.T) { testTile(t, &active.Load().s.gemm) })
		t.Run("type=float64", func(t *testing.T) { testTile(t, &active.Load().d.gemm) })
	})
}

// testTile runs every size of tile on small integers, whose products and sums are exact.
func testTile[T float](t *testing.T, g *gemmKernel[T]) {
	const seed = 7
	r := rand.New(rand.NewPCG(seed, 0))
	for cols := 1; cols <= g.nr; cols++ {
		for rows := 1; rows <= g.rows(cols); rows++ {
			k, ldc := 1+r.IntN(9), cols+r.IntN(3)
			rsA, csA := k+r.IntN(3), 1
			if r.IntN(2) == 1 {
				rsA, csA = 1, rows+r.IntN(3)
			}
			ldb := cols + r.IntN(3)
			a, b := integers[T](r, (rows-1)*rsA+(k-1)*csA+1), integers[T](r, (k-1)*ldb+cols)
			c, intact := guarded[T]((rows-1)*ldc+cols, r.IntN(16))
			alpha, beta := T(r.IntN(3)-1), T(r.IntN(3))
			before := integers[T](r, len(c))
			copy(c, before)
			g.tile(rows, cols, k, alpha, a, rsA, csA, b, ldb, beta, c, ldc)
			for i := range c {
				want := before[i]
				if i, j := i/ldc, i%ldc; j < cols {
					want *= beta
					for p := range k {
						want += alpha * a[i*rsA+p*csA] * b[p*ldb+j]
					}
				}
				if c[i] != want {
					t.Fatalf("seed %d: %d x %d, k=%d, alpha=%v, beta=%v, ldc=%d: [%d] = %v, want %v", seed, rows, cols, k, alpha, beta, ldc, i, c[i], want)
				}
			}
			if !intact() {
				t.Fatalf("seed %d: %d x %d: wrote outside of C", seed, rows, cols)
			}
		}
	}
}

// integers are small.
func integers[T float](r *rand.Rand, n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(r.IntN(19) - 9)
	}
	return x
}

func TestPack(t *testing.T) {
	eachSet(t, func(t *testing.T) {
		t.Run("type=float32", func(t *testing.T) { testPack(t, &active.Load().s.gemm) })
		t.Run("type=float64", func(t *testing.T) { testPack(t, &active.Load().d.gemm) })
	})
}

func testPack[T float](t *testing.T, g *gemmKernel[T]) {
	const most = 35 // crosses four of the largest squares
	r := rand.New(rand.NewPCG(8, 0))
	for rows := 1; rows < most; rows++ {
		for cols := 1; cols < most; cols++ {
			ldd, lds := rows+r.IntN(3), cols+r.IntN(3)
			src := random[T](r, rows*lds)
			dst, intact := guarded[T](cols*ldd, r.IntN(16))
			g.pack.transposed(dst, ldd, src, lds, rows, cols)
			for i := range dst {
				want := T(canary)
				if j, i := i/ldd, i%ldd; i < rows {
					want = src[i*lds+j]
				}
				if dst[i] != want {
					t.Fatalf("transpose %d x %d: [%d] = %v, want %v", rows, cols, i, dst[i], want)
				}
			}
			if !intact() {
				t.Fatalf("transpose %d x %d: wrote outside of dst", rows, cols)
			}
		}
		lds := g.nr + r.IntN(3)
		src := random[T](r, rows*lds)
		dst, intact := guarded[T](rows*g.nr, r.IntN(16))
		g.pack.rows(dst, src, lds, rows)
		for i := range dst {
			if want := src[i/g.nr*lds+i%g.nr]; dst[i] != want {
				t.Fatalf("%d rows: [%d] = %v, want %v", rows, i, dst[i], want)
			}
		}
		if !intact() {
			t.Fatalf("%d rows: wrote outside of dst", rows)
		}
	}
}

// BenchmarkPack brings B of 512 x 512 into panels, as it is and transposed.
func BenchmarkPack(b *testing.B) {
	eachSet(b, func(b *testing.B) {
		b.Run("type=float32", func(b *testing.B) { benchPack(b, &active.Load().s.gemm) })
		b.Run("type=float64", func(b *testing.B) { benchPack(b, &active.Load().d.gemm) })
	})
}

func benchPack[T float](b *testing.B, g *gemmKernel[T]) {
	const n = 512
	var w workspace[T]
	x := random[T](rand.New(rand.NewPCG(1, 0)), n*n)
	for name, o := range map[string]operand[T]{"no": {x, n, 1}, "yes": {x, 1, n}} {
		b.Run(fmt.Sprintf("transposed=%s", name), func(b *testing.B) {
			reportBest(b, n*n, "elements/ns", func() { w.packB(g, o, n, n) })
		})
	}
}
