package models_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/graph"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/train"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Training and evaluation are two modes of one model: what a net with Dropout or BatchNorm answers in each.

// dropoutNet drops half of a hidden layer; with a probability of 0 it is the same net without dropout.
func dropoutNet(probability float64) models.Net {
	r := rand.New(rand.NewPCG(41, 0))
	return models.Net{
		Name: "drop", In: 8, Out: 3,
		Params: []models.Param{
			{Name: "W1", Shape: []int{8, 12}, Init: models.Normal(r, 96, 0.5)}, {Name: "b1", Shape: []int{12}},
			{Name: "W2", Shape: []int{12, 3}, Init: models.Normal(r, 36, 0.5)}, {Name: "b2", Shape: []int{3}},
		},
		Scores: func(x *gorgonia.Node, p gorgonia.Nodes) (*gorgonia.Node, error) {
			h, err := models.Affine(x, p[0], p[1])
			if err != nil {
				return nil, err
			}
			if h, err = models.Tanh(h); err != nil {
				return nil, err
			}
			if probability > 0 {
				if h, err = gorgonia.Dropout(h, probability); err != nil {
					return nil, err
				}
			}
			return models.Affine(h, p[2], p[3])
		},
		Output: models.Softmax,
		Loss:   models.SoftmaxCrossEntropy,
	}
}

const bnEpsilon = 1e-5

// batchNormNet normalizes its input and multiplies it with V.
func batchNormNet() models.Net {
	return models.Net{
		Name: "bn", In: 4, Out: 3,
		Params: []models.Param{
			{Name: "gamma", Shape: []int{1, 4}, Init: []float64{1, 2, 0.5, 1.5}}, {Name: "beta", Shape: []int{1, 4}, Init: []float64{0, 1, 2, 3}},
			{Name: "V", Shape: []int{4, 3}, Init: models.Normal(rand.New(rand.NewPCG(42, 0)), 12, 1)},
		},
		Scores: func(x *gorgonia.Node, p gorgonia.Nodes) (*gorgonia.Node, error) {
			n, _, _, _, err := gorgonia.BatchNorm(x, p[0], p[1], 0.9, bnEpsilon)
			if err != nil {
				return nil, err
			}
			return gorgonia.Mul(n, p[2])
		},
		Loss: models.SoftmaxCrossEntropy,
	}
}

func newModel(t *testing.T, net models.Net, e backend.Engine) *models.Model {
	t.Helper()
	m, err := models.New(net, e, tensor.Float64)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}

// TestDropoutOnlyTrains: evaluated, the net is the one without dropout, in every method; trained, it drops.
func TestDropoutOnlyTrains(t *testing.T) {
	e := openEngine(t, "go")
	m, plain := newModel(t, dropoutNet(0.5), e), newModel(t, dropoutNet(0), e)
	xs, ts := randomBatch(rand.New(rand.NewPCG(43, 0)), 6, 8, 3)
	x, target := dense(tensor.Float64, 6, 8, xs), dense(tensor.Float64, 6, 3, ts)
	for range 2 {
		got, err1 := m.Predict(x)
		want, err2 := plain.Predict(x)
		if err := errors.Join(err1, err2); err != nil || !slices.Equal(got.Float64s(), want.Float64s()) {
			t.Errorf("Predict %v, without dropout %v; %v", got, want, err)
		}
		for name, method := range map[string]func(m *models.Model) (float64, error){
			"Loss":     func(m *models.Model) (float64, error) { return m.Loss(x, target) },
			"Accuracy": func(m *models.Model) (float64, error) { return m.Accuracy(x, target) },
		} {
			got, err1 := method(m)
			want, err2 := method(plain)
			if err := errors.Join(err1, err2); err != nil || got != want {
				t.Errorf("%s %v, without dropout %v; %v", name, got, want, err)
			}
		}
	}
	numerical, err1 := m.NumericalGradient(x, target)
	exact, err2 := plain.Gradient(x, target)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	for i, want := range exact["W1"].Float64s() {
		if got := numerical["W1"].Float64s()[i]; math.Abs(got-want) > 1e-6 {
			t.Errorf("numerical gradient[%d] = %v, that of the net without dropout is %v", i, got, want)
		}
	}
	// A unit is dropped with all of its gradient: of 12 units over 6 rows, some gradient of 20 has to differ.
	differ := false
	for range 20 {
		grads, err := m.Gradient(x, target)
		if err != nil {
			t.Fatal(err)
		}
		differ = differ || !slices.Equal(grads["W2"].Float64s(), exact["W2"].Float64s())
	}
	if !differ {
		t.Error("Gradient drops nothing: it does not train")
	}
}

