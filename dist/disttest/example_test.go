package disttest_test

import (
	"fmt"

	"github.com/stheno/stheno/dist"
	"github.com/stheno/stheno/dist/disttest"
)

func ExampleRun() {
	err := disttest.Run(4, func(g dist.Group) error {
		x := []float32{float32(g.Rank())}
		sum, err := g.Sum(x)
		if err != nil {
			return err
		}
		if err := dist.Do(sum); err != nil || g.Rank() > 0 {
			return err
		}
		fmt.Println(x[0])
		return nil
	})
	fmt.Println(err)
	// Output:
	// 6
	// <nil>
}
