package models_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/stheno/stheno/backend/backendtest"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// crowd is a model with several batches and what each method answers to them when it is asked alone.
type crowd struct {
	m        *models.Model
	x, t     []*tensor.Dense
	y        [][]float64
	loss     []float64
	accuracy []float64
	gradient [][]float64 // of W1
	params   map[string][]float64
}

const callers = 32

func newCrowd(t *testing.T) *crowd {
	t.Helper()
	net, err := models.TwoLayerNet(20, 10, 4, 0.5, 1).Net()
	if err != nil {
		t.Fatal(err)
	}
	c := &crowd{}
	if c.m, err = models.New(net, backendtest.NoLeaks(t, openEngine(t, "go")), tensor.Float64); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.m.Close)
	if c.params, err = c.m.Params(); err != nil {
		t.Fatal(err)
	}
	for i := range callers {
		r := rand.New(rand.NewPCG(31, uint64(i)))
		rows := 1 + i%3 // several share a program, others have their own
		x, target := randomBatch(r, rows, 20, 4)
		c.x, c.t = append(c.x, dense(tensor.Float64, rows, 20, x)), append(c.t, dense(tensor.Float64, rows, 4, target))
		y, err1 := c.m.Predict(c.x[i])
		loss, err2 := c.m.Loss(c.x[i], c.t[i])
		accuracy, err3 := c.m.Accuracy(c.x[i], c.t[i])
		grads, err4 := c.m.Gradient(c.x[i], c.t[i])
		if err := errors.Join(err1, err2, err3, err4); err != nil {
			t.Fatal(err)
		}
		// copies, so that an answer that is the model's own memory shows
		c.y, c.loss, c.accuracy = append(c.y, slices.Clone(y.Float64s())), append(c.loss, loss), append(c.accuracy, accuracy)
		c.gradient = append(c.gradient, slices.Clone(grads["W1"].Float64s()))
	}
	return c
}