// TestCheckOfDropout: the gradient that is checked is that of what Loss computes.
func TestCheckOfDropout(t *testing.T) {
	m := newModel(t, dropoutNet(0.5), openEngine(t, "go"))
	x, target := randomBatch(rand.New(rand.NewPCG(44, 0)), 5, 8, 3)
	rep, err := m.Check(dense(tensor.Float64, 5, 8, x), dense(tensor.Float64, 5, 3, target), nil, graph.DefaultCheck)
	if err != nil || !rep.OK() {
		t.Errorf("%v\n%s", err, rep)
	}
}

// TestStepReportsTheEvaluatedLoss: that of the net after the update, without dropout, twice the same.
func TestStepReportsTheEvaluatedLoss(t *testing.T) {
	for _, net := range []models.Net{dropoutNet(0.5), batchNormNet()} {
		m := newModel(t, net, openEngine(t, "go"))
		xs, ts := randomBatch(rand.New(rand.NewPCG(45, 0)), 6, net.In, net.Out)
		x, target := dense(tensor.Float64, 6, net.In, xs), dense(tensor.Float64, 6, net.Out, ts)
		s, err := m.Step(6, nil)
		if err != nil {
			t.Fatal(err)
		}
		if s.Whole() {
			t.Errorf("%s: the step's program has the loss, which trains", net.Name)
		}
		if err := errors.Join(s.SetLR(0.1), s.X.Set(x), s.T.Set(target)); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := s.Run(); err != nil {
				t.Fatal(err)
			}
			loss, err1 := m.Loss(x, target)
			said, err2 := s.Loss()
			if err := errors.Join(err1, err2); err != nil || loss != said {
				t.Errorf("%s: the step reports %v, Loss is %v; %v", net.Name, said, loss, err)
			}
		}
	}
}

// TestBatchNormEvaluates: with the running statistics, which steps set and nothing else changes; so the answer to an image
// does not depend on the images beside it.
func TestBatchNormEvaluates(t *testing.T) {
	const rows = 7
	m := newModel(t, batchNormNet(), openEngine(t, "go"))
	r := rand.New(rand.NewPCG(46, 0))
	xs, ts := randomBatch(r, rows, 4, 3)
	for i := range xs {
		xs[i] = 3*xs[i] + float64(i%4) // each column has a mean and a variance of its own
	}
	x, target := dense(tensor.Float64, rows, 4, xs), dense(tensor.Float64, rows, 3, ts)
	s, err := m.Step(rows, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.SetLR(0), s.X.Set(x), s.T.Set(target)); err != nil {
		t.Fatal(err)
	}
	for range 200 { // the running statistics come to those of the batch
		if err := s.Run(); err != nil {
			t.Fatal(err)
		}
	}
	all, err := m.Predict(x)
	if err != nil {
		t.Fatal(err)
	}
	want := normalized(m.Net, xs, rows)
	for i, got := range all.Float64s() {
		if math.Abs(got-want[i]) > 1e-9 {
			t.Errorf("y[%d] = %v, want %v", i, got, want[i])
		}
	}
	for i := range rows {
		one, err := m.Predict(dense(tensor.Float64, 1, 4, xs[i*4:(i+1)*4]))
		if err != nil {
			t.Fatal(err)
		}
		for j, got := range one.Float64s() {
			if want := all.Float64s()[i*3+j]; math.Abs(got-want) > 1e-12 {
				t.Errorf("image %d alone: y[%d] = %v, in the batch %v", i, j, got, want)
			}
		}
		if i > 0 && math.Abs(one.Float64s()[0]-all.Float64s()[0]) < 1e-6 {
			t.Errorf("images 0 and %d have the same answer %v", i, one)
		}
	}
}

