package bigmath_test

import (
	"fmt"
	"math"

	"github.com/stheno/stheno/blas/blastest/bigmath"
)

// How far a function is from the truth, in units in the last place of a float64.
func ExampleFormat_ULPs() {
	want := bigmath.Exp(bigmath.Num(1))
	fmt.Println(want.Text('f', 40))
	fmt.Println("math.E is nearest:", bigmath.Double.ULPs(math.E, want) <= 0.5)
	// Output:
	// 2.7182818284590452353602874713526624977572
	// math.E is nearest: true
}
