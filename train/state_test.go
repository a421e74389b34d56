package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// stateAfter is the state of a training after so many iterations.
func stateAfter(t testing.TB, iters int, opt models.Optimizer) *State {
	t.Helper()
	var last *State
	_, err := Run(t.Context(), model(t, tensor.Float32, 16, 8, 4), stripes(40), Config{Batch: 20, Iters: iters, LR: 0.1, Optimizer: opt, Note: map[string]string{"who": "me"}},
		Events{Checkpoint: func(s *State) error { last = s; return nil }})
	if err != nil {
		t.Fatal(err)
	}
	return last
}

// TestStateOfALongTraining: a history that has been thinned comes back from a file as it was, and goes on alike.
func TestStateOfALongTraining(t *testing.T) {
	s := stateAfter(t, 1, models.Adam{})
	r := newRecorder(0, mostLosses, mostEpochs)
	for i := range mostLosses + 4*mostEpochs + 7 {
		r.step(float64(i % 1013))
		if i%16 == 0 {
			r.epoch(Epoch{N: i / 16, Iter: i, Loss: 1, TrainAcc: 0.25, TestAcc: 1. / 3})
		}
	}
	s.recorder = *r
	content, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "state")
	write(t, path, content)
	back, err := OpenState(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := back.recorder; !reflect.DeepEqual(got, *r) || back.Note["who"] != "me" || len(r.LossIters) == 0 || r.stride == 1 || r.open.N == 0 {
		t.Errorf("of %d losses and %d epochs, in stretches of %d, it has %d and %d, in stretches of %d; note %v",
			len(r.Losses), len(r.Epochs), r.length, len(got.Losses), len(got.Epochs), got.length, back.Note)
	}
	again, err := back.Encode()
	if err != nil || !bytes.Equal(again, content) {
		t.Errorf("written again it is another file; %v", err)
	}
}