// normalized is the net's answer with the mean and the unbiased variance of the batch, which the running ones tend to.
func normalized(net models.Net, x []float64, rows int) []float64 {
	gamma, beta, v := net.Params[0].Init, net.Params[1].Init, net.Params[2].Init
	y := make([]float64, rows*3)
	for c := range 4 {
		mean, variance := 0.0, 0.0
		for i := range rows {
			mean += x[i*4+c] / float64(rows)
		}
		for i := range rows {
			variance += (x[i*4+c] - mean) * (x[i*4+c] - mean) / float64(rows-1)
		}
		for i := range rows {
			n := (x[i*4+c]-mean)/math.Sqrt(variance+bnEpsilon)*gamma[c] + beta[c]
			for j := range 3 {
				y[i*3+j] += n * v[c*3+j]
			}
		}
	}
	return y
}

// TestRunReportsEvaluatedAccuracies: train.Run's accuracies are those of the evaluated model.
func TestRunReportsEvaluatedAccuracies(t *testing.T) {
	r := rand.New(rand.NewPCG(47, 0))
	split := data.Split{Images: make([]byte, 300*8), Labels: make([]byte, 300)}
	for i := range split.Labels {
		split.Labels[i] = byte(r.IntN(3))
		for j := range 8 {
			split.Images[i*8+j] = byte(r.IntN(256))
		}
	}
	m := newModel(t, dropoutNet(0.5), openEngine(t, "go"))
	d := &data.Dataset{Name: "noise", Train: split, Test: split, Rows: 2, Cols: 4, Classes: 3}
	h, err := train.Run(t.Context(), m, d, train.Config{Batch: 20, Iters: 15, LR: 0.1}, train.Events{})
	if err != nil {
		t.Fatal(err)
	}
	x, target := make([]float64, 300*8), make([]float64, 300*3)
	if err := errors.Join(data.PixelRange(x, &split, 0, 300), data.OneHotRange(target, &split, 0, 300, 3)); err != nil {
		t.Fatal(err)
	}
	want, err := m.Accuracy(dense(tensor.Float64, 300, 8, x), dense(tensor.Float64, 300, 3, target))
	if err != nil || h.TrainAcc != want || h.TestAcc != want {
		t.Errorf("accuracies %v and %v, the model's is %v; %v", h.TrainAcc, h.TestAcc, want, err)
	}
}

// TestDropoutRepeats: a training with dropout is the same again with the same seed, and only then.
func TestDropoutRepeats(t *testing.T) {
	trained := func(drops uint64) []float64 {
		net, err := models.Sequential{Name: "dropout", In: []int{8}, Seed: 5, Layers: []models.Layer{
			models.Dense(12), models.Activate("relu"), models.Dropout(0.5), models.Dense(3)}}.Net()
		if err != nil {
			t.Fatal(err)
		}
		net.Seed = drops
		m := newModel(t, net, openEngine(t, "go"))
		step, err := m.Step(6, models.SGD{})
		if err != nil {
			t.Fatal(err)
		}
		defer step.Close()
		xs, ts := randomBatch(rand.New(rand.NewPCG(44, 0)), 6, 8, 3)
		err = errors.Join(step.SetLR(0.1), step.X.SetFloats(xs), step.T.SetFloats(ts))
		for range 3 {
			if err == nil {
				err = step.Run()
			}
		}
		params, read := m.Params()
		if err := errors.Join(err, read); err != nil {
			t.Fatal(err)
		}
		return params["W1"]
	}
	first := trained(7)
	if !slices.Equal(trained(7), first) {
		t.Error("the same seed gives another training")
	}
	if slices.Equal(trained(8), first) {
		t.Error("another seed drops the same")
	}
}
