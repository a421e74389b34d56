package models_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// learn repeats a step on one batch and gives the loss after each.
func learn(t *testing.T, mlp models.MLP, dt tensor.Dtype, opt models.Optimizer, lr float64, steps int) (losses []float64, m *models.Model) {
	t.Helper()
	net, err := mlp.Net()
	if err != nil {
		t.Fatal(err)
	}
	if m, err = models.New(net, openEngine(t, "go"), dt); err != nil {
		t.Fatal(err)
	}
	x, target := randomBatch(rand.New(rand.NewPCG(24, 0)), 8, net.In, net.Out)
	step, err := m.Step(8, opt)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{step.SetLR(lr), step.X.SetFloats(x), step.T.SetFloats(target)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for range steps {
		if err := step.Run(); err != nil {
			t.Fatal(err)
		}
		loss, err := step.Loss()
		if err != nil {
			t.Fatal(err)
		}
		losses = append(losses, loss)
	}
	return losses, m
}

// optimizers, with a learning rate that suits each. A nil one is SGD.
var optimizers = map[string]struct {
	opt models.Optimizer
	lr  float64
}{
	"nil":      {nil, 0.5},
	"sgd":      {models.SGD{}, 0.5},
	"momentum": {models.Momentum{Mu: 0.9}, 0.1},
	"nesterov": {models.Nesterov{Mu: 0.9}, 0.1},
	"adagrad":  {models.AdaGrad{}, 0.2},
	"rmsprop":  {models.RMSProp{Rho: 0.99}, 0.01},
	"adam":     {models.Adam{Beta1: 0.9, Beta2: 0.999}, 0.05},
	"adamw":    {models.AdamW{}, 0.05},
	"clipped":  {models.Clipped{Optimizer: models.SGD{}, Norm: 1}, 0.5},
}

// TestOptimizersLearn: each makes a small net fit its batch, in both float types, and both types tell the same story.
func TestOptimizersLearn(t *testing.T) {
	mlp := models.MLP{Widths: []int{5, 12, 3}, Activation: "tanh", Std: 0.5, Seed: 6}
	for name, o := range optimizers {
		double, _ := learn(t, mlp, tensor.Float64, o.opt, o.lr, 300)
		single, _ := learn(t, mlp, tensor.Float32, o.opt, o.lr, 300)
		if last := double[299]; !(last < double[0]/10) {
			t.Errorf("%s: the loss goes from %v to %v in 300 steps", name, double[0], last)
		}
		for i := range 20 { // later the rounding of each step adds up
			if math.Abs(single[i]-double[i]) > 1e-5 {
				t.Errorf("%s, step %d: loss %v in float32, %v in float64", name, i, single[i], double[i])
			}
		}
	}
}

// TestFloat32Gradient: of the book's net, close to the one of float64: within a few roundings of the largest element.
func TestFloat32Gradient(t *testing.T) {
	r := rand.New(rand.NewPCG(25, 0))
	x, target := randomBatch(r, 100, 784, 10)
	for i, v := range x {
		x[i] = float64(float32(math.Abs(v) / 4))
	}
	grads := map[tensor.Dtype]map[string]*tensor.Dense{}
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		net, err := models.TwoLayerNet(784, 50, 10, 0.01, 7).Net()
		if err != nil {
			t.Fatal(err)
		}
		m, err := models.New(net, openEngine(t, "go"), dt)
		if err != nil {
			t.Fatal(err)
		}
		if grads[dt], err = m.Gradient(dense(dt, 100, 784, x), dense(dt, 100, 10, target)); err != nil {
			t.Fatal(err)
		}
	}
	for name, double := range grads[tensor.Float64] {
		largest := 0.0
		for _, v := range double.Float64s() {
			largest = max(largest, math.Abs(v))
		}
		for i, v := range grads[tensor.Float32][name].Float32s() {
			if want := double.Float64s()[i]; !(math.Abs(float64(v)-want) <= 1e-5*largest) || largest == 0 {
				t.Fatalf("%s[%d] = %v in float32, %v in float64; the largest is %v", name, i, v, want, largest)
			}
		}
	}
}

