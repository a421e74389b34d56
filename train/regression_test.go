package train

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// plane is samples of two values that are linear in three numbers.
func plane[T data.Float](t *testing.T, n int, seed uint64) data.Source {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 0))
	var x, y []T
	for range n {
		a, b, c := r.NormFloat64(), r.NormFloat64(), r.NormFloat64()
		x = append(x, T(a), T(b), T(c))
		y = append(y, T(1+2*a-b), T(0.5*c-3))
	}
	s, err := data.Floats(x, y, 3, 2)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func planes(t *testing.T) *data.Set {
	return &data.Set{Name: "planes", Shape: []int{3}, Train: plane[float32](t, 700, 1), Test: plane[float64](t, 90, 2)}
}

func regressor(t *testing.T, dt tensor.Dtype, widths ...int) *models.Model {
	return modelOf(t, models.MLP{Widths: widths, Activation: "tanh", Std: 0.3, Seed: 1, Regression: true}, dt)
}

// TestRegression: a plane is learned in both float types, with both ways to draw; its score is R².
func TestRegression(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		for _, sampling := range []data.Sampling{data.WithReplacement, data.Epochs} {
			h, err := Run(t.Context(), regressor(t, dt, 3, 2), planes(t), Config{Batch: 20, Iters: 400, LR: 0.2, Sampling: sampling}, Events{})
			if err != nil || h.Metric != R2 || h.TrainAcc < 0.9999 || h.TestAcc < 0.9999 || h.TestAcc > 1 {
				t.Errorf("%v, sampling %d: %s %v and %v, %v", dt, sampling, h.Metric, h.TrainAcc, h.TestAcc, err)
			}
		}
	}
	_, err := Run(t.Context(), regressor(t, tensor.Float32, 3, 3), planes(t), Config{Batch: 20}, Events{})
	if want := "the net has 3 inputs and 3 outputs; planes has 3 inputs and 2 values to predict"; fmt.Sprint(err) != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// TestRegressionDiverges: a rate that is too large is told, by the mean squared error.
func TestRegressionDiverges(t *testing.T) {
	_, err := Run(t.Context(), regressor(t, tensor.Float64, 3, 2), planes(t), Config{Batch: 20, Iters: 30, LR: 2.5}, Events{})
	if err == nil || !strings.Contains(err.Error(), "the run has diverged") {
		t.Errorf("error %v", err)
	}
}

// TestScore holds R² to its definition, in two passes over all numbers, and accuracy to a count.
func TestScore(t *testing.T) {
	m, d := regressor(t, tensor.Float64, 3, 4, 2), planes(t)
	e, err := NewEvaluator(m, d)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	n := d.Train.Len()
	x, y, rows := make([]float64, 3*n), make([]float64, 2*n), make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	if err := d.Train.Read64(x, y, rows); err != nil {
		t.Fatal(err)
	}
	p, err := m.Predict(tensor.New(tensor.WithShape(n, 3), tensor.WithBacking(x)))
	if err != nil {
		t.Fatal(err)
	}
	want := 0.
	for k := range 2 {
		mean, errors, deviations := 0., 0., 0.
		for i := range n {
			mean += y[2*i+k] / float64(n)
		}
		for i := range n {
			errors += math.Pow(p.Float64s()[2*i+k]-y[2*i+k], 2)
			deviations += math.Pow(y[2*i+k]-mean, 2)
		}
		want += (1 - errors/deviations) / 2
	}
	if got, err := e.Score(d.Train); err != nil || math.Abs(got-want) > 1e-12 {
		t.Errorf("R² %v, want %v; %v", got, want, err)
	}
	h := &hits{classes: 2}
	h.add([]float32{1, 0, 0, 1, 3, 3, float32(math.NaN()), 0}, []float32{1, 0, 1, 0, 1, 0, 0, 1})
	h.add([]float64{0, 1}, []float64{0, 1})
	if h.score() != 3./5 {
		t.Errorf("accuracy %v, want 3/5: of equals the first, and a NaN is wrong", h.score())
	}
	for want, c := range map[float64][2][]float64{1: {{2, 2}, {2, 2}}, 0: {{2, 3}, {2, 2}}, -3: {{0, 4}, {1, 3}}} {
		r := &residuals{outputs: make([]residual, 1)}
		if r.add(c[0], c[1]); want > -1 && r.score() != want {
			t.Errorf("R² of %v for %v is %v, want %v", c[0], c[1], r.score(), want)
		}
	}
}

// TestSources: what is no whole set is one line.
func TestSources(t *testing.T) {
	m := regressor(t, tensor.Float64, 3, 2)
	for want, spoil := range map[string]func(d *data.Set){
		"planes: there are no training samples": func(d *data.Set) { d.Train = nil },
		"planes: samples of the shape [4] and sources of 3 inputs: both are to be the same, and at least 1":     func(d *data.Set) { d.Shape = []int{4} },
		"planes: 3 classes and targets of 2 numbers: both are to be the same":                                   func(d *data.Set) { d.Classes = []string{"a", "b", "c"} },
		"planes: there are no test samples to evaluate on":                                                      func(d *data.Set) { d.Test = nil },
		"planes: test samples of 16 inputs and 4 outputs, training samples of 3 and 2: both are to be the same": func(d *data.Set) { d.Test = stripes(4).Source(&stripes(4).Test) },
		"no set of samples: Open one, or fill in a Set":                                                         nil,
	} {
		d := planes(t)
		if spoil == nil {
			d = nil
		} else {
			spoil(d)
		}
		if _, err := Run(t.Context(), m, d, Config{Batch: 20}, Events{}); fmt.Sprint(err) != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
