package models_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stheno/stheno/graph"
	"github.com/stheno/stheno/models"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// TestActivationsOnRandomInput: against math, on numbers of every size, in both float types. The bounds are a few units in
// the last place; below the smallest normal number the absolute difference counts.
func TestActivationsOnRandomInput(t *testing.T) {
	for name, c := range map[string]struct {
		f    models.Activation
		want func(float64) float64
	}{
		"sigmoid":  {models.Sigmoid, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }},
		"tanh":     {models.Tanh, math.Tanh},
		"relu":     {models.ReLU, func(x float64) float64 { return max(x, 0) }},
		"identity": {models.Identity, func(x float64) float64 { return x }},
	} {
		for dt, tol := range map[tensor.Dtype]float64{tensor.Float32: 5e-7, tensor.Float64: 1e-15} {
			for seed := range uint64(5) {
				r := rand.New(rand.NewPCG(21, seed))
				const rows, cols = 13, 11
				x := make([]float64, rows*cols)
				for i := range x {
					x[i] = float64(float32(r.NormFloat64() * math.Pow(10, float64(r.IntN(12)-6)))) // 1e-6 to 1e5
				}
				for i, got := range apply(t, c.f, dt, rows, cols, slices.Clone(x)) {
					if want := c.want(x[i]); !(math.Abs(got-want) <= tol*math.Abs(want)+1e-37) {
						t.Fatalf("%s(%v) in %v, seed %d: %v, want %v", name, x[i], dt, seed, got, want)
					}
				}
			}
		}
	}
}

// TestSoftmaxOnRandomInput: rows against the formula; each sums to 1.
func TestSoftmaxOnRandomInput(t *testing.T) {
	for dt, tol := range map[tensor.Dtype]float64{tensor.Float32: 1e-6, tensor.Float64: 1e-14} {
		for seed := range uint64(10) {
			r := rand.New(rand.NewPCG(22, seed))
			rows, cols := 1+r.IntN(6), 1+r.IntN(40)
			x := models.Normal(r, rows*cols, math.Pow(10, float64(seed%5)))
			for i, v := range x {
				x[i] = float64(float32(v))
			}
			y := apply(t, models.Softmax, dt, rows, cols, slices.Clone(x))
			for i := range rows {
				sum := 0.0
				for j, want := range softmaxRow(x[i*cols : (i+1)*cols]) {
					got := y[i*cols+j]
					sum += got
					if !(math.Abs(got-want) <= tol) {
						t.Fatalf("%v, seed %d: row %d, class %d: %v, want %v", dt, seed, i, j, got, want)
					}
				}
				if math.Abs(sum-1) > tol {
					t.Errorf("%v, seed %d: row %d sums to %v", dt, seed, i, sum)
				}
			}
		}
	}
}

// TestMaxoutGradient: against finite differences, for groups of one to four; ties go to the first.
func TestMaxoutGradient(t *testing.T) {
	for k := 1; k <= 4; k++ {
		r := rand.New(rand.NewPCG(23, uint64(k)))
		net := models.Net{
			Name: "maxout", In: 3, Out: 2,
			Params: []models.Param{{Name: "W", Shape: []int{3, 2 * k}, Init: models.Normal(r, 6*k, 1)}, {Name: "b", Shape: []int{2 * k}}},
			Scores: func(x *gorgonia.Node, p gorgonia.Nodes) (*gorgonia.Node, error) {
				h, err := models.Affine(x, p[0], p[1])
				if err != nil {
					return nil, err
				}
				return models.Maxout(h, k)
			},
			Loss: models.MeanSquaredError,
		}
		m, err := models.New(net, openEngine(t, "go"), tensor.Float64)
		if err != nil {
			t.Fatal(err)
		}
		rep, err := m.Check(dense(tensor.Float64, 5, 3, models.Normal(r, 15, 1)), dense(tensor.Float64, 5, 2, models.Normal(r, 10, 1)), nil, graph.DefaultCheck)
		if err != nil || !rep.OK() {
			t.Errorf("k = %d: %v\n%s", k, err, rep)
		}
		if err := m.SetParam("W", make([]float64, 6*k)); err != nil {
			t.Fatal(err)
		}
		grads, err := m.Gradient(dense(tensor.Float64, 1, 3, []float64{1, 1, 1}), dense(tensor.Float64, 1, 2, []float64{-1, -1}))
		if err != nil {
			t.Fatal(err)
		}
		for i, got := range grads["b"].Float64s() { // all sums are 0; d loss / d output is 2·(0 + 1) / 2
			want := 0.0
			if i%k == 0 {
				want = 1
			}
			if got != want {
				t.Errorf("k = %d: of equals, the derivative goes to %v", k, grads["b"])
			}
		}
	}
}

// TestReLUAtZero: the derivative there is 0, as the documentation says.
func TestReLUAtZero(t *testing.T) {
	net := scoresNet(3, models.MeanSquaredError)
	scores := net.Scores
	net.Scores = func(x *gorgonia.Node, p gorgonia.Nodes) (*gorgonia.Node, error) {
		h, err := scores(x, p)
		if err != nil {
			return nil, err
		}
		return models.ReLU(h)
	}
	m, err := models.New(net, openEngine(t, "go"), tensor.Float64)
	if err != nil {
		t.Fatal(err)
	}
	grads, err := m.Gradient(dense(tensor.Float64, 1, 3, []float64{-1, 0, 1}), dense(tensor.Float64, 1, 3, []float64{-1.5, -1.5, -0.5}))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{0, 0, 1} {
		if got := grads["b"].Float64s()[i]; got != want {
			t.Errorf("gradient[%d] = %v, want %v", i, got, want)
		}
	}
}
