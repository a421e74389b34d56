package train

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/backendtest"
	_ "github.com/stheno/stheno/backend/cpu"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// stripes is a data set that is easy to learn: image i has a bright row at its class.
func stripes(n int) *data.Dataset {
	const side = 4
	split := data.Split{Images: make([]byte, n*side*side), Labels: make([]byte, n)}
	for i := range n {
		class := i % side
		split.Labels[i] = byte(class)
		for p := range side {
			split.Images[i*side*side+class*side+p] = byte(150 + (7*i+p)%100)
		}
	}
	return &data.Dataset{Name: "stripes", Train: split, Test: split, Rows: side, Cols: side, Classes: side}
}

func model(t testing.TB, dt tensor.Dtype, widths ...int) *models.Model {
	t.Helper()
	return modelOf(t, models.MLP{Widths: widths, Std: 0.3, Seed: 1}, dt)
}

func modelOf(t testing.TB, mlp models.MLP, dt tensor.Dtype) *models.Model {
	t.Helper()
	net, err := mlp.Net()
	if err != nil {
		t.Fatal(err)
	}
	return netModel(t, net, dt)
}

func netModel(t testing.TB, net models.Net, dt tensor.Dtype) *models.Model {
	t.Helper()
	e, err := backend.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	m, err := models.New(net, backendtest.NoLeaks(t, e), dt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close(); e.Close() })
	return m
}

func TestRunLearns(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		for name, opt := range map[string]models.Optimizer{"sgd": nil, "momentum": models.Momentum{Mu: 0.9}, "adam": models.Adam{Beta1: 0.9, Beta2: 0.999}} {
			lr := 0.5
			if name == "adam" {
				lr = 0.02
			}
			var epochs []int
			h, err := Run(t.Context(), model(t, dt, 16, 8, 4), stripes(100), Config{Batch: 20, Iters: 400, LR: lr, Seed: 3, Optimizer: opt},
				Events{Epoch: func(e Epoch) { epochs = append(epochs, e.Iter) }})
			if err != nil {
				t.Fatal(err)
			}
			if h.TestAcc != 1 || h.FinalLoss() > h.Losses[0]/2 {
				t.Errorf("%v, %s: accuracy %v, loss %v after %v", dt, name, h.TestAcc, h.FinalLoss(), h.Losses[0])
			}
			if len(epochs) != 80 || epochs[1] != 5 {
				t.Errorf("%v, %s: %d epochs, the second at %v; want 80, one each 5 iterations", dt, name, len(epochs), epochs[1])
			}
		}
	}
}

// TestSameSeed: the losses of two runs are the same to the last bit.
func TestSameSeed(t *testing.T) {
	run := func(seed uint64) []float64 {
		h, err := Run(t.Context(), model(t, tensor.Float32, 16, 8, 4), stripes(100), Config{Batch: 20, Iters: 50, LR: 0.1, Seed: seed}, Events{})
		if err != nil {
			t.Fatal(err)
		}
		return h.Losses
	}
	a, b, c := run(1), run(1), run(2)
	same := true
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("loss %d: %v and %v from the same seed", i, a[i], b[i])
		}
		same = same && a[i] == c[i]
	}
	if same {
		t.Error("another seed drew the same batches")
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	h, err := Run(ctx, model(t, tensor.Float32, 16, 8, 4), stripes(40), Config{Batch: 10, Iters: 1000, LR: 0.1}, Events{Step: func(i int) {
		if i == 6 {
			cancel()
		}
	}})
	if err != nil || !h.Interrupted || len(h.Losses) != 7 {
		t.Errorf("%d losses, interrupted %v, error %v; want the 7 steps before the end of the context", len(h.Losses), h.Interrupted, err)
	}
}