// each runs f for every caller, all at once, n times each.
func each(n int, f func(caller, round int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for caller := range callers {
		wg.Go(func() {
			<-start
			for round := range n {
				f(caller, round)
			}
		})
	}
	close(start)
	wg.Wait()
}

// TestManyCallersOfPredict: each of 32 goroutines gets the answers to its own batch, to the last bit, and they are still the
// same when all calls are over. With STHENO_LONG=1 it is 100,000 answers.
func TestManyCallersOfPredict(t *testing.T) {
	c := newCrowd(t)
	rounds := 500
	if os.Getenv("STHENO_LONG") == "1" {
		rounds = 100_000 / callers
	}
	answers := make([][]*tensor.Dense, callers)
	each(rounds, func(i, _ int) {
		y, err := c.m.Predict(c.x[i])
		if err != nil {
			t.Error(err)
			return
		}
		answers[i] = append(answers[i], y)
	})
	count, wrong := 0, 0
	for i, ys := range answers {
		for _, y := range ys {
			count++
			if !slices.Equal(y.Float64s(), c.y[i]) {
				wrong++
			}
		}
	}
	if t.Logf("%d answers, %d wrong", count, wrong); wrong > 0 || count != rounds*callers {
		t.Errorf("%d of %d answers wrong, of %d calls", wrong, count, rounds*callers)
	}
}

// TestManyCallersOfAll: every method at once, with steps of rate 0 beside them, which leave the parameters as they are.
func TestManyCallersOfAll(t *testing.T) { manyCallersOfAll(t, newCrowd(t)) }

// TestManyCallersWithoutRoom: the same where each call closes the program of the call before.
func TestManyCallersWithoutRoom(t *testing.T) {
	c := newCrowd(t)
	if err := c.m.LimitPrograms(0); err != nil {
		t.Fatal(err)
	}
	manyCallersOfAll(t, c)
	if _, err := c.m.Predict(dense(tensor.Float64, 5, 20, make([]float64, 100))); err != nil {
		t.Fatal(err)
	}
	if n, _ := c.m.Programs(); n != 1 {
		t.Errorf("%d programs are left, want the last one: nobody holds one", n)
	}
}

func manyCallersOfAll(t *testing.T, c *crowd) {
	t.Helper()
	check := func(what string, ok bool, err error) {
		if err != nil || !ok {
			t.Errorf("%s: another answer than alone; %v", what, err)
		}
	}
	each(20, func(i, round int) {
		switch (i + round) % 8 {
		case 0:
			y, err := c.m.Predict(c.x[i])
			check("Predict", err == nil && slices.Equal(y.Float64s(), c.y[i]), err)
		case 1:
			loss, err := c.m.Loss(c.x[i], c.t[i])
			check("Loss", loss == c.loss[i], err)
		case 2:
			accuracy, err := c.m.Accuracy(c.x[i], c.t[i])
			check("Accuracy", accuracy == c.accuracy[i], err)
		case 3:
			grads, err := c.m.Gradient(c.x[i], c.t[i])
			check("Gradient", err == nil && slices.Equal(grads["W1"].Float64s(), c.gradient[i]), err)
		case 4:
			params, err := c.m.Params()
			check("Params", slices.Equal(params["W2"], c.params["W2"]), err)
		case 5:
			check("SetParams", true, errors.Join(c.m.SetParams(c.params), c.m.SetParam("W1", c.params["W1"])))
		case 6:
			s, err := c.m.Step(c.x[i].Shape()[0], nil)
			if err != nil {
				t.Error(err)
				return
			}
			err = errors.Join(s.SetLR(0), s.X.Set(c.x[i]), s.T.Set(c.t[i]), s.Run())
			loss, noLoss := s.Loss()
			check("Step", math.Abs(loss-c.loss[i]) < 1e-14, errors.Join(err, noLoss))
			s.Close()
		case 7:
			p, err := c.m.Program("predict", c.x[i].Shape()[0])
			if err != nil {
				t.Error(err)
				return
			}
			var y []float64
			err = c.m.Do(func() error {
				if err := errors.Join(p.X.Set(c.x[i]), p.Run()); err != nil {
					return err
				}
				y = slices.Clone(p.Output(0).Host().([]float64))
				return nil
			})
			p.Close()
			check("Program", slices.Equal(y, c.y[i]), err)
		}
	})
}

// TestPredictBesideStep: what goroutines predict while another trains are answers of the parameters before or after some
// step, never of half of one.
func TestPredictBesideStep(t *testing.T) {
	const steps = 40
	trainer := func(c *crowd) *models.Step {
		s, err := c.m.Step(3, models.Momentum{})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(s.SetLR(0.1), s.X.Set(c.x[2]), s.T.Set(c.t[2])); err != nil {
			t.Fatal(err)
		}
		return s
	}
	alone := newCrowd(t)
	seen := make([]map[[4]float64]int, callers) // by the first row of the answer: after how many steps
	s := trainer(alone)
	for n := range steps + 1 {
		for i := range seen {
			y, err := alone.m.Predict(alone.x[i])
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				seen[i] = map[[4]float64]int{}
			}
			seen[i][[4]float64(y.Float64s())] = n
		}
		if err := s.Run(); err != nil {
			t.Fatal(err)
		}
	}

	c := newCrowd(t)
	s = trainer(c)
	each(steps, func(i, _ int) {
		if i == 0 {
			if err := s.Run(); err != nil {
				t.Error(err)
			}
			return
		}
		y, err := c.m.Predict(c.x[i])
		if err != nil {
			t.Error(err)
		} else if _, ok := seen[i][[4]float64(y.Float64s())]; !ok {
			t.Errorf("caller %d: %v is the answer after none of the steps", i, y)
		}
	})
	y, err := c.m.Predict(c.x[5])
	if err != nil {
		t.Fatal(err)
	}
	if n := seen[5][[4]float64(y.Float64s())]; n != steps {
		t.Errorf("in the end the answer is that after %d steps, want %d", n, steps)
	}
}

