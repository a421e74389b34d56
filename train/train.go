// Package train runs the book's learning loop (4.5) on any model and any data: mini-batches, a step, the loss of the batch, accuracies
// (R² of regression) once an epoch. It prints nothing; events say what happens.
package train

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"
)

// Config says how to train.
type Config struct {
	Batch     int              // samples in a mini-batch, at least 1
	Iters     int              // 0 only evaluates
	LR        float64          // learning rate; it has no usual value: a run with iterations needs one (models.Zero is 0)
	Seed      uint64           // of the drawn batches
	Sampling  data.Sampling    // with replacement, as the book draws them, or every sample once an epoch
	Optimizer models.Optimizer // nil is SGD
	Saves     bool             // Save follows: too little memory for it is an error before the first step
}

// Events are called as the run goes on; nil ones are skipped.
type Events struct {
	Epoch func(Epoch)
	Step  func(iter int)
	// State is called whenever the model is as the last step of the history has left it: after each step, or each block of steps
	// where the engine does several at once. It may read the model, and copy *h.
	State func(h *History)
}

// Run trains the model. When the context ends it stops after the current step, or in the middle of an evaluation, and returns the
// history so far, marked as interrupted. A run that diverges ends with a DivergedError. The accuracies, or R², are taken at iteration 0 and
// then once an epoch, every train size / batch iterations.
//
// Other goroutines may use the model meanwhile; their calls take turns with the steps.
func Run(ctx context.Context, m *models.Model, d Data, c Config, ev Events) (*History, error) {
	if ctx == nil {
		return nil, errors.New("no context: pass context.Background()")
	}
	eval, err := NewEvaluator(m, d)
	if err != nil {
		return nil, err
	}
	defer eval.Close()
	eval.done = ctx.Done()
	if err := c.check(eval.d); err != nil {
		return nil, err
	}
	r := newRecorder(c.Iters, mostLosses, mostEpochs)
	h := r.History
	h.Metric = eval.Metric()
	if c.Iters > 0 {
		before, err := eval.startingLoss()
		if err != nil {
			return h, err
		}
		err = loop(ctx, m, eval.d, c, ev, eval, r)
		r.finish()
		if err != nil {
			return h, err
		}
		if !h.Interrupted {
			if err := eval.diverged(h, c.LR, before); err != nil {
				return h, err
			}
		}
	}
	if !h.Interrupted {
		h.TrainAcc, h.TestAcc, err = h.evaluate(eval)
	}
	if h.Interrupted {
		h.TrainAcc, h.TestAcc = math.NaN(), math.NaN()
	}
	return h, err
}

// What is kept of the losses and epochs of a run, as History says.
const (
	mostLosses = 1 << 20
	mostEpochs = 1 << 16
)

func loop(ctx context.Context, m *models.Model, d *data.Set, c Config, ev Events, eval *Evaluator, h *recorder) error {
	opt := c.Optimizer
	if opt == nil {
		opt = models.SGD{}
	}
	step, err := m.Step(c.Batch, opt)
	if err != nil {
		return err
	}
	defer step.Close()
	if err := step.SetLR(c.LR); err != nil {
		return err
	}
	work, err := newStepper(m, step, eval, c.Batch)
	if err != nil {
		return err
	}
	defer work.close()
	if c.Saves {
		if err := m.RoomToSave(); err != nil {
			return err
		}
	}
	sampler := data.NewSamplerOf(c.Sampling, d.Train.Len(), c.Seed)
	epoch := max(d.Train.Len()/c.Batch, 1)
	idx, losses := make([]int, work.most*c.Batch), make([]float64, work.most)
	for i := 0; i < c.Iters; {
		n := min(work.most, c.Iters-i, epoch-(i+epoch-1)%epoch) // up to the next evaluation
		if err := sampler.Draw(idx[:n*c.Batch]); err != nil {
			return err
		}
		took, err := work.run(idx[:n*c.Batch], losses[:n])
		if err != nil {
			return err
		}
		h.Training += took
		for _, loss := range losses[:n] {
			h.step(loss)
			if math.IsNaN(loss) || math.IsInf(loss, 0) {
				return &DivergedError{Iter: i, LR: c.LR, Loss: loss}
			}
			if ev.Step != nil {
				ev.Step(i)
			}
			i++
		}
		if ev.State != nil {
			ev.State(h.History)
		}
		if last := i - 1; last%epoch == 0 && ctx.Err() == nil {
			e := Epoch{N: last / epoch, Iter: last, Loss: losses[n-1]}
			if e.TrainAcc, e.TestAcc, err = h.evaluate(eval); err != nil {
				return err
			}
			if h.Interrupted {
				return nil
			}
			h.epoch(e)
			if ev.Epoch != nil {
				ev.Epoch(e)
			}
		}
		if ctx.Err() != nil {
			h.Interrupted = true
			return nil
		}
	}
	return nil
}

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
	}
	return nil
}
