package blastest_test

import (
	"fmt"

	"github.com/stheno/stheno/blas/blastest"

	"gonum.org/v1/gonum/blas/gonum"
)

// An author's own test calls Test; Check draws products of any size at random, here around blocks of 8 and 16.
func ExampleCheck() {
	fmt.Println(blastest.Check(gonum.Implementation{}.Dgemm, blastest.Random{Seed: 1, Count: 50, Most: 40, Borders: []int{8, 16}, Share: 1}))
	// Output: <nil>
}
