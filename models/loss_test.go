package models_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stheno/stheno/models"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// scoresNet gives its input as scores, plus a vector to take the derivative with respect to.
func scoresNet(classes int, loss models.Loss) models.Net {
	return models.Net{
		Name: "scores", In: classes, Out: classes, Params: []models.Param{{Name: "b", Shape: []int{classes}}},
		Scores: func(x *gorgonia.Node, p gorgonia.Nodes) (*gorgonia.Node, error) {
			return gorgonia.BroadcastAdd(x, p[0], nil, []byte{0})
		},
		Loss: loss,
	}
}

// dense is a matrix of either float type.
func dense(dt tensor.Dtype, rows, cols int, v []float64) *tensor.Dense {
	if dt == tensor.Float64 {
		return tensor.New(tensor.WithShape(rows, cols), tensor.WithBacking(append([]float64(nil), v...)))
	}
	single := make([]float32, len(v))
	for i, x := range v {
		single[i] = float32(x)
	}
	return tensor.New(tensor.WithShape(rows, cols), tensor.WithBacking(single))
}

func softmaxRow(row []float64) []float64 {
	top, sum := row[0], 0.0
	for _, v := range row {
		top = max(top, v)
	}
	out := make([]float64, len(row))
	for i, v := range row {
		out[i] = math.Exp(v - top)
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

// TestLosses: each against its formula on random scores, with targets of one class and of several.
func TestLosses(t *testing.T) {
	crossEntropy := func(of func(p float64) float64) func(y, t []float64, rows int) float64 {
		return func(y, t []float64, rows int) float64 {
			sum, cols := 0.0, len(y)/rows
			for i := range rows {
				for j, p := range softmaxRow(y[i*cols : (i+1)*cols]) {
					sum -= t[i*cols+j] * of(p) / float64(rows)
				}
			}
			return sum
		}
	}
	for name, c := range map[string]struct {
		loss models.Loss
		want func(y, t []float64, rows int) float64
	}{
		"softmax cross-entropy":    {models.SoftmaxCrossEntropy, crossEntropy(math.Log)},
		"the book's cross-entropy": {models.SoftmaxThenCrossEntropy, crossEntropy(func(p float64) float64 { return math.Log(p + 1e-7) })},
		"mean squared error": {models.MeanSquaredError, func(y, t []float64, rows int) float64 {
			sum := 0.0
			for i := range y {
				sum += (y[i] - t[i]) * (y[i] - t[i])
			}
			return sum / float64(len(y))
		}},
	} {
		for dt, tol := range map[tensor.Dtype]float64{tensor.Float32: 2e-6, tensor.Float64: 1e-14} {
			m, err := models.New(scoresNet(4, c.loss), openEngine(t, "go"), dt)
			if err != nil {
				t.Fatal(err)
			}
			for seed := range uint64(10) {
				r := rand.New(rand.NewPCG(20, seed))
				rows := 1 + r.IntN(5)
				y, target := models.Normal(r, rows*4, 3), make([]float64, rows*4)
				for i := range rows {
					if seed%2 == 0 {
						target[i*4+r.IntN(4)] = 1
					} else {
						copy(target[i*4:], softmaxRow(models.Normal(r, 4, 1)))
					}
				}
				got, err := m.Loss(dense(dt, rows, 4, y), dense(dt, rows, 4, target))
				if err != nil {
					t.Fatal(err)
				}
				if want := c.want(y, target, rows); !(math.Abs(got-want) <= tol*(1+want)) {
					t.Errorf("%s in %v, seed %d: %v, want %v", name, dt, seed, got, want)
				}
			}
		}
	}
}

// TestLossOfHugeScores: SoftmaxCrossEntropy and its gradient, (softmax − t) / batch, are numbers where the probability of
// the true class is 0 in the machine.
func TestLossOfHugeScores(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		m, err := models.New(scoresNet(3, models.SoftmaxCrossEntropy), openEngine(t, "go"), dt)
		if err != nil {
			t.Fatal(err)
		}
		for _, huge := range []float64{1e4, 1e30} {
			huge = float64(float32(huge))
			y := dense(dt, 1, 3, []float64{huge, 0, -huge})
			for class, want := range []float64{0, huge, 2 * huge} {
				target := make([]float64, 3)
				target[class] = 1
				tt := dense(dt, 1, 3, target)
				loss, err := m.Loss(y, tt)
				if err != nil {
					t.Fatal(err)
				}
				if loss != want {
					t.Errorf("%v: scores of %g, class %d: loss %v, want %v", dt, huge, class, loss, want)
				}
				grads, err := m.Gradient(y, tt)
				if err != nil {
					t.Fatal(err)
				}
				for j, p := range []float64{1, 0, 0} {
					if got, err := grads["b"].At(j); err != nil || got != dense(dt, 1, 1, []float64{p - target[j]}).Get(0) {
						t.Errorf("%v: scores of %g, class %d: gradient[%d] = %v (%v), want %v", dt, huge, class, j, got, err, p-target[j])
					}
				}
			}
		}
	}
}
