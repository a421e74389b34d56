package native

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	ours "github.com/stheno/stheno/blas"

	"gonum.org/v1/gonum/blas"
)

// benchShapes are those of the book's net, then large ones.
var benchShapes = []struct {
	tA, tB  blas.Transpose
	m, n, k int
}{
	{blas.NoTrans, blas.NoTrans, 100, 50, 784},
	{blas.Trans, blas.NoTrans, 784, 50, 100},
	{blas.NoTrans, blas.NoTrans, 100, 10, 50},
	{blas.Trans, blas.NoTrans, 50, 10, 100},
	{blas.NoTrans, blas.Trans, 100, 50, 10},
	{blas.NoTrans, blas.NoTrans, 10000, 50, 784},
	{blas.NoTrans, blas.NoTrans, 1, 50, 784},
	{blas.NoTrans, blas.NoTrans, 512, 512, 512},
	{blas.NoTrans, blas.NoTrans, 1024, 1024, 1024},
	{blas.NoTrans, blas.NoTrans, 100, 512, 784},
	{blas.NoTrans, blas.NoTrans, 1024, 1024, 784},
	{blas.NoTrans, blas.Trans, 512, 512, 512},
	{blas.Trans, blas.NoTrans, 512, 512, 512},
	{blas.NoTrans, blas.Trans, 1, 784, 50},
}

// BenchmarkGemm reports the best of many short runs beside the mean, for machines that others use too.
func BenchmarkGemm(b *testing.B) {
	eachSet(b, func(b *testing.B) {
		b.Run("type=float32", func(b *testing.B) { benchGemm(b, Implementation{}.Sgemm) })
		b.Run("type=float64", func(b *testing.B) { benchGemm(b, Implementation{}.Dgemm) })
	})
}

func benchGemm[T float](b *testing.B, f gemmFunc[T]) {
	for _, s := range benchShapes {
		b.Run(fmt.Sprintf("op=%c%c/m=%d/n=%d/k=%d", s.tA, s.tB, s.m, s.n, s.k), func(b *testing.B) {
			p := newProduct[T](rand.New(rand.NewPCG(1, 0)), s.tA, s.tB, s.m, s.n, s.k, 1, 0)
			_, p.lda = ours.Stored(s.tA, s.m, s.k)
			_, p.ldb = ours.Stored(s.tB, s.k, s.n)
			p.ldc = s.n
			flop := 2 * float64(s.m) * float64(s.n) * float64(s.k)
			reportBest(b, flop, "GFLOP/s", func() { p.run(f) })
		})
	}
}

// reportBest runs f and reports work per nanosecond: the mean, and the best of runs that are each long enough for the
// clock.
func reportBest(b *testing.B, work float64, unit string, f func()) {
	b.Helper()
	f()
	start := time.Now()
	f()
	chunk := 1 + int(20*time.Microsecond/(time.Since(start)+1))
	best := time.Duration(1 << 62)
	runs := 0
	for b.Loop() {
		start := time.Now()
		for range chunk {
			f()
		}
		best = min(best, time.Since(start))
		runs += chunk
	}
	b.ReportMetric(work*float64(runs)/float64(b.Elapsed()), unit)
	b.ReportMetric(work*float64(chunk)/float64(best), "best-"+unit)
	b.ReportMetric(0, "ns/op")
}

// BenchmarkTile measures what one full tile reaches on operands in the first-level cache.
func BenchmarkTile(b *testing.B) {
	eachSet(b, func(b *testing.B) {
		b.Run("type=float32", func(b *testing.B) { benchTile(b, &active.Load().s.gemm) })
		b.Run("type=float64", func(b *testing.B) { benchTile(b, &active.Load().d.gemm) })
	})
}

func benchTile[T float](b *testing.B, g *gemmKernel[T]) {
	const k = 128
	r := rand.New(rand.NewPCG(1, 0))
	pa, pb, pc := random[T](r, g.mr*k), random[T](r, g.nr*k), make([]T, g.mr*g.nr)
	reportBest(b, 2*k*float64(g.mr*g.nr), "GFLOP/s", func() {
		g.tile(g.mr, g.nr, k, 1, pa, 1, g.mr, pb, g.nr, 0, pc, g.nr)
	})
}
