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

// A table is read for a training: a fifth of its lines to test on, inputs standardised, classes by their names.
func ExampleOpen() {
	set, err := data.Open("testdata/iris.csv", data.OpenOptions{Standardise: true, Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	defer set.Close()
	fmt.Println(set)
	x, t := make([]float32, set.Train.Inputs()), make([]float32, set.Train.Outputs())
	if err := set.Train.Read32(x, t, []int{0}); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f %v\n", x, t)
	// Output:
	// testdata/iris.csv: 120 training and 30 test samples of 4 inputs, 3 classes, ["setosa" "versicolor" "virginica"]
	// [-0.92 1.04 -1.36 -1.32] [1 0 0]
}

// Samples of a program's own: each is two numbers, and what is to be predicted is their product.
func ExampleCollect() {
	samples, err := data.Collect(func(yield func(x, t []float64) bool) {
		for i := range 100 {
			a, b := float64(i%10), float64(i/10)
			if !yield([]float64{a, b}, []float64{a * b}) {
				return
			}
		}
	}, 2, 1, 0)
	if err != nil {
		log.Fatal(err)
	}
	defer samples.Close()
	set := &data.Set{Name: "products", Shape: []int{2}, Train: samples, Test: samples}
	fmt.Println(set)
	// Output:
	// products: 100 training and 100 test samples of 2 inputs, 1 to predict
}
