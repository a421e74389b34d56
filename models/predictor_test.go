package models_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/backendtest"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// served is a predictor of a small net, and what the net answers to samples when it is asked alone.
type served struct {
	p    *models.Predictor
	m    *models.Model
	file string
	x, y [][]float64 // by sample
}

const servedIn, servedOut = 20, 4

// newServed makes one with weights that the seed draws; samples are the same for all seeds.
func newServed(t *testing.T, seed uint64, b models.Batching) *served {
	t.Helper()
	net, err := models.TwoLayerNet(servedIn, 10, servedOut, 0.5, seed).Net()
	if err != nil {
		t.Fatal(err)
	}
	s := &served{file: filepath.Join(t.TempDir(), fmt.Sprint(seed))}
	if s.m, err = models.New(net, backendtest.NoLeaks(t, openEngine(t, "go")), tensor.Float64); err != nil {
		t.Fatal(err)
	}
	if err := models.Save(s.file, s.m); err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		x := models.Normal(models.NewRand(uint64(i)), servedIn, 1)
		y, err := s.m.Predict(dense(tensor.Float64, 1, servedIn, x))
		if err != nil {
			t.Fatal(err)
		}
		s.x, s.y = append(s.x, x), append(s.y, slices.Clone(y.Float64s()))
	}
	if s.p, err = models.NewPredictor(s.m, b); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.p.Close)
	return s
}

// ask predicts n samples from one on, and says how far the answers are from those of the model alone.
func (s *served) ask(ctx context.Context, from, n int) (distance float64, err error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second) // not for ever, if an answer is lost
	defer cancel()
	y := make([]float64, n*servedOut)
	if err := s.p.PredictFloat64(ctx, y, slices.Concat(s.x[from:from+n]...)); err != nil {
		return 0, err
	}
	return far(y, slices.Concat(s.y[from:from+n]...)), nil
}

func far(a, b []float64) (d float64) {
	for i := range a {
		d = max(d, math.Abs(a[i]-b[i]))
	}
	return d
}

const sameAnswer = 1e-12 // but for the order of a sum

// TestPredictorOfManyCallers: each of 32 goroutines gets the answers to its own samples, one or many, waited for or not.
func TestPredictorOfManyCallers(t *testing.T) {
	for _, b := range []models.Batching{{}, {Most: 1}, {Most: 5}, {Most: 16, Wait: 100 * time.Microsecond}} {
		s := newServed(t, 1, b)
		each(100, func(caller, round int) {
			n := 1 + caller%3
			if caller == 7 {
				n = 50 // more than a batch holds
			}
			if d, err := s.ask(t.Context(), (caller+round)%(101-n), n); err != nil || d > sameAnswer {
				t.Errorf("%+v: caller %d, round %d: %v off, %v", b, caller, round, d, err)
			}
		})
	}
}

// TestPredictorReloads: 32 goroutines are answered by one file's model or by the other's while they change, and no call is lost.
func TestPredictorReloads(t *testing.T) {
	reloads := 10
	if os.Getenv("STHENO_LONG") == "1" {
		reloads = 1000
	}
	for _, wait := range []time.Duration{0, 50 * time.Microsecond} {
		s, other := newServed(t, 1, models.Batching{Wait: wait}), newServed(t, 2, models.Batching{})
		var calls, byOther atomic.Int64
		var wg sync.WaitGroup
		stop, cancel := context.WithCancel(t.Context())
		for caller := range callers {
			wg.Go(func() {
				for round := 0; stop.Err() == nil; round++ {
					i, y := (caller+round)%100, make([]float64, servedOut)
					err := s.p.PredictFloat64(t.Context(), y, s.x[i])
					one, two := far(y, s.y[i]), far(y, other.y[i])
					if err != nil || min(one, two) > sameAnswer {
						t.Errorf("caller %d, round %d: %v is neither %v nor %v; %v", caller, round, y, s.y[i], other.y[i], err)
						return
					}
					if calls.Add(1); two < one {
						byOther.Add(1)
					}
				}
			})
		}
		for i := range reloads {
			if err := s.p.Reload([]string{other.file, s.file}[i%2]); err != nil {
				t.Error(err)
			}
		}
		cancel()
		wg.Wait()
		t.Logf("waiting %v: %d reloads beside %d calls, %d of them answered by the other file", wait, reloads, calls.Load(), byOther.Load())
		if byOther.Load() == 0 || byOther.Load() == calls.Load() {
			t.Error("only one file has answered")
		}
	}
}

