package models_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/stheno/stheno/models"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// asItIs answers with its input.
func asItIs(t *testing.T, classes int, dt tensor.Dtype) *models.Model {
	t.Helper()
	net := scoresNet(classes, models.MeanSquaredError)
	net.Params, net.Scores = nil, func(x *gorgonia.Node, _ gorgonia.Nodes) (*gorgonia.Node, error) { return models.Identity(x) }
	m, err := models.New(net, openEngine(t, "go"), dt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}

// TestAccuracyOfOddScores: the first of equals counts, and a NaN anywhere in a row makes it wrong, whatever its label.
func TestAccuracyOfOddScores(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		m := asItIs(t, 3, dt)
		for _, c := range []struct {
			y    []float64
			want [3]float64 // the accuracy where the label is 0, 1 or 2
		}{
			{[]float64{1, 2, 3}, [3]float64{0, 0, 1}},
			{[]float64{2, 2, 1}, [3]float64{1, 0, 0}},
			{[]float64{0, 5, 5}, [3]float64{0, 1, 0}},
			{[]float64{nan, 1, 2}, [3]float64{}},
			{[]float64{1, nan, 2}, [3]float64{}},
			{[]float64{1, 2, nan}, [3]float64{}},
			{[]float64{nan, nan, nan}, [3]float64{}},
			{[]float64{-inf, -inf, -inf}, [3]float64{1, 0, 0}},
			{[]float64{1, inf, 2}, [3]float64{0, 1, 0}},
		} {
			for label, want := range c.want {
				target := make([]float64, 3)
				target[label] = 1
				if got, err := m.Accuracy(dense(dt, 1, 3, c.y), dense(dt, 1, 3, target)); err != nil || got != want {
					t.Errorf("%v: scores %v, label %d: accuracy %v, want %v; %v", dt, c.y, label, got, want, err)
				}
				p, err := m.Program("hits", 1)
				if err != nil {
					t.Fatal(err)
				}
				if err := errors.Join(p.X.SetFloats(c.y), p.T.SetFloats(target), p.Run()); err != nil {
					t.Fatal(err)
				}
				if got, err := p.Scalar(0); err != nil || got != want {
					t.Errorf("%v: scores %v, label %d: %v hits, want %v; %v", dt, c.y, label, got, want, err)
				}
			}
		}
	}
}

// TestAccuracyTargets: a row without one largest number is an error, not class 0; a view is read in its own order.
func TestAccuracyTargets(t *testing.T) {
	m := asItIs(t, 3, tensor.Float64)
	x := dense(tensor.Float64, 2, 3, []float64{0, 0, 1, 0, 1, 0})
	for _, row := range [][]float64{{0, 0, 0}, {1, 1, 0}, {0, 1, 1}, {math.NaN(), 0, 0}, {0, 1, math.NaN()}} {
		_, err := m.Accuracy(x, dense(tensor.Float64, 2, 3, append([]float64{1, 0, 0}, row...)))
		if want := "t, row 1: no number is the largest: want the label one-hot, a 1 in its column and 0 elsewhere"; fmt.Sprint(err) != want {
			t.Errorf("target %v: error %v, want %q", row, err, want)
		}
	}
	if got, err := m.Accuracy(x, dense(tensor.Float64, 2, 3, []float64{0.1, 0.2, 0.7, 0.5, 0.4, 0.1})); err != nil || got != 0.5 {
		t.Errorf("targets that are probabilities: accuracy %v, want 0.5; %v", got, err)
	}
	transposed := dense(tensor.Float64, 3, 2, []float64{0, 0, 0, 1, 1, 0})
	if err := transposed.T(); err != nil {
		t.Fatal(err)
	}
	if got, err := m.Accuracy(x, transposed); err != nil || got != 1 {
		t.Errorf("transposed targets: accuracy %v, want 1; %v", got, err)
	}
	one := asItIs(t, 1, tensor.Float64)
	_, err := one.Accuracy(dense(tensor.Float64, 1, 1, []float64{3}), dense(tensor.Float64, 1, 1, []float64{1}))
	if want := "accuracy of one output: the largest of one is always right; a net has an output for each class"; fmt.Sprint(err) != want {
		t.Errorf("error %v, want %q", err, want)
	}
}

func TestArgmax(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		row  []float64
		want int
	}{{nil, -1}, {[]float64{3}, 0}, {[]float64{nan}, -1}, {[]float64{1, 4, 4}, 1}, {[]float64{nan, 1}, -1}, {[]float64{1, nan}, -1}, {[]float64{-2, -1}, 1}} {
		if got := models.Argmax(c.row); got != c.want {
			t.Errorf("Argmax(%v) = %d, want %d", c.row, got, c.want)
		}
	}
}

// TestScalarParameter: its gradient is a scalar too.
func TestScalarParameter(t *testing.T) {
	net := linear()
	net.Params = append(net.Params, models.Param{Name: "s", Init: []float64{2}})
	net.Scores = func(x *gorgonia.Node, p gorgonia.Nodes) (*gorgonia.Node, error) {
		y, err := gorgonia.Mul(x, p[0])
		if err != nil {
			return nil, err
		}
		return gorgonia.HadamardProd(y, p[1])
	}
	m, err := models.New(net, openEngine(t, "go"), tensor.Float64)
	if err != nil {
		t.Fatal(err)
	}
	grads, err := m.Gradient(dense(tensor.Float64, 1, 2, []float64{1, 0}), dense(tensor.Float64, 1, 3, []float64{0, 0, 0}))
	if err != nil {
		t.Fatal(err)
	}
	// y = 2·(1, 2, 3); the loss is |y|²/3, its derivative by the scalar 2·2·(1 + 4 + 9)/3
	if got := grads["s"].ScalarValue(); !grads["s"].IsScalar() || math.Abs(got.(float64)-56./3) > 1e-13 {
		t.Errorf("gradient %v of shape %v, want %v", got, grads["s"].Shape(), 56./3)
	}
}
