package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/cpu"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// cut is a training that is cut and goes on, in the files of a process of its own as it were: with a new engine and a new model.
type cut struct {
	engine string
	dt     tensor.Dtype
	c      Config
	file   string               // of the state
	left   map[string][]float64 // what the last part has learned
}

// modelOf has all that a step may depend on.
func (k *cut) model(t *testing.T) (*models.Model, func()) {
	t.Helper()
	e, err := backend.Open(k.engine)
	if err != nil {
		t.Skip(err)
	}
	net, err := models.Sequential{Name: "all", In: []int{16}, Seed: 5, Decay: 0.01, Layers: []models.Layer{
		models.Dense(8), models.BatchNorm{}, models.Activate("tanh"), models.Dropout(0.3), models.Dense(4),
	}}.Net()
	if err != nil {
		t.Fatal(err)
	}
	m, err := models.New(net, e, k.dt)
	if err != nil {
		t.Fatal(err)
	}
	return m, func() { m.Close(); e.Close() }
}

// run does the part from a state on, up to so many iterations, or to the end where there are none, and gives the state that it leaves.
func (k *cut) run(t *testing.T, from *State, to int) (*History, *State) {
	t.Helper()
	m, end := k.model(t)
	defer end()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	c := k.c
	c.Resume = from
	var last *State
	h, err := Run(ctx, m, stripes(60), c, Events{
		Step: func(i int) {
			if i+1 == to {
				stop()
			}
		},
		Checkpoint: func(s *State) error { last = s; return s.Save(k.file) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if to > 0 != h.Interrupted || to > 0 && last.Iters() != to {
		t.Fatalf("it was to stop after %d of %d iterations: interrupted %v after %d", to, c.Iters, h.Interrupted, last.Iters())
	}
	if last, err = OpenState(k.file); err != nil {
		t.Fatal(err)
	}
	learned, err := m.Learned()
	if err != nil {
		t.Fatal(err)
	}
	k.left = map[string][]float64{}
	for _, p := range learned {
		k.left[p.Name] = p.Init
	}
	return h, last
}

// resumed are trainings with each optimizer, on each engine of the host, in both types, with clipping and schedules among them.
func resumed() (cuts []*cut) {
	for i, opt := range []models.Optimizer{nil, models.Momentum{}, models.Nesterov{}, models.AdaGrad{}, models.RMSProp{}, models.Adam{}, models.AdamW{},
		models.Clipped{Optimizer: models.Adam{}, Norm: 0.1}} {
		c := Config{Batch: 20, Iters: 30, LR: 0.05, Seed: 9, Optimizer: opt, Schedule: []Schedule{nil, Cosine{}, Warmup{12, Steps{5, 0.5}}}[i%3], EvalEvery: i % 5, Sampling: data.Sampling(i / 3 % 2)}
		if i%4 > 0 {
			c.Validation, c.EarlyStop = 0.25, i%4*3
		}
		cuts = append(cuts, &cut{engine: []string{"go", "blas"}[i%2], dt: []tensor.Dtype{tensor.Float32, tensor.Float64}[i/2%2], c: c})
	}
	return cuts
}

// timeless is the state's file without how long it all took.
func timeless(t *testing.T, s *State) []byte {
	t.Helper()
	s.recorder.Training, s.recorder.Evaluation = 0, 0
	content, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// TestResume: a training that is cut, once or more often, at any iteration, comes to the parameters, losses and accuracies of one that
// is not, to the last bit; each state goes through a file. With STHENO_LONG=1 there are some 150 cuts.
func TestResume(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	rounds := 1
	if os.Getenv("STHENO_LONG") == "1" {
		rounds = 13 // of 8 trainings
	}
	cutsMade := 0
	for _, k := range resumed() {
		t.Run(fmt.Sprintf("%s %v %#v", k.engine, k.dt, k.c.optimizer()), func(t *testing.T) {
			k.file = filepath.Join(t.TempDir(), "state")
			want, end := k.run(t, nil, 0)
			params := k.left
			for range rounds {
				var at *State
				for from := 0; ; {
					to := from + 1 + r.IntN(want.Iters)
					if to >= want.Iters {
						break
					}
					_, at = k.run(t, at, to)
					from, cutsMade = to, cutsMade+1
				}
				got, there := k.run(t, at, 0)
				if !bytes.Equal(timeless(t, there), timeless(t, end)) {
					t.Errorf("it leaves the state %+v, want %+v", there, end)
				}
				for name, v := range params {
					if !slices.Equal(k.left[name], v) {
						t.Errorf("%s is %v, want %v", name, k.left[name], v)
					}
				}
				if !slices.Equal(got.Losses, want.Losses) || !slices.Equal(got.Epochs, want.Epochs) || got.TrainAcc != want.TrainAcc || got.TestAcc != want.TestAcc || got.Metric != want.Metric || got.ValAcc != want.ValAcc || got.Stopped != want.Stopped {
					t.Errorf("history %+v, want %+v", got, want)
				}
			}
		})
	}
	t.Logf("%d cuts", cutsMade)
}

// TestResumeOnLooper: also where the engine does many steps at once, a checkpoint comes after each so many iterations, and a run that
// goes on from any of them has the losses of one that was not cut.
func TestResumeOnLooper(t *testing.T) {
	d := stripes(60)
	c := Config{Batch: 20, Iters: 170, LR: 0.1, Seed: 3, Optimizer: models.Momentum{}, EvalEvery: 13, CheckpointEvery: 33}
	var states []*State
	var at []int
	want, err := Run(t.Context(), modelOn(t, newLooper(t)), d, c, Events{Checkpoint: func(s *State) error {
		states, at = append(states, s), append(at, s.Iters())
		return nil
	}})
	if err != nil || !slices.Equal(at, []int{33, 66, 99, 132, 165, 170}) {
		t.Fatalf("checkpoints after %v; %v", at, err)
	}
	for _, s := range states {
		c.Resume = s
		got, err := Run(t.Context(), modelOn(t, newLooper(t)), d, c, Events{})
		if err != nil || !slices.Equal(got.Losses, want.Losses) || !slices.Equal(got.Epochs, want.Epochs) || got.TestAcc != want.TestAcc {
			t.Errorf("from iteration %d: losses %v, want %v; %v", s.Iters(), got.Losses, want.Losses, err)
		}
	}
	stop := errors.New("enough")
	c.Resume = nil
	h, err := Run(t.Context(), modelOn(t, newLooper(t)), d, c, Events{Checkpoint: func(*State) error { return stop }})
	if err != stop || len(h.Losses) != 33 {
		t.Errorf("a checkpoint that fails: %v after %d iterations", err, len(h.Losses))
	}
}