// TestPredictorCancels: who waits leaves as soon as the context ends, before the run or during it, and nothing is written for him any
// more. The others are answered.
func TestPredictorCancels(t *testing.T) {
	for name, during := range map[string]bool{"waiting": false, "running": true} {
		s := newServed(t, 1, models.Batching{Wait: time.Millisecond})
		held, release := make(chan struct{}), make(chan struct{})
		var wg sync.WaitGroup
		hold := func() {
			wg.Go(func() {
				_ = s.m.Do(func() error { // no program runs
					close(held)
					<-release
					return nil
				})
			})
			<-held
		}
		if during {
			hold()
		} else {
			defer s.p.HoldTurn()()
		}
		ctx, cancel := context.WithCancel(t.Context())
		y := make([]float64, servedOut)
		answer, stays := make(chan error), make(chan error, 1)
		go func() { answer <- s.p.PredictFloat64(ctx, y, s.x[0]) }()
		go func() {
			d, err := s.ask(t.Context(), 1, 2)
			if d > sameAnswer {
				err = fmt.Errorf("%v off", d)
			}
			stays <- err
		}()
		time.Sleep(20 * time.Millisecond) // enough for the worker to have taken it
		cancel()
		if err := <-answer; err != context.Canceled {
			t.Errorf("%s: error %v", name, err)
		}
		if !during {
			continue
		}
		close(release)
		wg.Wait()
		if err := <-stays; err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if slices.Max(y) != 0 {
			t.Errorf("%s: %v was written after the caller had gone", name, y)
		}
		if err := s.p.PredictFloat64(ctx, y, s.x[0]); err != context.Canceled {
			t.Errorf("a context that has ended: %v", err)
		}
	}
}

// TestPredictorGathers: samples wait for others, until there are enough of them.
func TestPredictorGathers(t *testing.T) {
	s := newServed(t, 1, models.Batching{Most: 4, Wait: time.Hour})
	four := func() {
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				if d, err := s.ask(t.Context(), i, 1); err != nil || d > sameAnswer {
					t.Errorf("%v off, %v", d, err)
				}
			})
		}
		wg.Wait()
	}
	four()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.ask(ctx, 0, 3); err != context.DeadlineExceeded {
		t.Errorf("three samples that wait for a fourth: %v", err)
	}
	for range 2 { // who has left is not counted
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if _, err := s.ask(ctx, 0, 2); err != context.DeadlineExceeded {
			t.Errorf("two samples that wait for others: %v", err)
		}
	}
	four()
	leaver, leaves := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	waits := func(ctx context.Context, n int, want error) {
		before := s.p.Waiting()
		wg.Go(func() {
			if d, err := s.ask(ctx, n, n); err != want || d > sameAnswer {
				t.Errorf("%d samples: %v off, %v, want the error %v", n, d, err, want)
			}
		})
		for s.p.Waiting() == before {
			time.Sleep(time.Millisecond)
		}
	}
	waits(leaver, 2, context.Canceled)
	waits(t.Context(), 1, nil)
	leaves()
	for s.p.Waiting() != 1 {
		time.Sleep(time.Millisecond)
	}
	waits(t.Context(), 2, nil)
	if d, err := s.ask(t.Context(), 0, 1); err != nil || d > sameAnswer { // it fills the batch
		t.Errorf("%v off, %v", d, err)
	}
	wg.Wait()
}

// TestPredictorCloses: Close answers all that have come, and then nobody.
func TestPredictorCloses(t *testing.T) {
	s := newServed(t, 1, models.Batching{Wait: time.Hour})
	release := s.p.HoldTurn()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if d, err := s.ask(t.Context(), i, 1); err != nil || d > sameAnswer {
				t.Errorf("%v off, %v", d, err)
			}
		})
	}
	for s.p.Waiting() < 8 {
		time.Sleep(time.Millisecond)
	}
	wg.Go(s.p.Close)
	time.Sleep(10 * time.Millisecond)
	release()
	wg.Wait()
	s.p.Close()
	y := make([]float64, servedOut)
	for what, err := range map[string]error{
		"predict": s.p.PredictFloat64(t.Context(), y, s.x[0]), "reload": s.p.Reload(s.file), "the model": s.m.Do(func() error { return nil }),
	} {
		if !errors.Is(err, models.ErrClosed) {
			t.Errorf("%s after Close: %v", what, err)
		}
	}
}

// TestPredictorCloseBesideCalls: calls beside Close are answered rightly or get ErrClosed.
func TestPredictorCloseBesideCalls(t *testing.T) {
	for round := range 10 {
		s := newServed(t, 1, models.Batching{Wait: time.Duration(round%2) * time.Microsecond})
		each(30, func(caller, n int) {
			if caller == 0 && n == 3+round {
				s.p.Close()
				return
			}
			if d, err := s.ask(t.Context(), caller, 1); err != nil && !errors.Is(err, models.ErrClosed) || d > sameAnswer {
				t.Errorf("%v off, %v", d, err)
			}
		})
	}
}

