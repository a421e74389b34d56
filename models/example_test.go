package models_test

import (
	"context"
	"fmt"
	"log"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/cpu"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/train"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A network is a few functions that build Gorgonia nodes; this one is softmax regression.
func ExampleNet() {
	engine, err := backend.Open("go")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer engine.Close()
	net := models.Net{
		Name: "mine", In: 784, Out: 10,
		Params: []models.Param{
			{Name: "W", Shape: []int{784, 10}, Init: models.Normal(models.NewRand(1), 7840, 0.01)},
			{Name: "b", Shape: []int{10}},
		},
		Scores: func(x *gorgonia.Node, p gorgonia.Nodes) (*gorgonia.Node, error) {
			return models.Affine(x, p[0], p[1])
		},
		Output: models.Softmax,
		Loss:   models.SoftmaxCrossEntropy,
	}
	m, err := models.New(net, engine, tensor.Float32)
	if err != nil {
		fmt.Println(err)
		return
	}
	mnist, err := data.MNIST()
	if err != nil {
		fmt.Println(err)
		return
	}
	h, err := train.Run(context.Background(), m, mnist, train.Config{Batch: 100, Iters: 600, LR: 0.1}, train.Events{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("more than eight of ten right:", h.TestAcc > 0.8)
	// Output: more than eight of ten right: true
}

// The book's network, before it has learned anything: all classes are as likely.
func ExampleModel_Predict() {
	engine, err := backend.Open("go")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer engine.Close()
	net, err := models.TwoLayerNet(784, 50, 10, 0.01, 1).Net()
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := models.New(net, engine, tensor.Float32)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer m.Close()
	y, err := m.Predict(tensor.New(tensor.WithShape(2, 784), tensor.Of(tensor.Float32)))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(net.Size(), "parameters")
	fmt.Printf("%v %.1f\n", y.Shape(), y.Data().([]float32)[:10])
	// Output:
	// 39760 parameters
	// (2, 10) [0.1 0.1 0.1 0.1 0.1 0.1 0.1 0.1 0.1 0.1]
}

// A network as a list of layers: a convolution, pooling, and a layer with dropout before the classes.
func ExampleSequential() {
	net, err := models.Sequential{
		Name: "mine", In: []int{1, 28, 28},
		Layers: []models.Layer{
			models.Conv{Filters: 8, Size: 3, Pad: 1}, models.BatchNorm{}, models.Activate("relu"), models.MaxPool{Size: 2},
			models.Dense(50), models.Activate("relu"), models.Dropout(0.5),
			models.Dense(10),
		},
		Seed: 1,
	}.Net()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range net.Params {
		fmt.Println(p.Name, p.Shape)
	}
	// Output:
	// W1 [8 1 3 3]
	// b1 [8]
	// gamma1 [8]
	// beta1 [8]
	// W2 [1568 50]
	// b2 [50]
	// W3 [50 10]
	// b3 [10]
}

// A file is all that a predictor needs. Any number of goroutines may ask it.
func ExamplePredictor() {
	engine, err := backend.Open("go")
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close()
	m, err := models.Load("testdata/old/mlp.safetensors", engine)
	if err != nil {
		log.Fatal(err)
	}
	p, err := models.NewPredictor(m, models.Batching{})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	x, y := []float32{0, 0.25, 0.5, 0.75, 0, 0.25, 0.5, 0.75, 0}, make([]float32, 3)
	if err := p.Predict(context.Background(), y, x); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.3f\n", y)
	// Output: [0.271 0.421 0.307]
}
