package main

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/train"

	"gorgonia.org/tensor"
)

// TestGradcheck: the report comes before the training, and a right gradient passes.
func TestGradcheck(t *testing.T) {
	code, stdout, stderr := call(t, "-data", smallSet(t), "-batch", "10", "-iters", "1", "-hidden", "6,4", "-std", "0.3", "-gradcheck")
	if code != exitOK || !strings.HasPrefix(stdout, "gradient check") || strings.Contains(stdout, "FAIL") {
		t.Errorf("exit %d, stderr %q:\n%s", code, stderr, stdout)
	}
}

// TestGradcheckReLU: kinks do not make a right gradient wrong.
func TestGradcheckReLU(t *testing.T) {
	set := smallSet(t)
	for _, seed := range []string{"1", "2", "3", "4", "5", "6"} {
		code, stdout, stderr := call(t, "-data", set, "-batch", "10", "-hidden", "64,48", "-std", "0.02", "-activation", "relu", "-iters", "0", "-gradcheck", "-seed", seed)
		if code != exitOK || stderr != "" || !strings.Contains(stdout, "looked at from each side") || strings.Contains(stdout, "NOT PROVEN") {
			t.Errorf("seed %s: exit %d, %s\n%s", seed, code, stderr, stdout)
		}
	}
}

// TestGradcheckFails: a gradient that is not that of the net ends the run with exit code 1 before anything is trained.
func TestGradcheckFails(t *testing.T) {
	set := smallSet(t)
	loaded, err := data.Load(set)
	if err != nil {
		t.Fatal(err)
	}
	d, err := loaded.Set()
	if err != nil {
		t.Fatal(err)
	}
	e, err := backend.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	mlp := models.MLP{Widths: []int{9, 6, 5, 3}, Activation: "tanh", Std: 0.3, Seed: 1}
	net, err := mlp.Net()
	if err != nil {
		t.Fatal(err)
	}
	m, err := models.New(net, e, tensor.Float32)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for _, activation := range []string{"tanh", "relu", "sigmoid"} { // of the pass by hand
		mlp.Activation = activation
		var out strings.Builder
		o := &options{seed: 1}
		err := o.checkGradient(newReporter(o, &out, &out), e, m, mlp, d)
		if right := activation == "tanh"; (err == nil) != right || !right && (err != errFailed || !strings.Contains(out.String(), "FAIL")) {
			t.Errorf("by hand with %s: error %v\n%s", activation, err, out.String())
		}
	}
}

// TestSamplesToCheck: an empty image is left out, as long as there are others.
func TestSamplesToCheck(t *testing.T) {
	split := func(pixels ...byte) *data.Split {
		return &data.Split{Images: pixels, Labels: make([]byte, len(pixels)/2)}
	}
	many := make([]byte, 60)
	for i := range many {
		many[i] = byte(i % 6)
	}
	for _, c := range []struct {
		s    *data.Split
		want []int
	}{
		{split(0, 0, 1, 0, 0, 0, 0, 9), []int{1, 3}},
		{split(0, 0, 0, 0), []int{0, 1}},
		{split(many...), []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
	} {
		set := &data.Dataset{Rows: 1, Cols: 2, Classes: 1}
		if got, err := samplesToCheck(set.Source(c.s)); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, %v, want %v", c.s.Images, got, err, c.want)
		}
	}
}

// TestExitCodes: what ended a run, as a script sees it.
func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		err         error
		interrupted bool
		want        int
		told        bool // on standard error
	}{
		{nil, false, 0, false}, {nil, true, 130, false}, {flag.ErrHelp, false, 0, false}, {errFailed, false, 1, false},
		{fmt.Errorf("wrapped: %w", &train.DivergedError{}), false, 1, true}, {errors.New("a flag"), false, 2, true},
	} {
		var told strings.Builder
		if got := exitCode(c.err, c.interrupted, &told); got != c.want || (told.Len() > 0) != c.told {
			t.Errorf("%v, interrupted %v: exit code %d, told %q; want %d", c.err, c.interrupted, got, told.String(), c.want)
		}
	}
}
