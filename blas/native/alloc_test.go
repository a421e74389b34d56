package native

import (
	"testing"

	"gonum.org/v1/gonum/blas"
)

func TestNoAllocation(t *testing.T) {
	const m, n, k = 100, 50, 784
	a, b, c, bytes := make([]float32, m*k), make([]float32, k*n), make([]float32, m*n), make([]byte, m*n)
	d := make([]float64, m*k)
	eachSet(t, func(t *testing.T) {
		for name, f := range map[string]func(){
			"Sgemm NN":   func() { Implementation{}.Sgemm(blas.NoTrans, blas.NoTrans, m, n, k, 1, a, k, b, n, 0, c, n) },
			"Sgemm NT":   func() { Implementation{}.Sgemm(blas.NoTrans, blas.Trans, m, n, k, 1, a, k, b, k, 0, c, n) },
			"Sgemm TN":   func() { Implementation{}.Sgemm(blas.Trans, blas.NoTrans, m, n, k, 1, a, m, b, n, 0, c, n) },
			"Dgemm NT":   func() { Implementation{}.Dgemm(blas.NoTrans, blas.Trans, n, n, k, 1, d, k, d, k, 0, d, n) },
			"Ssigmoid":   func() { Ssigmoid(c, c) },
			"Sadd":       func() { Sadd(c, c, c) },
			"Ssoftmax":   func() { Ssoftmax(c, c, n) },
			"SfromBytes": func() { SfromBytes(c, bytes) },
		} {
			if got := testing.AllocsPerRun(3, f); got != 0 {
				t.Errorf("%s: %v allocations a call", name, got)
			}
		}
	})
}
