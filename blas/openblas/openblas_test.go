package openblas

import (
	"os"
	"strings"
	"testing"

	"github.com/stheno/stheno/blas/blastest"

	"gonum.org/v1/gonum/blas"
	"gorgonia.org/tensor"
)

// What gorgonia.Use and tensor.Use take.
var _ tensor.BLAS = (*Library)(nil)

func open1(t testing.TB) *Library {
	t.Helper()
	lib, err := Open()
	if err != nil {
		t.Skipf("OpenBLAS is missing: %v", err)
	}
	return lib
}

// BenchmarkCall is the cost of the foreign call: a product of one number.
func BenchmarkCall(b *testing.B) {
	lib := open1(b)
	x, y, z := []float32{2}, []float32{3}, []float32{0}
	b.ReportAllocs()
	for b.Loop() {
		lib.Sgemm(blas.NoTrans, blas.NoTrans, 1, 1, 1, 1, x, 1, y, 1, 0, z, 1)
	}
}

func TestConformance(t *testing.T) { blastest.Test(t, open1(t)) }

// TestProducts runs random products; with STHENO_LONG=1, 100,000 small and 2,000 large ones in each type.
func TestProducts(t *testing.T) {
	lib := open1(t)
	small := blastest.Random{Seed: 1, Count: 500, Most: 45, Borders: []int{4, 8, 16, 24, 32}, Share: 1}
	large := blastest.Random{Seed: 2, Count: 10, Most: 2100, Borders: []int{256, 384, 512, 1024, 2048}, Work: 1 << 22, Share: 1, Exact: true}
	if os.Getenv("STHENO_LONG") == "1" {
		small.Count, large.Count, large.Work = 100_000, 2_000, 1<<26
	}
	for _, x := range []blastest.Random{small, large} {
		if err := blastest.Check(lib.Sgemm, x); err != nil {
			t.Errorf("float32: %v", err)
		}
		if err := blastest.Check(lib.Dgemm, x); err != nil {
			t.Errorf("float64: %v", err)
		}
	}
}

// TestNoAllocations: a foreign call leaves nothing to the collector.
func TestNoAllocations(t *testing.T) {
	lib := open1(t)
	x, y, z := []float32{2}, []float32{3}, []float32{0}
	if n := testing.AllocsPerRun(100, func() {
		lib.Sgemm(blas.NoTrans, blas.NoTrans, 1, 1, 1, 1, x, 1, y, 1, 0, z, 1)
	}); n != 0 {
		t.Errorf("%v allocations a call", n)
	}
	if z[0] != 6 {
		t.Errorf("2·3 = %v", z[0])
	}
	u, v, w := []float64{2}, []float64{3}, []float64{0}
	if n := testing.AllocsPerRun(100, func() {
		lib.Dgemm(blas.NoTrans, blas.NoTrans, 1, 1, 1, 1, u, 1, v, 1, 0, w, 1)
	}); n != 0 || w[0] != 6 {
		t.Errorf("float64: %v allocations a call, 2·3 = %v", n, w[0])
	}
}

// TestPanics: what would read outside a slice is refused before the library sees it.
func TestPanics(t *testing.T) {
	lib := open1(t)
	for name, call := range map[string]func(){
		"short A": func() {
			lib.Sgemm(blas.NoTrans, blas.NoTrans, 2, 2, 2, 1, make([]float32, 3), 2, make([]float32, 4), 2, 0, make([]float32, 4), 2)
		},
		"leading dimension": func() {
			lib.Dgemm(blas.NoTrans, blas.NoTrans, 2, 2, 2, 1, make([]float64, 4), 1, make([]float64, 4), 2, 0, make([]float64, 4), 2)
		},
		"negative":  func() { lib.Dgemm(blas.NoTrans, blas.NoTrans, -1, 2, 2, 1, nil, 2, nil, 2, 0, nil, 2) },
		"transpose": func() { lib.Dgemm('X', blas.NoTrans, 1, 1, 1, 1, []float64{1}, 1, []float64{1}, 1, 0, []float64{1}, 1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			call()
		}()
	}
}

// TestWide: a build with 64-bit integers is known by what it says of itself.
func TestWide(t *testing.T) {
	for config, want := range map[string]bool{
		"OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY Haswell MAX_THREADS=64":             false,
		"OpenBLAS 0.3.21 NO_LAPACKE USE64BITINT DYNAMIC_ARCH NO_AFFINITY Haswell MAX_THREADS=64": true,
	} {
		if wide(config) != want {
			t.Errorf("wide(%q) = %v", config, !want)
		}
	}
}

func TestConfig(t *testing.T) {
	if c := open1(t).Config(); !strings.HasPrefix(c, "OpenBLAS ") {
		t.Errorf("config %q", c)
	}
}

// broken is a library with a fault in its products.
type broken struct {
	library
	spoil func(m, n, k int, beta float64, c []float64)
}

func (b broken) dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, x []float64, lda int, y []float64, ldb int, beta float64, c []float64, ldc int) {
	b.library.dgemm(tA, tB, m, n, k, alpha, x, lda, y, ldb, beta, c, ldc)
	b.spoil(m, n, k, beta, c)
}

// TestProof: a library that is wrong in one number of one product, or forgets beta, is not taken.
func TestProof(t *testing.T) {
	lib := open1(t)
	if err := lib.prove(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(m, n, k int, beta float64, c []float64){
		"the last column of wide products": func(m, n, k int, _ float64, c []float64) {
			if n > 64 {
				c[n-1]++
			}
		},
		"long sums": func(_, _, k int, _ float64, c []float64) {
			if k > 1024 {
				c[0]--
			}
		},
		"one row": func(m, n, _ int, _ float64, c []float64) {
			if m == 1 && n > 1 {
				c[3] *= 2
			}
		},
		"beta": func(_, _, _ int, beta float64, c []float64) {
			if beta != 0 {
				for i := range c {
					c[i] /= 2
				}
			}
		},
	} {
		bad := &Library{lib: broken{lib.lib, spoil}}
		err := bad.prove()
		if err == nil || !strings.HasPrefix(err.Error(), "OpenBLAS computes wrong products on this processor (") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