// TestPredictorAllocatesNothing: neither alone nor through the queue.
func TestPredictorAllocatesNothing(t *testing.T) {
	for _, wait := range []time.Duration{0, time.Microsecond} {
		s := newServed(t, 1, models.Batching{Wait: wait})
		x, y := make([]float32, 3*servedIn), make([]float32, 3*servedOut)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if n := testing.AllocsPerRun(200, func() {
			if err := errors.Join(s.p.Predict(ctx, y, x), s.p.PredictFloat64(ctx, s.y[0], s.x[0])); err != nil {
				t.Error(err)
			}
		}); n != 0 {
			t.Errorf("waiting %v: %v allocations for two predictions", wait, n)
		}
	}
}

// TestPredictorConverts: numbers of one float type go through a model of the other.
func TestPredictorConverts(t *testing.T) {
	m := mlp(t, 1, tensor.Float32, 9, 7, 3)
	want := prediction(t, m)
	p, err := models.NewPredictor(m, models.Batching{Most: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	x, y := make([]float64, 9), make([]float64, 3)
	for i := range x {
		x[i] = float64(i%4) / 4
	}
	if err := p.PredictFloat64(t.Context(), y, x); err != nil || !slices.Equal(y, want) {
		t.Errorf("%v, %v; want %v", y, err, want)
	}
}

// TestPredictorMistakes: each is one line that says what to do, and changes nothing.
func TestPredictorMistakes(t *testing.T) {
	s := newServed(t, 1, models.Batching{})
	other := filepath.Join(t.TempDir(), "other")
	if err := models.Save(other, mlp(t, 1, tensor.Float32, 9, 7, 3)); err != nil {
		t.Fatal(err)
	}
	predict := func(y, x int) error { return s.p.Predict(t.Context(), make([]float32, y), make([]float32, x)) }
	made := func(b models.Batching) error {
		_, err := models.NewPredictor(s.m, b)
		return err
	}
	_, nothing := models.NewPredictor(nil, models.Batching{})
	for _, c := range []struct {
		err  error
		want string
	}{
		{predict(4, 0), "no sample to predict: x is empty"},
		{predict(4, 21), "x has 21 numbers: the net reads samples of 20"},
		{predict(4, 40), "y has room for 4 numbers: the net gives 4 for each of 2 samples"},
		{s.p.Reload(other), other + ": its net has 9 inputs and 3 outputs, the one that answers 20 and 4: start another predictor"},
		{s.p.Reload(other + "s"), other + "s: no such file or directory; name a file that can be read"},
		{made(models.Batching{Most: -1}), "batches of -1 samples, waited for 0s: neither may be negative"},
		{made(models.Batching{Most: math.MaxInt}), fmt.Sprintf("batches of %d samples are too large", math.MaxInt)},
		{nothing, "the model is empty: make one with models.New"},
	} {
		if fmt.Sprint(c.err) != c.want {
			t.Errorf("error %v, want %s", c.err, c.want)
		}
	}
	if d, err := s.ask(t.Context(), 0, 1); err != nil || d > sameAnswer {
		t.Errorf("after mistakes: %v off, %v", d, err)
	}
}

// BenchmarkPredictor predicts a sample of the book's network: asked alone, and by 32 goroutines.
func BenchmarkPredictor(b *testing.B) {
	net, err := models.TwoLayerNet(784, 50, 10, 0.01, 1).Net()
	if err != nil {
		b.Fatal(err)
	}
	e, err := backend.Open("go")
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	m, err := models.New(net, e, tensor.Float32)
	if err != nil {
		b.Fatal(err)
	}
	p, err := models.NewPredictor(m, models.Batching{})
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	x := make([]float32, 784)
	for i := range x {
		x[i] = float32(i%256) / 255
	}
	ask := func(next func() bool) {
		y := make([]float32, 10)
		for next() {
			if err := p.Predict(context.Background(), y, x); err != nil {
				b.Error(err)
				return
			}
		}
	}
	b.Run("program", func(b *testing.B) { // what a lone caller would pay without a predictor
		program, err := m.Program("predict", 1)
		if err != nil {
			b.Fatal(err)
		}
		defer program.Close()
		if err := program.X.Write(x); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if err := program.Run(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("callers=1", func(b *testing.B) {
		b.ReportAllocs()
		ask(b.Loop)
	})
	b.Run("callers=32", func(b *testing.B) {
		b.ReportAllocs()
		b.SetParallelism((callers + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0))
		b.RunParallel(func(pb *testing.PB) { ask(pb.Next) })
	})
}
