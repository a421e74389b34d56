package models_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// newSmall makes a net with a penalty, and nothing that differs between training and evaluation.
func newSmall(t *testing.T, engine string) *models.Model {
	t.Helper()
	net, err := models.Sequential{Name: "small", In: []int{3}, Seed: 5, Decay: 0.1, Layers: []models.Layer{
		models.Dense(6), models.Activate("tanh"), models.Dense(2),
	}}.Net()
	if err != nil {
		t.Fatal(err)
	}
	m, err := models.New(net, openEngine(t, engine), tensor.Float64)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}

// inParts does a step by its parts and gives its loss.
func inParts(t *testing.T, s *models.SplitStep, batch, parts int, x, target []float64) (loss float64) {
	t.Helper()
	var sums [][]float64
	var shares []float64
	for i := range parts {
		from, to := models.Cut(batch, parts, i)
		px, pt := s.Inputs(i)
		if err := errors.Join(px.SetFloats(x[from*3:to*3]), pt.SetFloats(target[from*2:to*2]), s.Gradient(i)); err != nil {
			t.Fatal(err)
		}
		for k, v := range s.Sums() {
			g, err := v.Floats()
			if err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				sums = append(sums, make([]float64, len(g)))
			}
			for j := range g {
				sums[k][j] += g[j]
			}
		}
		at := 0
		for _, share := range s.Shares() {
			for _, v := range share.([]float64) {
				if i == 0 {
					shares = append(shares, 0)
				}
				shares[at] += v
				at++
			}
		}
	}
	for k, v := range s.Sums() {
		if err := v.SetFloats(sums[k]); err != nil {
			t.Fatal(err)
		}
	}
	at := 0
	for _, share := range s.Shares() {
		at += copy(share.([]float64), shares[at:])
	}
	if err := errors.Join(s.SetLR(0.1), s.Run()); err != nil {
		t.Fatal(err)
	}
	for i := range parts {
		from, to := models.Cut(batch, parts, i)
		px, pt := s.Inputs(i)
		if err := errors.Join(px.SetFloats(x[from*3:to*3]), pt.SetFloats(target[from*2:to*2])); err != nil {
			t.Fatal(err)
		}
		l, err := s.Loss(i)
		if err != nil {
			t.Fatal(err)
		}
		loss += l
	}
	return loss
}

// TestSplitStep: a step in parts is the step, whatever the optimizer; of a net with modes that is so of one part.
func TestSplitStep(t *testing.T) {
	const batch, steps = 10, 5
	for name, o := range optimizers {
		for parts, newModel := range map[int]func() *models.Model{
			1: func() *models.Model { return newForgetful(t, "go", tensor.Float64) },
			2: func() *models.Model { return newSmall(t, "go") },
			3: func() *models.Model { return newSmall(t, "blas") },
			7: func() *models.Model { return newSmall(t, "go") },
		} {
			m, split := newModel(), newModel()
			one, err := m.Step(batch, o.opt)
			if err != nil {
				t.Fatal(err)
			}
			mine := make([]int, parts)
			for i := range mine {
				mine[i] = i
			}
			many, err := split.SplitStep(batch, parts, mine, o.opt)
			if err != nil {
				t.Fatal(err)
			}
			r := rand.New(rand.NewPCG(3, uint64(parts)))
			for n := range steps {
				x, target := randomBatch(r, batch, 3, 2)
				if err := errors.Join(one.SetLR(0.1), one.X.SetFloats(x), one.T.SetFloats(target), one.Run()); err != nil {
					t.Fatal(err)
				}
				want, err := one.Loss()
				if err != nil {
					t.Fatal(err)
				}
				if got := inParts(t, many, batch, parts, x, target); !(math.Abs(got-want) <= 1e-12*math.Abs(want)) {
					t.Errorf("%s in %d parts, step %d: the loss is %v, want %v", name, parts, n, got, want)
				}
			}
			if err := equalModels(split, m, 1e-11); err != nil {
				t.Errorf("%s in %d parts: %v", name, parts, err)
			}
			many.Close()
			many.Close()
		}
	}
}

// equalModels compares what two models have learned.
func equalModels(got, want *models.Model, tol float64) error {
	a, err := got.Learned()
	if err != nil {
		return err
	}
	b, err := want.Learned()
	if err != nil {
		return err
	}
	for i, p := range b {
		for j, v := range p.Init {
			if !(math.Abs(a[i].Init[j]-v) <= tol*(1+math.Abs(v))) {
				return fmt.Errorf("%s, element %d: %v, want %v", p.Name, j, a[i].Init[j], v)
			}
		}
	}
	return nil
}

