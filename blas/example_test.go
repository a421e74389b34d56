package blas_test

import (
	"fmt"

	"github.com/stheno/stheno/blas"
	"github.com/stheno/stheno/blas/native"

	gonum "gonum.org/v1/gonum/blas"
	reference "gonum.org/v1/gonum/blas/gonum"
)

// A function of a Gemm takes our products and gonum's.
func ExampleGemm() {
	square := func(g blas.Gemm, a []float64) []float64 {
		c := make([]float64, 4)
		g.Dgemm(gonum.NoTrans, gonum.NoTrans, 2, 2, 2, 1, a, 2, a, 2, 0, c, 2)
		return c
	}
	fmt.Println(square(native.Implementation{}, []float64{1, 2, 3, 4}))
	fmt.Println(square(reference.Implementation{}, []float64{1, 2, 3, 4}))
	// Output:
	// [7 10 15 22]
	// [7 10 15 22]
}
