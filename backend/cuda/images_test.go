package cuda_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/cpu"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// imageNet has every kind of layer that works on images.
var imageNet = models.Sequential{In: []int{2, 9, 8}, Seed: 3, Layers: []models.Layer{
	models.Conv{Filters: 5, Size: 3, Pad: 1}, models.BatchNorm{}, models.Activate("relu"), models.MaxPool{Size: 2},
	models.Conv{Filters: 34, Size: 2, Stride: 2}, models.Activate("tanh"), models.Dropout(0.3),
	models.Dense(6), models.Activate("relu"), models.Dense(3),
}}

// TestImageTraining: a net of convolutions, poolings, batch normalisation and dropout learns on cuda as it does on go.
func TestImageTraining(t *testing.T) {
	gpu := gpu(t)
	host, err := backend.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	defer host.Close()
	const batch, steps = 7, 4
	var seen [][]float64
	for _, e := range []backend.Engine{host, gpu} {
		net, err := imageNet.Net()
		if err != nil {
			t.Fatal(err)
		}
		m, err := models.New(net, e, tensor.Float64)
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		step, err := m.Step(batch, models.Momentum{})
		if err != nil {
			t.Fatal(err)
		}
		defer step.Close()
		if err := step.SetLR(0.05); err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(1, 2))
		var losses []float64
		for range steps {
			x, one := make([]float64, batch*net.In), make([]float64, batch*net.Out)
			for i := range x {
				x[i] = r.NormFloat64()
			}
			for i := range batch {
				one[i*net.Out+r.IntN(net.Out)] = 1
			}
			for _, err := range []error{step.X.Write(x), step.T.Write(one), step.Run()} {
				if err != nil {
					t.Fatal(err)
				}
			}
			loss, err := step.Loss()
			if err != nil {
				t.Fatal(err)
			}
			losses = append(losses, loss)
		}
		seen = append(seen, losses)
	}
	for i, want := range seen[0] {
		if got := seen[1][i]; !(math.Abs(got-want) <= 1e-10*math.Abs(want)) {
			t.Errorf("step %d: loss %v, on go %v", i, got, want)
		}
	}
}
