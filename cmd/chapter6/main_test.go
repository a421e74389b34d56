package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/internal/chapter"
	"github.com/stheno/stheno/models"
)

func call(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(args, &out, &errs)
	return code, out.String(), errs.String()
}

// TestQuick: every section prints its comparison and draws its figure.
func TestQuick(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pictures")
	code, stdout, stderr := call("-quick", "-out", dir, "-only", "paths,optimizers,activations,weights,decay,dropout")
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	for _, want := range []string{"Momentum  lr 0.1  ends at (", "AdaGrad    lr 0.01  loss ", "Xavier     0.2", "He         lr 0.01  loss ",
		"λ = 0.1         training accuracy ", "dropout of 0.2  training accuracy "} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	for _, f := range []string{"fig6-8", "fig6-9", "fig6-10", "fig6-14", "fig6-15", "fig6-20", "fig6-22"} {
		content, err := os.ReadFile(filepath.Join(dir, f+".png"))
		if err != nil || !bytes.HasPrefix(content, []byte("\x89PNG")) {
			t.Errorf("%s: %v", f, err)
		}
	}
	if strings.Contains(stdout, "batch normalisation") {
		t.Error("a section that was not asked for")
	}
}

// TestQuickBatchNorm: where a net without it diverges, the comparison goes on.
func TestQuickBatchNorm(t *testing.T) {
	code, stdout, stderr := call("-quick", "-only", "batchnorm")
	if code != 0 || strings.Count(stdout, "std = ") != 16 || !strings.Contains(stdout, "std = 1.0000, with 0.") || !strings.Contains(stdout, "without it diverges") {
		t.Errorf("exit %d, %s\n%s", code, stderr, stdout)
	}
}

func newWork(t *testing.T) *work {
	t.Helper()
	e, err := backend.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return &work{Chapter: &chapter.Chapter{Engine: e}, seed: 1}
}

// TestPaths: SGD multiplies x0 by 0.905 and x1 by -0.9 in each step; Momentum keeps nine tenths of its last step.
func TestPaths(t *testing.T) {
	w := newWork(t)
	sgd, err := w.path(models.SGD{}, 0.95, 10)
	if err != nil || len(sgd) != 11 {
		t.Fatalf("%d points, %v", len(sgd), err)
	}
	for i, p := range sgd {
		if x, y := -7*math.Pow(0.905, float64(i)), 2*math.Pow(-0.9, float64(i)); math.Abs(p.X0-x) > 1e-12 || math.Abs(p.X1-y) > 1e-12 {
			t.Errorf("point %d is %v, want (%v, %v)", i, p, x, y)
		}
	}
	momentum, err := w.path(models.Momentum{}, 0.1, 10)
	if err != nil {
		t.Fatal(err)
	}
	x, v := -7., 0.
	for i, p := range momentum {
		if math.Abs(p.X0-x) > 1e-12 {
			t.Errorf("point %d is %v, want x0 = %v", i, p, x)
		}
		v = 0.9*v - 0.1*x/10
		x += v
	}
}

// TestOutputs: with the right initial weights numbers keep their size from layer to layer, with small ones they vanish.
func TestOutputs(t *testing.T) {
	w := newWork(t)
	for _, c := range []struct {
		activation string
		init       models.Init
		low, high  float64
	}{{"relu", models.He, 0.5, 2}, {"relu", models.Std(0.01), 0, 1e-4}, {"sigmoid", models.Std(1), 0.4, 0.5}, {"sigmoid", models.Std(0.01), 0, 0.05}} {
		y, err := w.outputs(c.activation, c.init, 5)
		if err != nil || len(y) != 100000 {
			t.Fatalf("%d numbers, %v", len(y), err)
		}
		if d := deviation(y); d < c.low || d > c.high {
			t.Errorf("%s: a standard deviation of %v, want %v to %v", c.activation, d, c.low, c.high)
		}
	}
}

// TestLayers: the network of the comparisons, and what is done to it.
func TestLayers(t *testing.T) {
	w := newWork(t)
	var err error
	if w.mnist, err = data.MNIST(); err != nil {
		t.Fatal(err)
	}
	s, err := w.layers(2)
	if err != nil || len(s.Layers) != 5 || s.Layers[0] != models.Layer(models.Dense(100)) || s.Layers[1] != models.Layer(models.Activate("relu")) {
		t.Errorf("%v, %v", s.Layers, err)
	}
	if d := chapter.Some(w.mnist, 300, 20); d.Train.Len() != 300 || d.Test.Len() != 20 || d.Check() != nil || w.mnist.Train.Len() != 60000 {
		t.Errorf("%d and %d images: %v", d.Train.Len(), d.Test.Len(), d.Check())
	}
	if got := smoothed([]float64{3, 3, 3}); math.Abs(got[0]-3) > 1e-12 || math.Abs(got[1]-3) > 1e-12 {
		t.Errorf("a constant smoothed is %v", got)
	}
}

func TestBadInput(t *testing.T) {
	for want, args := range map[string][]string{
		`chapter6: -only "sgd" is unknown: choose some of paths, optimizers, activations, weights, batchnorm, decay, dropout`: {"-only", "paths,sgd"},
		`chapter6: -format "gif" is unknown: choose png or svg`:                                                               {"-format", "gif"},
		`chapter6: "more" is not a flag (chapter6 -h lists them)`:                                                             {"more"},
	} {
		code, stdout, stderr := call(args...)
		if code != 2 || stdout != "" || stderr != want+"\n" {
			t.Errorf("%v: exit %d, stdout %q, stderr %q; want exit 2 and %q", args, code, stdout, stderr, want)
		}
	}
}
