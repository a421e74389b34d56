package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// TestDatasetMistakes: what is wrong with a data set is one line, before anything is trained.
func TestDatasetMistakes(t *testing.T) {
	images := func(n int) data.Split { return data.Split{Images: make([]byte, n*16), Labels: make([]byte, n)} }
	for want, spoil := range map[string]func(d *data.Dataset){
		"stripes, training set: label 7 of image 3 is out of range: 4 classes are numbered 0 to 3":  func(d *data.Dataset) { d.Train.Labels[3] = 7 },
		"stripes, test set: label 4 of image 0 is out of range: 4 classes are numbered 0 to 3":      func(d *data.Dataset) { d.Test = images(2); d.Test.Labels[0] = 4 },
		"stripes: there are no training images":                                                     func(d *data.Dataset) { d.Train = data.Split{} },
		"stripes: there are no test samples to evaluate on":                                         func(d *data.Dataset) { d.Test = data.Split{} },
		"stripes, training set: 643 bytes of images for 40 labels: want 16 pixels an image, 640 by": func(d *data.Dataset) { d.Train.Images = make([]byte, 643) },
		"stripes, test set: 639 bytes of images for 40 labels: want 16 pixels an image, 640 bytes":  func(d *data.Dataset) { d.Test.Images = d.Test.Images[:639] },
		"stripes: images of 0×4 pixels in 4 classes: each must be at least 1":                       func(d *data.Dataset) { d.Rows = 0 },
		"stripes: images of 4×4 pixels in 0 classes: each must be at least 1":                       func(d *data.Dataset) { d.Classes = 0 },
		"stripes has only 1 class: every answer would be right":                                     func(d *data.Dataset) { d.Classes, d.Train.Labels, d.Test = 1, make([]byte, 40), images(3) },
	} {
		d := stripes(40)
		d.Test.Labels = slices.Clone(d.Test.Labels)
		spoil(d)
		m := model(t, tensor.Float32, 16, 4)
		_, err := Run(t.Context(), m, d, Config{Batch: 10, Iters: 3, LR: 0.1}, Events{})
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want one line with %q", err, want)
		}
	}
}

