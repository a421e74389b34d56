package models_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stheno/stheno/models"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// apply runs an activation on a matrix, in float32 and float64, and returns the results as float64.
func apply(t *testing.T, f models.Activation, dt tensor.Dtype, rows, cols int, x []float64) []float64 {
	t.Helper()
	net := models.Net{Name: "f", In: cols, Out: cols, Scores: func(x *gorgonia.Node, _ gorgonia.Nodes) (*gorgonia.Node, error) { return f(x) },
		Loss: models.MeanSquaredError}
	m, err := models.New(net, openEngine(t, "go"), dt)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	var backing any = x
	if dt == tensor.Float32 {
		s := make([]float32, len(x))
		for i, v := range x {
			s[i] = float32(v)
		}
		backing = s
	}
	y, err := m.Predict(tensor.New(tensor.WithShape(rows, cols), tensor.WithBacking(backing)))
	if err != nil {
		t.Fatal(err)
	}
	if s, ok := y.Data().([]float32); ok {
		out := make([]float64, len(s))
		for i, v := range s {
			out[i] = float64(v)
		}
		return out
	}
	return y.Data().([]float64)
}

func TestActivations(t *testing.T) {
	x := []float64{-1e4, -30, -1, -0.25, 0, 0.5, 1, 7, 40, 1e4}
	for name, c := range map[string]struct {
		f    models.Activation
		want func(float64) float64
	}{
		"sigmoid":  {models.Sigmoid, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }},
		"tanh":     {models.Tanh, math.Tanh},
		"relu":     {models.ReLU, func(x float64) float64 { return max(x, 0) }},
		"identity": {models.Identity, func(x float64) float64 { return x }},
	} {
		for dt, tol := range map[tensor.Dtype]float64{tensor.Float32: 3e-7, tensor.Float64: 1e-15} {
			for i, got := range apply(t, c.f, dt, 2, 5, x) {
				if want := c.want(x[i]); !(math.Abs(got-want) <= tol*max(math.Abs(want), 1e-300)) && math.Abs(got-want) > 1e-37 {
					t.Errorf("%s(%v) in %v is %v, want %v", name, x[i], dt, got, want)
				}
			}
		}
	}
}

// TestSoftmax: rows sum to 1 and huge inputs give numbers.
func TestSoftmax(t *testing.T) {
	x := []float64{1e4, 0, -1e4, 1, 2, 3, 1e4, 1e4, 1e4}
	want := []float64{1, 0, 0, 0.09003057317038046, 0.24472847105479767, 0.6652409557748219, 1. / 3, 1. / 3, 1. / 3}
	for dt, tol := range map[tensor.Dtype]float64{tensor.Float32: 1e-6, tensor.Float64: 1e-15} {
		for i, got := range apply(t, models.Softmax, dt, 3, 3, x) {
			if !(math.Abs(got-want[i]) <= tol) {
				t.Errorf("%v: softmax[%d] = %v, want %v", dt, i, got, want[i])
			}
		}
	}
}

func TestMaxout(t *testing.T) {
	maxout := func(x *gorgonia.Node) (*gorgonia.Node, error) { return models.Maxout(x, 3) }
	net := models.Net{Name: "maxout", In: 6, Out: 2, Loss: models.MeanSquaredError,
		Scores: func(x *gorgonia.Node, _ gorgonia.Nodes) (*gorgonia.Node, error) { return maxout(x) }}
	m, err := models.New(net, openEngine(t, "go"), tensor.Float64)
	if err != nil {
		t.Fatal(err)
	}
	y, err := m.Predict(tensor.New(tensor.WithShape(2, 6), tensor.WithBacking([]float64{1, 5, 2, -3, -1, -2, 0, 0, 0, 4, 4, 9})))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{5, -1, 0, 9} {
		if got := y.Data().([]float64)[i]; got != want {
			t.Errorf("maxout[%d] = %v, want %v", i, got, want)
		}
	}
	g := gorgonia.NewGraph()
	if _, err := models.Maxout(gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithShape(2, 5)), 3); err == nil || !strings.Contains(err.Error(), "units·3") {
		t.Errorf("error %v", err)
	}
}