// TestDiverged: a loss that is no number ends the run at once, one that is finite but far above the start at its end.
func TestDiverged(t *testing.T) {
	for _, c := range []struct {
		activation string
		lr         float64
		iters      int
		ends       bool // it is told at the end
	}{{"identity", 1e20, 100, false}, {"sigmoid", 1e9, 1, true}, {"sigmoid", 1e9, 100, true}} {
		m := modelOf(t, models.MLP{Widths: []int{16, 8, 4}, Activation: c.activation, Std: 0.3, Seed: 1}, tensor.Float32)
		h, err := Run(t.Context(), m, stripes(40), Config{Batch: 10, Iters: c.iters, LR: c.lr}, Events{})
		var d *DivergedError
		if !errors.As(err, &d) || d.LR != c.lr || d.Iter != len(h.Losses)-1 || (d.Iter == c.iters-1) != c.ends || (d.Above > 0) != c.ends {
			t.Errorf("%s at learning rate %g: %d losses, error %v", c.activation, c.lr, len(h.Losses), err)
		}
	}
	// a large loss that was there from the start, and shrinks, is no divergence
	m := modelOf(t, models.MLP{Widths: []int{16, 8, 4}, Activation: "relu", Std: 20, Seed: 1}, tensor.Float32)
	if h, err := Run(t.Context(), m, stripes(40), Config{Batch: 10, Iters: 5, LR: 1e-4}, Events{}); err != nil || h.FinalLoss() < 10 {
		t.Errorf("loss %v, error %v", h.FinalLoss(), err)
	}
}

// TestNoNumbersAtTheStart: parameters that are no numbers, or too large, are told as such: no learning rate mends them.
func TestNoNumbersAtTheStart(t *testing.T) {
	for want, v := range map[string]float64{
		"the loss is NaN before the first step: b1[1] is NaN": math.NaN(), "before the first step: b1[1] is +Inf": math.Inf(1),
		"before the first step: the parameters are too large, up to 3e+38": 3e38,
	} {
		m := model(t, tensor.Float32, 16, 4)
		b := []float64{0, v, 0, 0}
		if v == 3e38 {
			b[0], b[1] = v, v // two of them are more than float32 holds
			if err := m.SetParam("W1", slices.Repeat([]float64{v}, 64)); err != nil {
				t.Fatal(err)
			}
		}
		if err := m.SetParam("b1", b); err != nil {
			t.Fatal(err)
		}
		h, err := Run(t.Context(), m, stripes(40), Config{Batch: 10, Iters: 100, LR: 0.5}, Events{})
		var d *DivergedError
		if err == nil || errors.As(err, &d) || !strings.Contains(err.Error(), want) || len(h.Losses) != 0 {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestConfigErrors(t *testing.T) {
	for want, c := range map[string]Config{
		"batch size 0: at least 1":                                   {Batch: 0},
		"batch size 41: the training set has only 40 samples":        {Batch: 41},
		"-1 iterations: at least 0":                                  {Batch: 1, Iters: -1},
		"learning rate NaN: it must be a number of at least 0":       {Batch: 1, LR: math.NaN()},
		"learning rate +Inf: it must be a number of at least 0":      {Batch: 1, LR: math.Inf(1)},
		"the net has 9 inputs and 4 outputs; stripes has 16 inputs ": {Batch: 1, Iters: 7},
	} {
		inputs := 16
		if c.Iters == 7 {
			inputs = 9
		}
		if _, err := Run(t.Context(), model(t, tensor.Float32, inputs, 4), stripes(40), c, Events{}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// TestInterruptedEvaluation: an evaluation ends with the context, as a training does; there are no accuracies then.
func TestInterruptedEvaluation(t *testing.T) {
	m := model(t, tensor.Float32, 16, 8, 4)
	for _, c := range []Config{{Batch: 10, Iters: 1000, LR: 0.1}, {Batch: 10}} {
		ctx, cancel := context.WithCancel(t.Context())
		if c.Iters == 0 {
			cancel()
		}
		steps := 0
		h, err := Run(ctx, m, stripes(40), c, Events{State: func(h *History) {
			steps = len(h.Losses)
			cancel()
		}})
		if err != nil || !h.Interrupted || len(h.Losses) != steps || steps != min(c.Iters, 1) || len(h.Epochs) > 0 || !math.IsNaN(h.TrainAcc) || !math.IsNaN(h.TestAcc) {
			t.Errorf("%d iterations: %+v, %v", c.Iters, h, err)
		}
	}
	e, err := NewEvaluator(m, stripes(40))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	stopped := make(chan struct{})
	close(stopped)
	e.done = stopped
	if _, _, err := e.Both(); err != errInterrupted {
		t.Errorf("error %v", err)
	}
}
