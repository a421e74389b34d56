package openblas

import (
	"testing"

	"gonum.org/v1/gonum/blas"
)

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
