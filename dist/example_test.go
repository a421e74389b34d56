package dist_test

import (
	"fmt"

	"github.com/stheno/stheno/dist"
)

// A program is written once, for any number of processes.
func Example() {
	g := dist.Alone() // or mpi.Join(""), where mpi.Launched says that there are others
	x := []float64{1, 2, 3}
	sum, err := g.Sum(x)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := dist.Do(sum); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(x, "over", g.Size(), "process")
	// Output: [1 2 3] over 1 process
}
