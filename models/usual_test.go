package models_test

import (
	"math"
	"slices"
	"testing"

	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// TestUsualValues: a field left at 0 is its usual value, and Zero is 0, to the last bit of the losses.
func TestUsualValues(t *testing.T) {
	mlp := models.MLP{Widths: []int{5, 6, 3}, Std: 0.5, Seed: 6}
	for _, c := range []struct{ opt, same, other models.Optimizer }{
		{models.Momentum{}, models.Momentum{Mu: 0.9}, models.SGD{}},
		{models.Nesterov{}, models.Nesterov{Mu: 0.9}, models.SGD{}},
		{models.RMSProp{}, models.RMSProp{Rho: 0.99}, models.RMSProp{Rho: models.Zero}},
		{models.Adam{}, models.Adam{Beta1: 0.9, Beta2: 0.999}, models.Adam{Beta1: models.Zero, Beta2: 0.999}},
		{models.Adam{Beta1: 0.8}, models.Adam{Beta1: 0.8, Beta2: 0.999}, models.Adam{}},
		{models.Adam{Beta2: 0.9}, models.Adam{Beta1: 0.9, Beta2: 0.9}, models.Adam{}},
		{models.Momentum{Mu: models.Zero}, models.SGD{}, models.Momentum{}},
		{models.Nesterov{Mu: models.Zero}, models.SGD{}, models.Nesterov{}},
		{models.AdamW{}, models.AdamW{Beta1: 0.9, Beta2: 0.999, Decay: 0.01}, models.Adam{}},
		{models.AdamW{Decay: models.Zero}, models.Adam{}, models.AdamW{}},
		{nil, models.SGD{}, models.Momentum{}},
	} {
		losses := func(opt models.Optimizer) []float64 {
			l, _ := learn(t, mlp, tensor.Float64, opt, 0.05, 6)
			return l
		}
		got := losses(c.opt)
		if want := losses(c.same); !slices.Equal(got, want) {
			t.Errorf("%#v: losses %v, those of %#v are %v", c.opt, got, c.same, want)
		}
		if slices.Equal(got, losses(c.other)) {
			t.Errorf("%#v: the losses of %#v", c.opt, c.other)
		}
	}
}

// TestUsualActivation: what a net says of itself is the activation that it has, also where it was left out.
func TestUsualActivation(t *testing.T) {
	net, err := models.MLP{Widths: []int{5, 4, 3}}.Net()
	if got := net.About[models.AboutActivation]; err != nil || got != "sigmoid" {
		t.Errorf("activation %q, want sigmoid; %v", got, err)
	}
}

// TestUsualStd: the initial weights of each layer are within five standard errors of √(1/in), or √(2/in) before relu.
func TestUsualStd(t *testing.T) {
	widths := []int{300, 200, 100}
	for _, act := range append(models.ActivationNames(), "") {
		net, err := models.MLP{Widths: widths, Activation: act, Seed: 3}.Net()
		if err != nil {
			t.Fatal(err)
		}
		for layer, want := range []float64{math.Sqrt(1. / 300), math.Sqrt(1. / 200)} {
			if act == "relu" && layer == 0 {
				want = math.Sqrt(2. / 300)
			}
			w, square := net.Params[2*layer].Init, 0.0
			for _, v := range w {
				square += v * v / float64(len(w))
			}
			if got := math.Sqrt(square); math.Abs(got/want-1) > 5/math.Sqrt(2*float64(len(w))) {
				t.Errorf("%q, layer %d: standard deviation %v, want %v", act, layer+1, got, want)
			}
		}
	}
	for name, mlp := range map[string]models.MLP{
		"Std: Zero":                        {Widths: widths, Std: models.Zero},
		"TwoLayerNet(300, 200, 100, 0, 1)": models.TwoLayerNet(300, 200, 100, 0, 1),
	} {
		net, err := mlp.Net()
		if err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(net.Params[0].Init, func(v float64) bool { return v != 0 }) {
			t.Errorf("%s: weights of %v; want zeros", name, net.Params[0].Init[:3])
		}
	}
}