// TestBatchSizes: programs for several batch sizes share the parameters, and one sample is an ordinary call.
func TestBatchSizes(t *testing.T) {
	net, err := models.MLP{Widths: []int{5, 4, 3}, Std: 0.5, Seed: 4}.Net()
	if err != nil {
		t.Fatal(err)
	}
	m, err := models.New(net, openEngine(t, "go"), tensor.Float64)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(12, 0))
	x, target := randomBatch(r, 7, 5, 3)
	all := tensor.New(tensor.WithShape(7, 5), tensor.WithBacking(x))
	step, err := m.Step(7, models.SGD{})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{step.SetLR(0.5), step.X.Set(all), step.T.SetFloats(target), step.Run()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	seven, err := m.Predict(all)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 7 {
		one, err := m.Predict(tensor.New(tensor.WithShape(1, 5), tensor.WithBacking(x[i*5:(i+1)*5])))
		if err != nil {
			t.Fatal(err)
		}
		for j, v := range one.Data().([]float64) {
			if want := seven.Data().([]float64)[i*3+j]; math.Abs(v-want) > 1e-15 {
				t.Errorf("sample %d alone: output %d is %v, in the batch %v", i, j, v, want)
			}
		}
	}
	loss, err := m.Loss(all, tensor.New(tensor.WithShape(7, 3), tensor.WithBacking(target)))
	if err != nil {
		t.Fatal(err)
	}
	if said, err := step.Loss(); err != nil || math.Abs(loss-said) > 1e-14 {
		t.Errorf("loss %v, the step said %v (%v) after its update", loss, said, err)
	}
}

func TestModelErrors(t *testing.T) {
	e := openEngine(t, "go")
	net, err := models.MLP{Widths: []int{5, 3}}.Net()
	if err != nil {
		t.Fatal(err)
	}
	m, err := models.New(net, e, tensor.Float32)
	if err != nil {
		t.Fatal(err)
	}
	f32 := func(shape ...int) *tensor.Dense {
		return tensor.New(tensor.WithShape(shape...), tensor.Of(tensor.Float32))
	}
	f64 := func(shape ...int) *tensor.Dense {
		return tensor.New(tensor.WithShape(shape...), tensor.Of(tensor.Float64))
	}
	predict := func(x *tensor.Dense) error { _, err := m.Predict(x); return err }
	loss := func(x, t *tensor.Dense) error { _, err := m.Loss(x, t); return err }
	build := func(mlp models.MLP) error { _, err := mlp.Net(); return err }
	_, numerical := m.NumericalGradient(f32(1, 5), f32(1, 3))
	_, batch := m.Step(0, models.SGD{})
	_, dtype := models.New(net, e, tensor.Int)
	for want, err := range map[string]error{
		"x has the shape (2, 4); want (2, 5)":               predict(f32(2, 4)),
		"x has the shape (5); want (batch, 5)":              predict(f32(5)),
		"x is float64; the model computes in float32":       predict(f64(2, 5)),
		"t has the shape (3, 3); want (2, 3)":               loss(f32(2, 5), f32(3, 3)),
		`activation "gelu" is unknown: choose one of `:      build(models.MLP{Widths: []int{2, 2}, Activation: "gelu"}),
		"an MLP needs at least inputs and classes, not [3]": build(models.MLP{Widths: []int{3}}),
		"layer widths [3 0 2]: each must be at least 1":     build(models.MLP{Widths: []int{3, 0, 2}}),
		"finite differences need a float64 model":           numerical,
		"a batch needs at least one sample":                 batch,
		"dtype int: a net computes in float32 or float64":   dtype,
		`the net has no parameter "W7"`:                     m.SetParam("W7", nil),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want one line with %q", err, want)
		}
	}
}

// TestSameInitialWeights: the seed alone decides; float32 rounds what float64 has.
func TestSameInitialWeights(t *testing.T) {
	w := func(seed uint64) []float64 {
		net, err := models.TwoLayerNet(20, 10, 3, 0.01, seed).Net()
		if err != nil {
			t.Fatal(err)
		}
		return net.Params[0].Init
	}
	a, b, c := w(1), w(1), w(2)
	if a[0] != b[0] || a[199] != b[199] || a[0] == c[0] {
		t.Errorf("weights %v, %v of one seed, %v of another", a[:2], b[:2], c[:2])
	}
	mean, square := 0.0, 0.0
	for _, v := range a {
		mean += v / 200
		square += v * v / 200
	}
	if math.Abs(mean) > 0.003 || math.Abs(math.Sqrt(square)-0.01) > 0.002 {
		t.Errorf("mean %v, standard deviation %v", mean, math.Sqrt(square))
	}
}

