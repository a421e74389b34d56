package models_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// newForgetful makes a net whose steps depend on all there is: what optimizers remember, running statistics, and what is dropped.
func newForgetful(t *testing.T, engine string, dt tensor.Dtype) *models.Model {
	t.Helper()
	net, err := models.Sequential{Name: "all", In: []int{3}, Seed: 5, Layers: []models.Layer{
		models.Dense(6), models.BatchNorm{}, models.Activate("tanh"), models.Dropout(0.4), models.Dense(2),
	}}.Net()
	if err != nil {
		t.Fatal(err)
	}
	m, err := models.New(net, openEngine(t, engine), dt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}

// goOn does some steps on batches that are drawn.
func goOn(t *testing.T, s *models.Step, r *rand.Rand, steps int) (losses []float64) {
	t.Helper()
	for range steps {
		x, target := randomBatch(r, 4, 3, 2)
		loss := 0.
		if err := errors.Join(s.SetLR(0.1), s.X.SetFloats(x), s.T.SetFloats(target), s.Run()); err != nil {
			t.Fatal(err)
		}
		loss, err := s.Loss()
		if err != nil {
			t.Fatal(err)
		}
		losses = append(losses, loss)
	}
	return losses
}

// TestMemory: with what a model has learned and what its step remembers, another model goes on with the same bits, whatever the
// optimizer; without one of the two it does not.
func TestMemory(t *testing.T) {
	for name, o := range optimizers {
		for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
			source := rand.NewPCG(17, 0)
			m := newForgetful(t, "go", dt)
			s, err := m.Step(4, o.opt)
			if err != nil {
				t.Fatal(err)
			}
			goOn(t, s, rand.New(source), 5)
			at := *source
			learned, err := m.Learned()
			if err != nil {
				t.Fatal(err)
			}
			state, err := s.Memory()
			if err != nil {
				t.Fatal(err)
			}
			want := goOn(t, s, rand.New(source), 20)
			again := newForgetful(t, "go", dt)
			values := map[string][]float64{}
			for _, p := range learned {
				values[p.Name] = p.Init
			}
			next, err := again.Step(4, o.opt)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(again.SetParams(values), next.SetMemory(state)); err != nil {
				t.Fatal(err)
			}
			if got := goOn(t, next, rand.New(&at), 20); !slices.Equal(got, want) {
				t.Errorf("%s, %v: it goes on with losses %v, want %v", name, dt, got, want)
			}
			if !slices.ContainsFunc(state, func(p models.Param) bool { return p.Name == "random.state" }) {
				t.Errorf("%s: no generator in %v", name, state)
			}
		}
	}
}

// TestMemoryMistakes: what does not fit is told, and changes nothing.
func TestMemoryMistakes(t *testing.T) {
	m := newForgetful(t, "go", tensor.Float32)
	step := func(opt models.Optimizer) *models.Step {
		s, err := m.Step(4, opt)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	momentum := step(models.Momentum{})
	state, err := momentum.Memory()
	if err != nil {
		t.Fatal(err)
	}
	large := slices.Clone(state)
	large[3].Init = []float64{1, 1e39, 0, 0, 0, 0}
	short, more := slices.Clone(state), append(slices.Clone(state), models.Param{Name: "W9"})
	short[0].Init = short[0].Init[:2]
	closed := step(models.SGD{})
	closed.Close()
	_, ofClosed := closed.Memory()
	_, ofNil := (*models.Step)(nil).Memory()
	for _, c := range []struct {
		err  error
		want string
	}{
		{step(models.Adam{}).SetMemory(state), "there is no W1.models.Adam.m in the memory: it is of another optimizer"},
		{step(models.SGD{}).SetMemory(state), "the step remembers no W1.models.Momentum.v: the memory is of another optimizer"},
		{momentum.SetMemory(short), "W1.models.Momentum.v of shape 3x6 has 18 elements, not 2"},
		{momentum.SetMemory(more), "the step remembers no W9: the memory is of another optimizer"},
		{momentum.SetMemory(state[:1]), "there is no b1.models.Momentum.v in the memory: it is of another optimizer"},
		{momentum.SetMemory(large), large[3].Name + ": element 1 is 1e+39, more than float32 holds"},
		{closed.SetMemory(state), "the step is closed"},
		{ofClosed, "the step is closed"},
		{ofNil, "the step is empty: make one with Model.Step"},
	} {
		if fmt.Sprint(c.err) != c.want {
			t.Errorf("error %v, want %q", c.err, c.want)
		}
	}
}