// TestPredictWhileTraining: a step for batches of 100 and predictions of 1, 7 and 100 see the same parameters, before and
// after each step.
func TestPredictWhileTraining(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		net, err := models.TwoLayerNet(20, 10, 4, 0.5, 8).Net()
		if err != nil {
			t.Fatal(err)
		}
		m, err := models.New(net, openEngine(t, "go"), dt)
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		x, target := randomBatch(rand.New(rand.NewPCG(26, 0)), 100, 20, 4)
		step, err := m.Step(100, models.SGD{})
		if err != nil {
			t.Fatal(err)
		}
		defer step.Close()
		for _, err := range []error{step.SetLR(0.5), step.X.SetFloats(x), step.T.SetFloats(target)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		var before any
		for round := range 3 {
			all, err := m.Predict(dense(dt, 100, 20, x))
			if err != nil {
				t.Fatal(err)
			}
			if first := all.Get(0); first == before {
				t.Errorf("%v, round %d: the step changed no prediction", dt, round)
			} else {
				before = first
			}
			for _, rows := range []int{1, 7} {
				part, err := m.Predict(dense(dt, rows, 20, x[:rows*20]))
				if err != nil {
					t.Fatal(err)
				}
				if !part.Shape().Eq(tensor.Shape{rows, 4}) {
					t.Errorf("%d samples: the prediction has the shape %v", rows, part.Shape())
				}
				for i := range rows * 4 {
					got, want := number(part.Get(i)), number(all.Get(i))
					if math.Abs(got-want) > 1e-6 {
						t.Errorf("%v, round %d: %d samples: y[%d] = %v, %v among 100", dt, round, rows, i, got, want)
					}
				}
			}
			if err := step.Run(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func number(v any) float64 {
	if s, ok := v.(float32); ok {
		return float64(s)
	}
	return v.(float64)
}

// TestInitialWeights: normal, of mean 0 and the asked for deviation, each within five standard errors.
func TestInitialWeights(t *testing.T) {
	for seed := range uint64(5) {
		w := models.Normal(models.NewRand(seed), 39200, 0.01)
		mean, square := 0.0, 0.0
		for _, v := range w {
			mean += v / 39200
			square += v * v / 39200
		}
		if math.Abs(mean) > 5*0.01/math.Sqrt(39200) || math.Abs(math.Sqrt(square)/0.01-1) > 5/math.Sqrt(2*39200) {
			t.Errorf("seed %d: mean %v, standard deviation %v, want 0 and 0.01", seed, mean, math.Sqrt(square))
		}
	}
}

// TestSameSeedSameWeights: two models of a seed start with the same bits; float32 rounds what float64 has.
func TestSameSeedSameWeights(t *testing.T) {
	params := func(seed uint64, dt tensor.Dtype) map[string][]float64 {
		net, err := models.TwoLayerNet(30, 20, 10, 0.01, seed).Net()
		if err != nil {
			t.Fatal(err)
		}
		m, err := models.New(net, openEngine(t, "go"), dt)
		if err != nil {
			t.Fatal(err)
		}
		p, err := m.Params()
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	a, again, single, other := params(1, tensor.Float64), params(1, tensor.Float64), params(1, tensor.Float32), params(2, tensor.Float64)
	for name := range a {
		for i, v := range a[name] {
			if again[name][i] != v || single[name][i] != float64(float32(v)) {
				t.Fatalf("%s[%d]: %v and %v of one seed, %v in float32", name, i, v, again[name][i], single[name][i])
			}
			if name[0] == 'b' && v != 0 {
				t.Errorf("%s[%d] starts at %v, want 0", name, i, v)
			}
		}
	}
	if a["W1"][0] == other["W1"][0] || a["W1"][0] == a["W2"][0] {
		t.Error("other seeds, or other matrices, start with the same numbers")
	}
}
