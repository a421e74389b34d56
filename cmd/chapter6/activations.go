package main

import (
	"fmt"
	"io"
	"math"

	"github.com/stheno/stheno/figures"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// activations shows what initial weights make of 1000 normal samples in five layers of 100 units (6.2.2 and 6.2.3, figures 6-10 to 6-14).
func activations(w *work) error {
	inits := map[string][]struct {
		name string
		init models.Init
	}{
		"sigmoid": {{"std = 1", models.Std(1)}, {"std = 0.01", models.Std(0.01)}, {"Xavier", models.Xavier}},
		"relu":    {{"std = 0.01", models.Std(0.01)}, {"Xavier", models.Xavier}, {"He", models.He}},
	}
	for _, f := range []struct{ activation, figure string }{{"sigmoid", "fig6-10"}, {"relu", "fig6-14"}} {
		var samples []figures.Sample
		fmt.Fprintf(w, "\n%s: standard deviation of each layer's outputs\n", f.activation)
		for _, i := range inits[f.activation] {
			line := fmt.Sprintf("%-10s", i.name)
			for layer := range 5 {
				y, err := w.outputs(f.activation, i.init, layer+1)
				if err != nil {
					return err
				}
				line += fmt.Sprintf(" %.4f", deviation(y))
				samples = append(samples, sample(f.activation, i.name, layer+1, y))
			}
			fmt.Fprintln(w, line)
		}
		err := w.Draw(f.figure, func(out io.Writer, format string) error { return figures.Histograms(out, format, 0, 1, 5, samples...) })
		if err != nil {
			return err
		}
	}
	return nil
}

// outputs are those of the last of so many layers.
func (w *work) outputs(activation string, init models.Init, layers int) ([]float64, error) {
	const samples, units = 1000, 100
	s := models.Sequential{Name: "activations", In: []int{units}, Init: init, Seed: w.seed}
	for range layers {
		s.Layers = append(s.Layers, models.Dense(units), models.Activate(activation))
	}
	net, err := s.Net()
	if err != nil {
		return nil, err
	}
	net.Output = nil // no softmax
	m, err := models.New(net, w.Engine, tensor.Float64)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	x := models.Normal(models.NewRand(w.seed+1), samples*units, 1)
	y, err := m.Predict(tensor.New(tensor.WithShape(samples, units), tensor.WithBacking(x)))
	if err != nil {
		return nil, err
	}
	return y.Float64s(), nil
}

// sample leaves out relu's zeros, which would dwarf the rest, and says how many they are.
func sample(activation, name string, layer int, y []float64) figures.Sample {
	title := fmt.Sprintf("%s, layer %d", name, layer)
	if activation != "relu" {
		return figures.Sample{Title: title, Values: y}
	}
	var above []float64
	for _, v := range y {
		if v > 0 {
			above = append(above, v)
		}
	}
	return figures.Sample{Title: fmt.Sprintf("%s (%.0f %% are 0)", title, 100-100*float64(len(above))/float64(len(y))), Values: above}
}

func deviation(v []float64) float64 {
	mean, square := 0.0, 0.0
	for _, x := range v {
		mean += x / float64(len(v))
	}
	for _, x := range v {
		square += (x - mean) * (x - mean) / float64(len(v))
	}
	return math.Sqrt(square)
}