func write(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestModelOfAState: a state is also the file of its model.
func TestModelOfAState(t *testing.T) {
	s := stateAfter(t, 5, nil)
	path := filepath.Join(t.TempDir(), "state")
	if err := s.Save(path); err != nil {
		t.Fatal(err)
	}
	f, err := models.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	m := model(t, tensor.Float32, 16, 8, 4)
	if err := f.Into(m); err != nil {
		t.Fatal(err)
	}
	plain := filepath.Join(t.TempDir(), "model")
	if err := models.Save(plain, m); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenState(plain); fmt.Sprint(err) != plain+": it has the model only, no training to go on with: load the model, or take a checkpoint" {
		t.Errorf("error %v", err)
	}
}

// TestResumeMistakes: settings that contradict the state, a state of something else, or none, is one line before the first step.
func TestResumeMistakes(t *testing.T) {
	s := stateAfter(t, 5, models.Momentum{})
	good := Config{Batch: 20, Iters: 9, LR: 0.1, Optimizer: models.Momentum{}, Resume: s}
	with := func(change func(c *Config)) Config {
		c := good
		change(&c)
		return c
	}
	for _, c := range []struct {
		want string
		c    Config
	}{
		{"resume: Batch is 10 here and 20 in the state: take the settings of the training that is to go on", with(func(c *Config) { c.Batch = 10 })},
		{"resume: LR is 0.2 here and 0.1 in the state", with(func(c *Config) { c.LR = 0.2 })},
		{"resume: Seed is 7 here and 0 in the state", with(func(c *Config) { c.Seed = 7 })},
		{"resume: Schedule is cosine here and constant in the state", with(func(c *Config) { c.Schedule = Cosine{} })},
		{"resume: EvalEvery is 3 here and 0 in the state", with(func(c *Config) { c.EvalEvery = 3 })},
		{"resume: Optimizer is models.Adam{Beta1:0, Beta2:0} here and models.Momentum{Mu:0} in the state", with(func(c *Config) { c.Optimizer = models.Adam{} })},
		{"resume: Optimizer is models.Momentum{Mu:0.5} here and models.Momentum{Mu:0} in the state", with(func(c *Config) { c.Optimizer = models.Momentum{Mu: 0.5} })},
		{"resume: 4 iterations: the state has done 5 already", with(func(c *Config) { c.Iters = 4 })},
		{"resume: the state is empty: take one from Events.Checkpoint, or read one with OpenState", with(func(c *Config) { c.Resume = &State{} })},
		{"a checkpoint each -1 iterations: at least 1, or 0 for none but the last", with(func(c *Config) { c.CheckpointEvery = -1 })},
		{"an evaluation each -1 iterations: at least 1, or 0 for once an epoch", with(func(c *Config) { c.EvalEvery = -1 })},
		{"<nil>", good},
	} {
		_, err := Run(t.Context(), model(t, tensor.Float32, 16, 8, 4), stripes(40), c.c, Events{})
		if !strings.HasPrefix(fmt.Sprint(err), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
	if _, err := Run(t.Context(), model(t, tensor.Float32, 16, 7, 4), stripes(40), good, Events{}); fmt.Sprint(err) !=
		"resume: a copy of the model: W1 is 16x8, the net has 16x7: choose the layers and the data that it was saved with" {
		t.Errorf("another net: %v", err)
	}
	if _, err := Run(t.Context(), model(t, tensor.Float32, 16, 8, 4), stripes(60), good, Events{}); fmt.Sprint(err) !=
		"resume: the number of training samples is 60 here and 40 in the state: take the settings of the training that is to go on" {
		t.Errorf("other data: %v", err)
	}
	if _, err := Run(t.Context(), model(t, tensor.Float64, 16, 8, 4), stripes(40), good, Events{}); fmt.Sprint(err) !=
		"resume: the model's float type is float64 here and float32 in the state: take the settings of the training that is to go on" {
		t.Errorf("another type: %v", err)
	}
	if err := (*State)(nil).Save("x"); fmt.Sprint(err) != "x: not written: "+errNoState.Error() {
		t.Errorf("no state: %v", err)
	}
}

// TestScheduleOfAResumedTraining: a schedule that spans all iterations can't span others after some were done.
func TestScheduleOfAResumedTraining(t *testing.T) {
	c := Config{Batch: 20, Iters: 5, LR: 0.1, Schedule: Cosine{}}
	ev := Events{Checkpoint: func(s *State) error { c.Resume = s; return nil }}
	if _, err := Run(t.Context(), model(t, tensor.Float32, 16, 8, 4), stripes(40), c, ev); err != nil {
		t.Fatal(err)
	}
	c.Iters = 8
	_, err := Run(t.Context(), model(t, tensor.Float32, 16, 8, 4), stripes(40), c, ev)
	if want := "resume: 8 iterations: the schedule cosine has been followed for 5 of them: keep that number, or give the schedule a length"; fmt.Sprint(err) != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// TestNoCheckpointOfADivergedRun: what has diverged at the end is no state to go on from.
func TestNoCheckpointOfADivergedRun(t *testing.T) {
	_, err := Run(t.Context(), model(t, tensor.Float32, 16, 8, 4), stripes(40), Config{Batch: 20, Iters: 3, LR: 1e9}, Events{Checkpoint: func(s *State) error {
		t.Errorf("a checkpoint after %d iterations", s.Iters())
		return nil
	}})
	var diverged *DivergedError
	if !errors.As(err, &diverged) {
		t.Errorf("error %v", err)
	}
}

// FuzzState: whatever a file says of its training is refused in one line, or can be gone on with.
func FuzzState(f *testing.F) {
	s := stateAfter(f, 7, models.Adam{})
	content, err := s.Encode()
	if err != nil {
		f.Fatal(err)
	}
	path := filepath.Join(f.TempDir(), "state")
	write(f, path, content)
	file, err := models.Open(path)
	if err != nil {
		f.Fatal(err)
	}
	training := file.Training()
	text := training.State
	f.Add(text, 7.0, 0.0)
	f.Add(strings.Replace(text, `"Length":1`, `"Length":4`, 1), 3.0, 2.0)
	f.Add(strings.Replace(text, `"Best":null`, `"Best":{}`, 1), 0.0, 1.0)
	f.Add(`{"Iterations":-1}`, -1.0, 1e300)
	f.Fuzz(func(t *testing.T, text string, first, second float64) {
		training.State = text
		for _, tensor := range training.Tensors {
			if x, ok := tensor.Data.([]float64); ok && len(x) > 1 {
				x[0], x[1] = first, second
			}
		}
		s, err := stateOf(file, training)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than a line: %v", err)
			}
			return
		}
		if !json.Valid([]byte(text)) {
			t.Errorf("%q is taken", text)
		}
		s.recorder = s.recorder.clone(0) // the tensors are shared
		for i := range 40 {
			s.recorder.step(1)
			s.recorder.epoch(Epoch{N: i, Iter: s.Iters() - 1})
		}
		s.recorder.finish()
	})
}
