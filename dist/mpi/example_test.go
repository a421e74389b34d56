package mpi_test

import (
	"fmt"

	"github.com/stheno/stheno/dist"
	"github.com/stheno/stheno/dist/mpi"
)

// Joins the others where a launcher has started this process, and else is alone.
func Example() {
	g := dist.Alone()
	if by, rank, size, ok := mpi.Launched(); ok {
		var err error
		if g, err = mpi.Join(""); err != nil {
			fmt.Printf("process %d of %d that %s has started: %v\n", rank, size, by, err) // it says what to do
			return
		}
	}
	fmt.Println(g.Rank(), "of", g.Size())
	if err := g.Close(); err != nil {
		fmt.Println(err)
	}
	// Output: 0 of 1
}
