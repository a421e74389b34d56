// Package train runs the book's learning loop (4.5) on any model and any data: mini-batches, a step, the loss of the batch, accuracies
// (R² of regression) once an epoch. It prints nothing; events say what happens. A training that is cut goes on from its
// State.
package train

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/dist"
	"github.com/stheno/stheno/models"
)

// Config says how to train.
type Config struct {
	Batch     int              // samples in a mini-batch, at least 1
	Iters     int              // 0 only evaluates
	LR        float64          // learning rate; it has no usual value: a run with iterations needs one (models.Zero is 0)
	Schedule  Schedule         // how the rate changes; nil is Constant
	Seed      uint64           // of the drawn batches
	Sampling  data.Sampling    // with replacement, as the book draws them, or every sample once an epoch
	Optimizer models.Optimizer // nil is SGD
	EvalEvery int              // iterations from one evaluation to the next; 0 is an epoch, training samples / Batch, rounded down
	// Validation is the share of the training samples, from 0 to below 1, that is held out: they are drawn by the seed, not trained on,
	// and evaluated with the others. The model ends with the parameters that did best on them.
	Validation float64
	EarlyStop  int  // evaluations in a row without a better one of the held-out samples that end the run; 0 never
	Saves      bool // Save follows: too little memory for it is an error before the first step

	// Group is the processes that train together; nil is this one alone. All are given the same model, data and settings, each takes its part
	// of every batch and of every evaluation, and all have the same model after each step. A process that is asked to stop stops all.
	Group dist.Group
	// Parts is how many parts a batch is computed in, a power of two, and one sum of them in a fixed order: the same bits for 1, 2, 4, ...
	// processes, Parts at most. 0 is one part a process, which is faster, and its bits depend on their number.
	//
	// The statistics of BatchNorm are those of a part; the running ones are the mean over the parts. The state's times are not kept.
	Parts int

	CheckpointEvery int    // iterations from one Events.Checkpoint to the next; 0 is only at the end
	Resume          *State // where another run of the same settings was, to go on from there; nil starts anew
	// Note is kept in the state as it is, for whoever resumes.
	Note map[string]string
}

// Events are called as the run goes on; nil ones are skipped.
type Events struct {
	Epoch func(Epoch)
	Step  func(iter int)
	// State is called whenever the model is as the last step of the history has left it: after each step, or each block of steps
	// where the engine does several at once. It may read the model, and take the moment's State.
	State func(Moment)
	// Checkpoint is called with the state after each CheckpointEvery iterations, with their evaluation, and at the end, also of an
	// interrupted run. An error ends the run.
	Checkpoint func(*State) error
}

// Run trains the model. When the context ends it stops after the current step, or in the middle of an evaluation, and returns the
// history so far, marked as interrupted. A run that diverges ends with a DivergedError. The accuracies, or R², are taken at iteration 0 and
// then once an epoch, every train size / batch iterations, or as EvalEvery says.
//
// A run that resumes gives the model what the state has, and goes on to the bits of a run without the cut.
//
// Other goroutines may use the model meanwhile; their calls take turns with the steps.
func Run(ctx context.Context, m *models.Model, d Data, c Config, ev Events) (*History, error) {
	if ctx == nil {
		return nil, errors.New("no context: pass context.Background()")
	}
	if c.Group == nil {
		c.Group = dist.Alone()
	}
	eval, err := NewEvaluator(m, d)
	if err != nil {
		return nil, err
	}
	defer eval.Close()
	if c.apart() {
		eval.group, eval.parts = c.Group, c.Parts
	}
	eval.done = ctx.Done()
	var val data.Source
	if eval.d, val, err = c.holdOut(eval.d); err != nil {
		return nil, err
	}
	if err := c.check(eval.d); err != nil {
		return nil, err
	}
	t := &training{val: val, m: m, d: eval.d, c: c, ev: ev, eval: eval, recorder: *newRecorder(c.Iters, mostLosses, mostEpochs)}
	t.Metric = eval.Metric()
	if c.Iters > 0 {
		err := t.run(ctx)
		t.finish()
		if err != nil {
			return t.History, err
		}
	}
	h := t.History
	last := Epoch{}
	if !h.Interrupted {
		last, err = h.evaluate(eval, val)
	}
	if h.Interrupted {
		last = Epoch{TrainAcc: math.NaN(), TestAcc: math.NaN(), ValAcc: math.NaN()}
	}
	h.TrainAcc, h.TestAcc, h.ValAcc = last.TrainAcc, last.TestAcc, last.ValAcc
	return h, err
}

// What is kept of the losses and epochs of a run, as History says.
const (
	mostLosses = 1 << 20
	mostEpochs = 1 << 16
)

func (c Config) check(d *data.Set) error {
	switch n := d.Train.Len(); {
	case d.Test == nil || d.Test.Len() == 0:
		return fmt.Errorf("%s: there are no test samples to evaluate on", d.Name)
	case c.Batch < 1:
		return fmt.Errorf("batch size %d: at least 1", c.Batch)
	case c.Batch > n:
		return fmt.Errorf("batch size %d: the training set has only %d samples", c.Batch, n)
	case c.Iters < 0:
		return fmt.Errorf("%d iterations: at least 0", c.Iters)
	case !(c.LR >= 0) || math.IsInf(c.LR, 0):
		return fmt.Errorf("learning rate %v: it must be a number of at least 0", c.LR)
	case c.LR == 0 && c.Iters > 0:
		return errors.New("learning rate 0: nothing would be learned: give Config.LR a number above 0, such as 0.01, or models.Zero")
	case c.EvalEvery < 0:
		return fmt.Errorf("an evaluation each %d iterations: at least 1, or 0 for once an epoch", c.EvalEvery)
	case c.EarlyStop < 0 || c.EarlyStop > 0 && c.Validation == 0:
		return fmt.Errorf("an early stop after %d evaluations: at least 1, and a share of the training samples for Config.Validation", c.EarlyStop)
	case c.CheckpointEvery < 0:
		return fmt.Errorf("a checkpoint each %d iterations: at least 1, or 0 for none but the last", c.CheckpointEvery)
	}
	if err := c.checkGroup(); err != nil {
		return err
	}
	return checkSchedule(c.Schedule)
}

// optimizer is the one that trains.
func (c Config) optimizer() models.Optimizer {
	if c.Optimizer == nil {
		return models.SGD{}
	}
	return c.Optimizer
}

// schedule is the one that the rates are of.
func (c Config) schedule() Schedule {
	if c.Schedule == nil {
		return Constant{}
	}
	return c.Schedule
}

// every is how many iterations pass from one evaluation to the next.
func (c Config) every(d *data.Set) int {
	if c.EvalEvery > 0 {
		return c.EvalEvery
	}
	return max(d.Train.Len()/c.Batch, 1)
}