// TestRunMistakes: of the arguments.
func TestRunMistakes(t *testing.T) {
	m := model(t, tensor.Float32, 16, 4)
	run := func(ctx context.Context, m *models.Model, d *data.Dataset, c Config) error {
		_, err := Run(ctx, m, d, c, Events{})
		return err
	}
	good := Config{Batch: 10, Iters: 3, LR: 0.1}
	noRate, tiny, optimizer := good, good, good
	noRate.LR, tiny.LR, optimizer.Optimizer = 0, 1e-60, models.Adam{Beta1: 2}
	closed := model(t, tensor.Float32, 16, 4)
	closed.Close()
	_, noData := NewEvaluator(m, nil)
	_, _, noEvaluator := new(Evaluator).Both()
	_, nilEvaluator := (*Evaluator)(nil).Score(nil)
	for _, c := range []struct {
		err  error
		want string
	}{
		{run(nil, m, stripes(40), good), "no context: pass context.Background()"},
		{run(t.Context(), nil, stripes(40), good), "no model to evaluate: make one with models.New"},
		{run(t.Context(), m, nil, good), "no dataset: take MNIST, Load a folder, or fill in a Dataset"},
		{noData, "no data: take data.MNIST, data.Open a file or a folder, or fill in a data.Set"},
		{noEvaluator, "the evaluator is empty: make one with NewEvaluator"},
		{nilEvaluator, "the evaluator is empty: make one with NewEvaluator"},
		{run(t.Context(), m, stripes(40), noRate), "learning rate 0: nothing would be learned: give Config.LR a number above 0, such as 0.01, or models.Zero"},
		{run(t.Context(), m, stripes(40), tiny), "learning rate 1e-60: it is 0 in float32: choose another, or compute in float64"},
		{run(t.Context(), m, stripes(40), optimizer), `net "mlp": update of W1: Adam.Beta1 is 2: want a number from 0 to below 1`},
		{run(t.Context(), m, stripes(40), Config{}), "batch size 0: at least 1"},
		{run(t.Context(), closed, stripes(40), good), "the model is closed"},
		{run(t.Context(), m, stripes(40), Config{Batch: 10}), "<nil>"}, // 0 iterations only evaluate
	} {
		if fmt.Sprint(c.err) != c.want {
			t.Errorf("error %v, want %q", c.err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h, err := Run(ctx, m, stripes(40), Config{Batch: 10, Iters: math.MaxInt, LR: models.Zero}, Events{})
	if err != nil || len(h.Losses) != 1 {
		t.Errorf("more iterations than memory holds losses: %v", err)
	}
}

// TestEvaluatorMistakes: of splits that are not the data set's own.
func TestEvaluatorMistakes(t *testing.T) {
	e, err := NewEvaluator(model(t, tensor.Float32, 16, 4), stripes(40))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for want, s := range map[string]*data.Split{
		"stripes: no split to take images from":                                       nil,
		"stripes: an evaluation of no samples":                                        {},
		"stripes: 18 bytes of images for 2 labels: want 16 pixels an image, 32 bytes": {Images: make([]byte, 18), Labels: make([]byte, 2)},
		"stripes: label 9 of image 1 is out of range: 4 classes are numbered 0 to 3":  {Images: make([]byte, 32), Labels: []byte{0, 9}},
	} {
		if _, err := e.Score(stripes(40).Source(s)); fmt.Sprint(err) != want {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// TestNaNScoresAreWrong: a model whose scores are NaN gets nothing right, not the images of class 0.
func TestNaNScoresAreWrong(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		for bad := range 4 {
			m := model(t, dt, 16, 4)
			b := make([]float64, 4)
			b[bad] = math.NaN()
			if err := m.SetParam("b1", b); err != nil {
				t.Fatal(err)
			}
			h, err := Run(t.Context(), m, stripes(40), Config{Batch: 10}, Events{})
			if err != nil || h.TrainAcc != 0 || h.TestAcc != 0 {
				t.Errorf("%v, score %d is NaN: accuracies %v and %v, want 0; %v", dt, bad, h.TrainAcc, h.TestAcc, err)
			}
		}
	}
}

// beside does work while other goroutines ask for the model's scores, with batches of so many rows.
func beside(t *testing.T, m *models.Model, rows int, work func()) {
	t.Helper()
	p, err := m.Program("scores", rows)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float64, rows*16)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for ctx.Err() == nil {
				if err := m.Do(func() error { return errors.Join(p.X.SetFloats(x), p.Run()) }); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	work()
	cancel()
	wg.Wait()
}

// TestRunBesideCallers: they change none of a run's numbers.
func TestRunBesideCallers(t *testing.T) {
	d, c := stripes(60), Config{Batch: 20, Iters: 300, LR: 0.05, Seed: 3}
	alone, err := Run(t.Context(), model(t, tensor.Float64, 16, 8, 4), d, c, Events{})
	if err != nil {
		t.Fatal(err)
	}
	m := model(t, tensor.Float64, 16, 8, 4)
	beside(t, m, 20, func() {
		h, err := Run(t.Context(), m, d, c, Events{})
		if err != nil || !slices.Equal(h.Losses, alone.Losses) || !slices.Equal(h.Epochs, alone.Epochs) {
			t.Errorf("losses %v, epochs %v; alone %v, %v; %v", h.Losses, h.Epochs, alone.Losses, alone.Epochs, err)
		}
	})
}

// TestEvaluateBesideCallers: of many batches, each counts the images that were set for it.
func TestEvaluateBesideCallers(t *testing.T) {
	d, m := stripes(20*evalBatch), model(t, tensor.Float64, 16, 8, 4)
	if _, err := Run(t.Context(), m, d, Config{Batch: 20, Iters: 400, LR: 0.5}, Events{}); err != nil { // to know one image from another
		t.Fatal(err)
	}
	e, err := NewEvaluator(m, d)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	want, err := e.Score(d.Source(&d.Test))
	if err != nil || want < 0.5 {
		t.Fatalf("accuracy %v; %v", want, err)
	}
	beside(t, m, evalBatch, func() {
		for range 10 {
			if got, err := e.Score(d.Source(&d.Test)); err != nil || got != want {
				t.Errorf("accuracy %v, alone %v; %v", got, want, err)
			}
		}
	})
}

// TestCloseEndsARun: with an error, and the history so far.
func TestCloseEndsARun(t *testing.T) {
	m := model(t, tensor.Float32, 16, 8, 4)
	h, err := Run(t.Context(), m, stripes(40), Config{Batch: 10, Iters: 1000, LR: 0.1}, Events{Step: func(i int) {
		if i == 6 {
			m.Close()
		}
	}})
	if !errors.Is(err, models.ErrClosed) || h == nil || len(h.Losses) != 7 {
		t.Errorf("error %v, want %v after 7 steps", err, models.ErrClosed)
	}
}
