package stheno_test

import (
	"context"
	"fmt"
	"log"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/cpu"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/train"

	"gorgonia.org/tensor"
)

// The book's network learns MNIST.
func Example() {
	engine, err := backend.Open("go")
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close()
	net, err := models.TwoLayerNet(784, 50, 10, 0.01, 1).Net()
	if err != nil {
		log.Fatal(err)
	}
	m, err := models.New(net, engine, tensor.Float32)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	mnist, err := data.MNIST()
	if err != nil {
		log.Fatal(err)
	}
	history, err := train.Run(context.Background(), m, mnist, train.Config{Batch: 100, Iters: 1200, LR: 0.1}, train.Events{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("more than seven of ten right:", history.TestAcc > 0.7)
	// Output: more than seven of ten right: true
}
