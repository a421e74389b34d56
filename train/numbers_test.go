package train_test

import (
	"context"
	"fmt"
	"log"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/train"

	"gorgonia.org/tensor"
)

// A program's own numbers: y = 2a − b is learned from 100 samples, and R² says how well.
func ExampleRun_regression() {
	engine, err := backend.Open("go")
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close()
	net, err := models.MLP{Widths: []int{2, 1}, Seed: 1, Regression: true}.Net()
	if err != nil {
		log.Fatal(err)
	}
	m, err := models.New(net, engine, tensor.Float64)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()

	var x, y []float64
	for i := range 100 {
		a, b := float64(i%10)/10, float64(i/10)/10
		x, y = append(x, a, b), append(y, 2*a-b)
	}
	samples, err := data.Floats(x, y, 2, 1)
	if err != nil {
		log.Fatal(err)
	}
	set := &data.Set{Name: "2a − b", Shape: []int{2}, Train: samples, Test: samples}
	h, err := train.Run(context.Background(), m, set, train.Config{Batch: 20, Iters: 500, LR: 0.5, Sampling: data.Epochs}, train.Events{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %.3f\n", h.Metric, h.TestAcc)
	// Output:
	// R²: 1.000
}
