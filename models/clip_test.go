package models_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// stepOnce does a step on a batch and gives the parameters after it.
func stepOnce(t *testing.T, m *models.Model, opt models.Optimizer, lr float64, x, target []float64) map[string][]float64 {
	t.Helper()
	step, err := m.Step(4, opt)
	if err != nil {
		t.Fatal(err)
	}
	defer step.Close()
	if err := errors.Join(step.SetLR(lr), step.X.SetFloats(x), step.T.SetFloats(target), step.Run()); err != nil {
		t.Fatal(err)
	}
	p, err := m.Params()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestClipped: a gradient above the limit is scaled to the limit's norm, over all parameters together and with the penalty in it; one
// within the limit keeps its bits.
func TestClipped(t *testing.T) {
	newModel := func(dt tensor.Dtype) *models.Model {
		s, err := models.MLP{Widths: []int{3, 5, 2}, Std: 0.8, Seed: 5}.Sequential()
		if err != nil {
			t.Fatal(err)
		}
		s.Decay = 0.3
		net, err := s.Net()
		if err != nil {
			t.Fatal(err)
		}
		m, err := models.New(net, openEngine(t, "go"), dt)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(m.Close)
		return m
	}
	x, target := randomBatch(rand.New(rand.NewPCG(14, 0)), 4, 3, 2)
	m := newModel(tensor.Float64)
	grads, err := m.Gradient(dense(tensor.Float64, 4, 3, x), dense(tensor.Float64, 4, 2, target))
	if err != nil {
		t.Fatal(err)
	}
	start, err := m.Params()
	if err != nil {
		t.Fatal(err)
	}
	square := 0.
	for _, g := range grads {
		for _, v := range g.Float64s() {
			square += v * v
		}
	}
	norm := math.Sqrt(square)
	for _, share := range []float64{0.01, 0.5, 0.999} {
		got := stepOnce(t, newModel(tensor.Float64), models.Clipped{Norm: share * norm}, 0.7, x, target)
		for name, p := range start {
			for i, v := range p {
				if want := v - 0.7*share*grads[name].Float64s()[i]; math.Abs(got[name][i]-want) > 1e-14 {
					t.Fatalf("clipped to %v of its norm: %s[%d] = %v, want %v", share, name, i, got[name][i], want)
				}
			}
		}
	}
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		for _, opt := range []models.Optimizer{models.SGD{}, models.AdamW{}} {
			want := stepOnce(t, newModel(dt), opt, 0.7, x, target)
			got := stepOnce(t, newModel(dt), models.Clipped{Optimizer: opt, Norm: 1.001 * norm}, 0.7, x, target)
			for name := range want {
				if !slices.Equal(got[name], want[name]) {
					t.Errorf("%v, %T: %s is %v with a limit above the gradient's norm, %v without", dt, opt, name, got[name], want[name])
				}
			}
		}
	}
}