// TestStepsAreApart: what a step holds is its own, whatever else the model does with batches of the size: X, T, the rate, and
// the loss.
func TestStepsAreApart(t *testing.T) {
	c := newCrowd(t)
	step := func(lr float64) *models.Step {
		s, err := c.m.Step(3, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		if err := errors.Join(s.SetLR(lr), s.X.Set(c.x[2]), s.T.Set(c.t[2])); err != nil {
			t.Fatal(err)
		}
		return s
	}
	still, moving := step(0), step(0.5)
	if err := errors.Join(moving.X.Set(c.x[5]), moving.T.Set(c.t[5])); err != nil {
		t.Fatal(err)
	}
	if _, err := c.m.Gradient(c.x[8], c.t[8]); err != nil {
		t.Fatal(err)
	}
	if loss, err := moving.Loss(); err == nil || err.Error() != "the step has no loss yet: run it first" {
		t.Errorf("before a step ran its loss is %v, %v", loss, err)
	}
	if err := still.Run(); err != nil {
		t.Fatal(err)
	}
	if loss, err := still.Loss(); err != nil || math.Abs(loss-c.loss[2]) > 1e-14 {
		t.Errorf("loss %v, the step's own batch has %v; %v", loss, c.loss[2], err)
	}
	if params, err := c.m.Params(); err != nil || !slices.Equal(params["W1"], c.params["W1"]) {
		t.Errorf("a step of rate 0 changed W1; %v", err)
	}
	if err := moving.Run(); err != nil {
		t.Fatal(err)
	}
	params, err := c.m.Params()
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range c.params["W1"] {
		if want := w - 0.5*c.gradient[5][i]; math.Abs(params["W1"][i]-want) > 1e-14 {
			t.Fatalf("W1[%d] = %v after the step of rate 0.5, want %v", i, params["W1"][i], want)
		}
	}
}

// TestOptimizersAreApart: the second of two optimizers on one model starts with nothing remembered; two steps of one go on
// where the other stopped.
func TestOptimizersAreApart(t *testing.T) {
	run := func(batches []int, opts ...models.Optimizer) []float64 {
		c := newCrowd(t)
		for i, opt := range opts {
			if i == len(opts)-1 {
				if err := c.m.SetParams(c.params); err != nil {
					t.Fatal(err)
				}
			}
			at := batches[i] - 1
			s, err := c.m.Step(batches[i], opt)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(s.SetLR(0.1), s.X.Set(c.x[at]), s.T.Set(c.t[at]), s.Run()); err != nil {
				t.Fatal(err)
			}
		}
		params, err := c.m.Params()
		if err != nil {
			t.Fatal(err)
		}
		return params["W1"]
	}
	adam := models.Adam{}
	if !slices.Equal(run([]int{3}, adam), run([]int{3, 3}, models.Momentum{}, adam)) {
		t.Error("Adam takes up what Momentum remembers")
	}
	if slices.Equal(run([]int{3}, adam), run([]int{2, 3}, adam, adam)) {
		t.Error("Adam on another batch size forgets what it was")
	}
}

// TestModelsSideBySide: models on one engine, each made, used and closed by its own goroutine.
func TestModelsSideBySide(t *testing.T) {
	e := openEngine(t, "go")
	c := newCrowd(t)
	each(3, func(i, _ int) {
		m, err := models.New(c.m.Net, e, tensor.Float64)
		if err != nil {
			t.Error(err)
			return
		}
		defer m.Close()
		grads, err := m.Gradient(c.x[i], c.t[i])
		if err != nil || !slices.Equal(grads["W1"].Float64s(), c.gradient[i]) {
			t.Errorf("model %d: another gradient than alone; %v", i, err)
		}
	})
}

// closedCalls are all that a model and a step of it offer.
func closedCalls(m *models.Model, s *models.Step, x, t *tensor.Dense) map[string]error {
	calls := map[string]error{}
	_, calls["Predict"] = m.Predict(x)
	_, calls["Loss"] = m.Loss(x, t)
	_, calls["Accuracy"] = m.Accuracy(x, t)
	_, calls["Gradient"] = m.Gradient(x, t)
	_, calls["Params"] = m.Params()
	calls["SetParam"] = m.SetParam("b1", make([]float64, 10))
	calls["SetParams"] = m.SetParams(nil)
	_, calls["Step"] = m.Step(3, nil)
	_, calls["Program"] = m.Program("scores", 3)
	calls["Do"] = m.Do(func() error { return nil })
	calls["LimitPrograms"] = m.LimitPrograms(1 << 20)
	_, calls["NumericalGradient"] = m.NumericalGradient(x, t)
	_, closeAll, err := m.Evaluators(x, t)
	if calls["Evaluators"] = err; err == nil {
		closeAll()
	}
	calls["SetLR"] = s.SetLR(1)
	calls["Run"] = s.Run()
	_, calls["Step.Loss"] = s.Loss()
	return calls
}

// TestClosed: after Close each call says so.
func TestClosed(t *testing.T) {
	c := newCrowd(t)
	s, err := c.m.Step(3, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.SetLR(0), s.Run()); err != nil {
		t.Fatal(err)
	}
	for name, err := range closedCalls(c.m, s, c.x[2], c.t[2]) {
		if err != nil {
			t.Errorf("%s before Close: %v", name, err)
		}
	}
	c.m.Close()
	c.m.Close()
	for name, err := range closedCalls(c.m, s, c.x[2], c.t[2]) {
		if !errors.Is(err, models.ErrClosed) || err.Error() != "the model is closed" {
			t.Errorf("%s after Close: %v", name, err)
		}
	}
	s.Close()
	s.Close()
}

// TestClosedStep: a closed step neither runs nor answers, and the next step may take its place.
func TestClosedStep(t *testing.T) {
	c := newCrowd(t)
	for range 3 {
		s, err := c.m.Step(3, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Run(); err == nil || err.Error() != "the step has no learning rate: call SetLR first" {
			t.Errorf("without a learning rate: %v", err)
		}
		before, err1 := c.m.Params()
		err2 := s.Program().Run() // as an engine does that repeats it by itself
		after, err3 := c.m.Params()
		if err := errors.Join(err1, err2, err3); err != nil || !slices.Equal(before["b2"], after["b2"]) {
			t.Errorf("a new step has the rate of a closed one; %v", err)
		}
		if err := errors.Join(s.SetLR(0.1), s.X.Set(c.x[2]), s.T.Set(c.t[2]), s.Run()); err != nil {
			t.Error(err)
		}
		if s.X.Name != "x" {
			t.Errorf("X is %q: the inputs of closed steps are not used again", s.X.Name)
		}
		s.Close()
		_, noLoss := s.Loss()
		for _, err := range []error{s.Run(), s.SetLR(0.1), noLoss} {
			if err == nil || err.Error() != "the step is closed" {
				t.Errorf("after Close: %v", err)
			}
		}
	}
}

// TestCloseBesideCalls: calls that run while the model is closed give the right answer or ErrClosed.
func TestCloseBesideCalls(t *testing.T) {
	for round := range 5 {
		c := newCrowd(t)
		s, err := c.m.Step(3, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(s.SetLR(0), s.X.Set(c.x[2]), s.T.Set(c.t[2])); err != nil {
			t.Fatal(err)
		}
		each(30, func(i, n int) {
			switch {
			case i == 0 && n == 5+round:
				c.m.Close()
			case i == 1:
				if err := s.Run(); err != nil && !errors.Is(err, models.ErrClosed) {
					t.Error(err)
				}
			default:
				y, err := c.m.Predict(c.x[i])
				if err != nil && !errors.Is(err, models.ErrClosed) || err == nil && !slices.Equal(y.Float64s(), c.y[i]) {
					t.Errorf("%v, %v; want %v or ErrClosed", y, err, c.y[i])
				}
			}
		})
	}
}

// TestALoneCallerPaysNothing: a step takes its turn, with another learning rate each time, without allocating.
func TestALoneCallerPaysNothing(t *testing.T) {
	c := newCrowd(t)
	s, err := c.m.Step(3, models.Adam{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.SetLR(0.1), s.Run()); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(50, func() {
		if err := s.SetLR(0.2); err != nil {
			t.Error(err)
		}
		if err := s.Run(); err != nil {
			t.Error(err)
		}
		if _, err := s.Loss(); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a step", n)
	}
}
