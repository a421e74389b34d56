package data_test

import (
	"fmt"
	"log"

	"github.com/stheno/stheno/data"
)

// A batch of two images, drawn at random, as rows of numbers from 0 to 1, and their labels one-hot.
func Example() {
	mnist, err := data.MNIST()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(mnist.Train.Len(), mnist.Test.Len(), mnist.Rows, mnist.Cols, mnist.Classes)

	idx := make([]int, 2)
	if err := data.NewSampler(mnist.Train.Len(), 1).Draw(idx); err != nil {
		log.Fatal(err)
	}
	x, t := make([]float32, 2*784), make([]float32, 2*10)
	if err := data.Pixels(x, &mnist.Train, idx); err != nil {
		log.Fatal(err)
	}
	if err := data.OneHot(t, &mnist.Train, idx, mnist.Classes); err != nil {
		log.Fatal(err)
	}
	fmt.Println(t)
	// Output:
	// 60000 10000 28 28 10
	// [0 0 0 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0 1 0]
}
