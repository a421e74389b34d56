package models_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// TestWrongSettings: what makes no sense is an error that names the field.
func TestWrongSettings(t *testing.T) {
	m, err := models.New(linear(), openEngine(t, "go"), tensor.Float32)
	if err != nil {
		t.Fatal(err)
	}
	nan, inf := math.NaN(), math.Inf(1)
	step := func(opt models.Optimizer) error { _, err := m.Step(2, opt); return err }
	net := func(mlp models.MLP) error { _, err := mlp.Net(); return err }
	s, err := m.Step(2, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, large := m.Step(1<<30, nil)
	_, engine := models.New(linear(), nil, tensor.Float32)
	_, dtype := models.New(linear(), openEngine(t, "go"), tensor.Dtype{})
	_, empty := new(models.Model).Predict(dense(tensor.Float32, 1, 2, []float64{1, 2}))
	_, noModel := (*models.Model)(nil).NumericalGradient(nil, nil)
	var noStep *models.Step
	for _, c := range []struct {
		err  error
		want string
	}{
		{step(models.Momentum{Mu: 1}), `net "mine": update of w: Momentum.Mu is 1: want a number from 0 to below 1`},
		{step(models.Nesterov{Mu: nan}), `net "mine": update of w: Nesterov.Mu is NaN: want a number from 0 to below 1`},
		{step(models.RMSProp{Rho: -0.1}), `net "mine": update of w: RMSProp.Rho is -0.1: want a number from 0 to below 1`},
		{step(models.Adam{Beta1: 1.5}), `net "mine": update of w: Adam.Beta1 is 1.5: want a number from 0 to below 1`},
		{step(models.Adam{Beta2: inf}), `net "mine": update of w: Adam.Beta2 is +Inf: want a number from 0 to below 1`},
		{step(models.AdamW{Decay: -1}), `net "mine": update of w: AdamW.Decay is -1: want a number of at least 0`},
		{step(models.AdamW{Decay: inf}), `net "mine": update of w: AdamW.Decay is +Inf: want a number of at least 0`},
		{step(models.AdamW{Beta1: 1}), `net "mine": update of w: AdamW.Beta1 is 1: want a number from 0 to below 1`},
		{step(models.Clipped{Norm: 0}), `net "mine": the norm that gradients are clipped to is 0: want a number above 0`},
		{step(models.Clipped{Norm: nan}), `net "mine": the norm that gradients are clipped to is NaN: want a number above 0`},
		{s.SetLR(-1), "learning rate -1: it must be a number of at least 0"},
		{s.SetLR(nan), "learning rate NaN: it must be a number of at least 0"},
		{s.SetLR(inf), "learning rate +Inf: it must be a number of at least 0"},
		{s.SetLR(1e-60), "learning rate 1e-60: it is 0 in float32: choose another, or compute in float64"},
		{s.SetLR(1e60), "learning rate 1e+60: it is +Inf in float32: choose another, or compute in float64"},
		{s.Run(), "the step has no learning rate: call SetLR first"},
		{errors.Join(s.SetLR(models.Zero), s.Run()), "<nil>"},
		{large, `net "mine": a batch of 1073741824 samples is too large`},
		{engine, `net "mine": no engine: open one with backend.Open`},
		{dtype, "dtype of nothing: a net computes in float32 or float64"},
		{empty, "the model is empty: make one with models.New"},
		{noModel, "the model is empty: make one with models.New"},
		{noStep.Run(), "the step is empty: make one with Model.Step"},
		{noStep.SetLR(1), "the step is empty: make one with Model.Step"},
		{net(models.MLP{Widths: []int{5, 1}}), "layer widths [5 1]: softmax over one unit is always 1: an MLP needs two classes at least"},
		{net(models.MLP{Widths: []int{1 << 20, 1 << 20}}), "layer widths [1048576 1048576]: the weights between 1048576 and 1048576 units are too many"},
		{net(models.MLP{Widths: []int{5, 3}, Std: -1}), "standard deviation -1: it must be a number of at least 0"},
		{net(models.MLP{Widths: []int{5, 3}, Std: nan}), "standard deviation NaN: it must be a number of at least 0"},
		{net(models.MLP{Widths: []int{5, 3}, Std: inf}), "standard deviation +Inf: it must be a number of at least 0"},
	} {
		if fmt.Sprint(c.err) != c.want {
			t.Errorf("error %v, want %q", c.err, c.want)
		}
	}
	if w := models.Normal(nil, 3, 1); len(w) != 0 || w == nil {
		t.Errorf("numbers of no generator: %v", w)
	}
	if w := models.Normal(rand.New(rand.NewPCG(1, 1)), -1, 1); len(w) != 0 || w == nil {
		t.Errorf("-1 numbers: %v", w)
	}
}
