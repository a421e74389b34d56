package train

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/stheno/stheno/checkpoint"
	"github.com/stheno/stheno/models"
)

// State is all of a training between two steps: what the model has learned, what the optimizer remembers, where the generators of
// batches and of dropout are, and the history. A run that resumes it (Config.Resume) goes on to the bits of one that never stopped.
type State struct {
	Note map[string]string // Config.Note

	model    *models.File // what it has learned
	best     *models.File // and had learned at the history's Best; nil where no samples are held out
	waited   int
	memory   []checkpoint.Tensor // models.Step.Memory
	settings map[string]string
	iters    int    // of the whole training, as it was planned
	sampler  string // data.Sampler.State
	before   float64
	recorder recorder
}

// Moment is a training between two steps, for as long as Events.State lasts.
type Moment struct{ t *training }

// History is that of the training so far. It changes with the next step: copy what is to stay.
func (m Moment) History() *History { return m.t.History }

// State is a copy of all that the training has.
func (m Moment) State() (*State, error) { return m.t.state() }

func (t *training) state() (s *State, err error) {
	s = &State{
		Note: t.c.Note, settings: t.settings(), iters: t.c.Iters, sampler: t.sampler.State(), before: t.before,
		best: t.best, waited: t.waited, recorder: t.recorder.clone(t.Iters),
	}
	if t.c.Parts > 0 { // its bits are to be those of any other run
		s.recorder.Training, s.recorder.Evaluation = 0, 0
	}
	if s.model, err = models.FileOf(t.m); err != nil {
		return nil, err
	}
	memory, err := t.update.Memory()
	for _, p := range memory {
		s.memory = append(s.memory, p.Tensor(t.m.DType))
	}
	return s, err
}

// Model is the file of the model: of the best one where samples are held out to tell, else of the one that goes on.
func (s *State) Model() *models.File {
	if s.best != nil {
		return s.best
	}
	return s.model
}

// Iters is how many iterations have been done.
func (s *State) Iters() int { return s.recorder.Iters }

// resume takes up a state; nil is none.
func (t *training) resume(s *State) error {
	if s == nil {
		return nil
	}
	if err := s.check(t); err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	var memory []models.Param
	for _, tensor := range s.memory {
		memory = append(memory, models.ParamOf(tensor))
	}
	for _, take := range []func() error{
		func() error {
			if s.best != nil { // that it fits is better known now
				return s.best.Into(t.m)
			}
			return nil
		},
		func() error { return s.model.Into(t.m) },
		func() error { return t.update.SetMemory(memory) },
		func() error { return t.sampler.Resume(s.sampler) },
	} {
		if err := take(); err != nil {
			return fmt.Errorf("resume: %w", err)
		}
	}
	t.before, t.best, t.waited = s.before, s.best, s.waited
	metric := t.Metric
	t.recorder = s.recorder.clone(t.c.Iters)
	t.Metric, t.Interrupted = metric, false
	return nil
}

var errNoState = errors.New("the state is empty: take one from Events.Checkpoint, or read one with OpenState")

// check holds the settings of the run to those of the state.
func (s *State) check(t *training) error {
	if s.recorder.History == nil {
		return errNoState
	}
	ours := t.settings()
	for _, name := range slices.Sorted(maps.Keys(both(ours, s.settings))) {
		if ours[name] != s.settings[name] {
			return fmt.Errorf("%s is %s here and %s in the state: take the settings of the training that is to go on", name, cmp.Or(ours[name], "unset"), cmp.Or(s.settings[name], "unset"))
		}
	}
	done := s.Iters()
	if done > t.c.Iters {
		return fmt.Errorf("%d iterations: the state has done %d already", t.c.Iters, done)
	}
	if plan := t.c.schedule(); done > 0 && plan.Factor(done-1, t.c.Iters) != plan.Factor(done-1, s.iters) {
		return fmt.Errorf("%d iterations: the schedule %v has been followed for %d of them: keep that number, or give the schedule a length", t.c.Iters, plan, s.iters)
	}
	return nil
}

// settings are what a training that goes on must have as it had.
func (t *training) settings() map[string]string {
	c := t.c
	settings := map[string]string{
		"Batch": strconv.Itoa(c.Batch), "LR": shortest(c.LR), "Schedule": c.schedule().String(), "Seed": strconv.FormatUint(c.Seed, 10),
		"Sampling": strconv.Itoa(int(c.Sampling)), "Optimizer": fmt.Sprintf("%#v", c.optimizer()), "EvalEvery": strconv.Itoa(c.EvalEvery),
		"Validation": shortest(c.Validation), "EarlyStop": strconv.Itoa(c.EarlyStop),
		"the model's float type": t.m.DType.String(), "the number of training samples": strconv.Itoa(t.d.Train.Len()),
	}
	if c.Parts > 0 {
		settings["Parts"] = strconv.Itoa(c.Parts)
	}
	return settings
}

// both has the names of two sets of settings.
func both(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}
