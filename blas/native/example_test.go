package native_test

import (
	"fmt"

	"github.com/stheno/stheno/blas/native"

	"gonum.org/v1/gonum/blas"
)

// The arguments are gonum's: C (2 x 2) = 1·A·B + 0·C, with A (2 x 3) and B (3 x 2).
func ExampleImplementation_Sgemm() {
	a, b, c := []float32{1, 2, 3, 4, 5, 6}, []float32{1, 0, 0, 1, 1, 1}, make([]float32, 4)
	native.Implementation{}.Sgemm(blas.NoTrans, blas.NoTrans, 2, 2, 3, 1, a, 3, b, 2, 0, c, 2)
	fmt.Println(c)
	// Output: [4 5 10 11]
}

// The destination of a vector kernel may be its source.
func ExampleSsqrt() {
	x := []float32{1, 4, 9}
	native.Ssqrt(x, x)
	fmt.Println(x)
	// Output: [1 2 3]
}