// TestSplitStepByNumber: what a part gives depends on its number, not on what is computed beside it: what Dropout drops of it, and where
// its running statistics start from.
func TestSplitStepByNumber(t *testing.T) {
	const batch, parts = 8, 4
	type given struct{ gradients, shares []float64 }
	of := func(mine ...int) (out map[int]given) {
		t.Helper()
		m := newForgetful(t, "go", tensor.Float64)
		s, err := m.SplitStep(batch, parts, mine, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		out = map[int]given{}
		for step := range 3 {
			x, target := randomBatch(rand.New(rand.NewPCG(9, uint64(step))), batch, 3, 2)
			copy(x[6:12], x[:6]) // parts 0 and 1 have the same samples
			copy(target[4:8], target[:4])
			for _, i := range mine {
				from, to := models.Cut(batch, parts, i)
				px, pt := s.Inputs(i)
				if err := errors.Join(px.SetFloats(x[from*3:to*3]), pt.SetFloats(target[from*2:to*2]), s.Gradient(i)); err != nil {
					t.Fatal(err)
				}
				var now given
				for _, v := range s.Sums() {
					g, err := v.Floats()
					if err != nil {
						t.Fatal(err)
					}
					now.gradients = append(now.gradients, g...)
				}
				for _, share := range s.Shares() {
					now.shares = append(now.shares, share.([]float64)...)
				}
				out[i] = now
			}
			// whatever the processes have added up, it is the same in all: nothing here
			for _, v := range s.Sums() {
				if err := v.SetFloats(make([]float64, v.Shape.Size())); err != nil {
					t.Fatal(err)
				}
			}
			for _, share := range s.Shares() {
				for j := range share.([]float64) {
					share.([]float64)[j] = 1
				}
			}
			if err := errors.Join(s.SetLR(0.1), s.Run()); err != nil {
				t.Fatal(err)
			}
		}
		return out
	}
	all := of(0, 1, 2, 3)
	for _, mine := range [][]int{{0, 1}, {3}, {2, 3}} {
		for i, now := range of(mine...) {
			if fmt.Sprint(now) != fmt.Sprint(all[i]) {
				t.Errorf("part %d of those of %v:\n%v, want\n%v", i, mine, now, all[i])
			}
		}
	}
	if fmt.Sprint(all[0].gradients) == fmt.Sprint(all[1].gradients) {
		t.Error("two parts of the same samples give the same: the same of them is dropped")
	}
}

func TestSplitStepErrors(t *testing.T) {
	m := newSmall(t, "go")
	if _, err := m.SplitStep(3, 4, []int{0}, nil); err == nil {
		t.Error("3 samples in 4 parts are no error")
	}
	s, err := m.SplitStep(4, 2, []int{0}, nil)
	if err != nil {
		t.Fatal(err)
	}
	rated := s.Run()
	if err := s.SetLR(0.1); err != nil {
		t.Fatal(err)
	}
	begun := s.Run()
	s.Close()
	if rated == nil || begun == nil || s.Run() == nil || s.Gradient(0) == nil {
		t.Errorf("an update without a rate: %v; without a gradient: %v; after Close: %v, %v", rated, begun, s.Run(), s.Gradient(0))
	}
}

// TestPlaces: gradients are where the caller wants some of them, with the same numbers, and what is there outlasts the step; the step that
// comes after has memory of its own.
func TestPlaces(t *testing.T) {
	gradients := func(places ...any) (out [][]float64, of *models.SplitStep) {
		t.Helper()
		m := newSmall(t, "go")
		s, err := m.SplitStep(4, 1, []int{0}, nil, places...)
		if err != nil {
			t.Fatal(err)
		}
		x, target := s.Inputs(0)
		px, pt := randomBatch(rand.New(rand.NewPCG(5, 5)), 4, x.Shape[1], target.Shape[1])
		if err := errors.Join(x.SetFloats(px), target.SetFloats(pt), s.Gradient(0)); err != nil {
			t.Fatal(err)
		}
		for _, v := range s.Sums() {
			g, err := v.Floats()
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, g)
		}
		return out, s
	}
	want, plain := gradients()
	plain.Close()
	places := make([]any, len(want))
	first := make([]float64, len(want[0]))
	places[0] = first
	got, s := gradients(places...)
	if fmt.Sprint(got) != fmt.Sprint(want) || fmt.Sprint(first) != fmt.Sprint(want[0]) {
		t.Errorf("gradients in places: %v, and in their place %v; want %v", got, first, want)
	}
	s.Close()
	if _, err := s.Sums()[0].Floats(); err == nil || fmt.Sprint(first) != fmt.Sprint(want[0]) {
		t.Errorf("after Close: %v, error %v", first, err)
	}
	m := newSmall(t, "go")
	for _, places := range [][]any{make([]any, len(want)+1), {make([]float64, 1)}, {[]int{1}}, append([]any{make([]float64, 1)}, make([]any, len(want)-1)...)} {
		if _, err := m.SplitStep(4, 1, []int{0}, nil, places...); err == nil {
			t.Errorf("places %T are no error", places)
		}
	}
	again, err := m.SplitStep(4, 1, []int{0}, nil)
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
	other, err := m.SplitStep(4, 1, []int{0}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	again.Close() // its slot is the other's
	x, target := other.Inputs(0)
	px, pt := randomBatch(rand.New(rand.NewPCG(5, 5)), 4, x.Shape[1], target.Shape[1])
	if err := errors.Join(x.SetFloats(px), target.SetFloats(pt), other.Gradient(0)); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Sums()[0].Floats(); err != nil {
		t.Errorf("after another step's second Close: %v", err)
	}
}

// TestSplitStepAllocatesNothing: a part's gradient, the update and the loss, of a net with all there is.
func TestSplitStepAllocatesNothing(t *testing.T) {
	m := newForgetful(t, "go", tensor.Float32)
	s, err := m.SplitStep(8, 2, []int{0, 1}, models.Adam{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.SetLR(0.1); err != nil {
		t.Fatal(err)
	}
	step := func() {
		for i := range 2 {
			if err := s.Gradient(i); err != nil {
				t.Error(err)
			}
		}
		if err := s.Run(); err != nil {
			t.Error(err)
		}
		for i := range 2 {
			if _, err := s.Loss(i); err != nil {
				t.Error(err)
			}
		}
	}
	step()
	if n := testing.AllocsPerRun(20, step); n > 0 {
		t.Errorf("%v allocations a step", n)
	}
}