// TestOptimizers: each against its formula in a plain loop, several steps, with the learning rate changed on the way.
func TestOptimizers(t *testing.T) {
	type state struct{ v, m, h, t float64 }
	for name, c := range map[string]struct {
		opt  models.Optimizer
		step func(s *state, p, dp, lr float64) float64
	}{
		"sgd":      {models.SGD{}, func(_ *state, p, dp, lr float64) float64 { return p - lr*dp }},
		"momentum": {models.Momentum{Mu: 0.9}, func(s *state, p, dp, lr float64) float64 { s.v = 0.9*s.v - lr*dp; return p + s.v }},
		"nesterov": {models.Nesterov{Mu: 0.9}, func(s *state, p, dp, lr float64) float64 {
			s.v = 0.9*s.v - lr*dp
			return p + 0.9*s.v - lr*dp
		}},
		"adagrad": {models.AdaGrad{}, func(s *state, p, dp, lr float64) float64 {
			s.h += dp * dp
			return p - lr*dp/(math.Sqrt(s.h)+1e-7)
		}},
		"rmsprop": {models.RMSProp{Rho: 0.99}, func(s *state, p, dp, lr float64) float64 {
			s.h = 0.99*s.h + 0.01*dp*dp
			return p - lr*dp/(math.Sqrt(s.h)+1e-7)
		}},
		"adam": {models.Adam{Beta1: 0.9, Beta2: 0.999}, func(s *state, p, dp, lr float64) float64 {
			s.t++
			s.m = 0.9*s.m + 0.1*dp
			s.h = 0.999*s.h + 0.001*dp*dp
			return p - lr*(s.m/(1-math.Pow(0.9, s.t)))/(math.Sqrt(s.h/(1-math.Pow(0.999, s.t)))+1e-8)
		}},
		"adamw": {models.AdamW{Decay: 0.3}, func(s *state, p, dp, lr float64) float64 {
			s.t++
			s.m = 0.9*s.m + 0.1*dp
			s.h = 0.999*s.h + 0.001*dp*dp
			return p - lr*0.3*p - lr*(s.m/(1-math.Pow(0.9, s.t)))/(math.Sqrt(s.h/(1-math.Pow(0.999, s.t)))+1e-8)
		}},
	} {
		net, err := models.MLP{Widths: []int{3, 2}, Std: 0.5, Seed: 5}.Net()
		if err != nil {
			t.Fatal(err)
		}
		m, err := models.New(net, openEngine(t, "go"), tensor.Float64)
		if err != nil {
			t.Fatal(err)
		}
		step, err := m.Step(4, c.opt)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		r := rand.New(rand.NewPCG(13, 0))
		want, err := m.Params()
		if err != nil {
			t.Fatal(err)
		}
		states := map[string][]state{"W1": make([]state, 6), "b1": make([]state, 2)}
		for i := range 6 {
			lr := 0.1 / float64(1+i/3)
			x, target := randomBatch(r, 4, 3, 2)
			xt, tt := tensor.New(tensor.WithShape(4, 3), tensor.WithBacking(x)), tensor.New(tensor.WithShape(4, 2), tensor.WithBacking(target))
			grads, err := m.Gradient(xt, tt)
			if err != nil {
				t.Fatal(err)
			}
			for _, err := range []error{step.SetLR(lr), step.X.SetFloats(x), step.T.SetFloats(target), step.Run()} {
				if err != nil {
					t.Fatal(err)
				}
			}
			got, err := m.Params()
			if err != nil {
				t.Fatal(err)
			}
			for p := range states {
				for j := range states[p] {
					want[p][j] = c.step(&states[p][j], want[p][j], grads[p].Data().([]float64)[j], lr)
					if math.Abs(got[p][j]-want[p][j]) > 1e-13 {
						t.Fatalf("%s, step %d: %s[%d] = %v, want %v", name, i, p, j, got[p][j], want[p][j])
					}
				}
			}
		}
	}
}
