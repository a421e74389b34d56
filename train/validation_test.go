package train

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// TestHoldOut: the held-out samples are a share of the training samples, none of which is trained on, others with another seed.
func TestHoldOut(t *testing.T) {
	x := make([]float64, 1000)
	for i := range x {
		x[i] = float64(i)
	}
	source, err := data.Floats(x, x, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	d := &data.Set{Name: "numbers", Shape: []int{1}, Train: source, Test: source}
	numbersOf := func(s data.Source) []float64 {
		out, rows := make([]float64, s.Len()), make([]int, s.Len())
		for i := range rows {
			rows[i] = i
		}
		if err := data.Read(s, out, nil, rows); err != nil {
			t.Fatal(err)
		}
		return out
	}
	var held [3][]float64
	for i, seed := range []uint64{1, 1, 2} {
		rest, val, err := Config{Validation: 0.2, Seed: seed}.holdOut(d)
		if err != nil {
			t.Fatal(err)
		}
		held[i] = numbersOf(val)
		all := append(numbersOf(rest.Train), held[i]...)
		if slices.Sort(all); len(held[i]) != 200 || !slices.Equal(all, x) || rest.Test.Len() != 1000 {
			t.Errorf("seed %d: %d held out, %d in all", seed, len(held[i]), len(all))
		}
	}
	if !slices.Equal(held[0], held[1]) || slices.Equal(held[0], held[2]) || slices.Equal(held[0], x[:200]) || slices.Equal(held[0], x[800:]) {
		t.Errorf("held out: %v, %v", held[0][:9], held[2][:9])
	}
}

// TestKeepsTheBest: the model ends with the parameters of its best evaluation, the first of equals, and not with the last ones; the
// run ends early after so many evaluations without a better one.
func TestKeepsTheBest(t *testing.T) {
	d := stripes(60)
	for i := range d.Train.Labels {
		if i%3 == 0 {
			d.Train.Labels[i] = byte(i / 3 % 4) // so that it can't be learned
		}
	}
	for _, early := range []int{0, 5} {
		m := model(t, tensor.Float64, 16, 8, 4)
		c := Config{Batch: 20, Iters: 300, LR: 1.5, Seed: 3, EvalEvery: 1, Validation: 0.4, EarlyStop: early}
		params := map[int]map[string][]float64{}
		h, err := Run(t.Context(), m, d, c, Events{Epoch: func(e Epoch) {
			p, err := m.Params()
			if err != nil {
				t.Error(err)
			}
			params[e.Iter] = p
		}})
		if err != nil {
			t.Fatal(err)
		}
		best, waited := 0, 0
		for i, e := range h.Epochs {
			if e.ValAcc > h.Epochs[best].ValAcc {
				best, waited = i, 0
			} else if i > 0 {
				waited++
			}
		}
		if h.Best == nil || *h.Best != h.Epochs[best] || h.ValAcc != h.Best.ValAcc || h.TestAcc != h.Best.TestAcc || best == len(h.Epochs)-1 {
			t.Fatalf("early stop %d: best %+v, evaluation %d is %+v; at the end %v, %v", early, h.Best, best, h.Epochs[best], h.ValAcc, h.TestAcc)
		}
		if got := h.Stopped; got != (early > 0) || early > 0 && waited != early || early == 0 && len(h.Epochs) != c.Iters {
			t.Errorf("early stop %d: stopped %v after %d evaluations, %d without a better one", early, got, len(h.Epochs), waited)
		}
		left, err := m.Params()
		if err != nil {
			t.Fatal(err)
		}
		for name, v := range params[h.Best.Iter] {
			if !slices.Equal(left[name], v) {
				t.Errorf("%s is %v, was %v at the best evaluation", name, left[name], v)
			}
		}
	}
}

// TestModelOfAValidatedState: the model that a state gives is the best one, also when the training has gone on.
func TestModelOfAValidatedState(t *testing.T) {
	var last *State
	m := model(t, tensor.Float32, 16, 8, 4)
	h, err := Run(t.Context(), m, stripes(60), Config{Batch: 20, Iters: 200, LR: 0.5, EvalEvery: 3, Validation: 0.3}, Events{Checkpoint: func(s *State) error { last = s; return nil }})
	if err != nil {
		t.Fatal(err)
	}
	best, err := models.FileOf(m)
	if err != nil || h.Best.Iter == 198 {
		t.Fatalf("best is %+v; %v", h.Best, err)
	}
	if got, want := fmt.Sprint(last.Model().Tensors()), fmt.Sprint(best.Tensors()); got != want || got == fmt.Sprint(last.model.Tensors()) {
		t.Errorf("the state's model is %s, the best one %s", got, want)
	}
}

func TestValidationMistakes(t *testing.T) {
	for want, c := range map[string]Config{
		"validation on a share of 1: of 40 training samples at least one is to be held out, and at least one left":    {Validation: 1},
		"validation on a share of -0.1: of 40 training samples at least one is to be held out, and at least one left": {Validation: -0.1},
		"validation on a share of NaN: of 40":                                                                      {Validation: nan},
		"validation on a share of 0.01: of 40":                                                                     {Validation: 0.01},
		"validation on a share of 0.999: of 40":                                                                    {Validation: 0.999},
		"batch size 20: the training set has only 16 samples":                                                      {Validation: 0.6},
		"an early stop after -1 evaluations: at least 1":                                                           {Validation: 0.1, EarlyStop: -1},
		"an early stop after 3 evaluations: at least 1, and a share of the training samples for Config.Validation": {EarlyStop: 3},
	} {
		c.Batch, c.Iters, c.LR = 20, 5, 0.1
		if _, err := Run(t.Context(), model(t, tensor.Float32, 16, 4), stripes(40), c, Events{}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

var nan = math.NaN()
