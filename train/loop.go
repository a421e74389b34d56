package train

import (
	"context"
	"math"

	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"
)

// training is a run that goes on.
type training struct {
	recorder
	m    *models.Model
	d    *data.Set
	c    Config
	ev   Events
	eval *Evaluator
	val  data.Source // the samples that are held out; nil if none are

	before   float64 // the cross-entropy before the first step
	update   *models.Step
	work     *stepper
	together *together // nil where steps are whole
	sampler  *data.Sampler
	rates    rates
	best     *models.File // the model as it was at the history's Best
	waited   int          // evaluations since then
	idx      []int        // of the images of some batches
	losses   []float64    // of these
	told     int          // the iterations that the last checkpoint was after
}

// run trains, and tells whether that has diverged.
func (t *training) run(ctx context.Context) error {
	if err := t.start(); err != nil {
		return err
	}
	defer t.close()
	if err := t.loop(ctx); err != nil {
		return err
	}
	if !t.Interrupted {
		if err := t.eval.diverged(t.History, t.c.LR, t.before); err != nil {
			return err
		}
	}
	if t.told < t.Iters {
		if err := t.checkpoint(); err != nil {
			return err
		}
	}
	if t.best == nil {
		return nil
	}
	return t.best.Into(t.m)
}

// start makes what is needed to train, and takes up the state that the run is to resume.
func (t *training) start() (err error) {
	if t.c.Resume == nil {
		if t.before, err = t.eval.startingLoss(); err != nil {
			return err
		}
	}
	if t.update, t.work, err = t.newWork(); err != nil {
		return err
	}
	if err := t.update.SetLR(t.c.LR); err != nil { // one that its schedule makes too small is 0
		t.close()
		return err
	}
	t.rates = rates{t.c, t.m, t.c.LR}
	t.sampler = data.NewSamplerOf(t.c.Sampling, t.d.Train.Len(), t.c.Seed)
	t.idx, t.losses = make([]int, t.work.most*t.c.Batch), make([]float64, t.work.most)
	if err = t.room(); err == nil {
		err = t.resume(t.c.Resume)
	}
	if err != nil {
		t.close()
	}
	return err
}

// newWork makes the steps: whole ones, or in parts.
func (t *training) newWork() (*models.Step, *stepper, error) {
	if t.c.apart() {
		all, err := newTogether(t.m, t.d, t.c, t.eval.done)
		if err != nil {
			return nil, nil, err
		}
		t.together = all
		return all.step.Step, &stepper{1, all.run, all.close}, nil
	}
	step, err := t.m.Step(t.c.Batch, t.c.optimizer())
	if err != nil {
		return nil, nil, err
	}
	work, err := newStepper(t.m, step, t.eval, t.c.Batch)
	if err != nil {
		step.Close()
	}
	return step, work, err
}

// asked tells whether the run is to stop, as soon as all processes know.
func (t *training) asked(ctx context.Context) bool {
	if t.together != nil {
		return t.together.stopped()
	}
	return ctx.Err() != nil
}

func (t *training) close() {
	t.work.close()
	t.update.Close()
}

// room is an error where there is no memory for what is to be saved.
func (t *training) room() error {
	switch {
	case t.ev.Checkpoint != nil:
		return t.update.RoomToSave()
	case t.c.Saves:
		return t.m.RoomToSave()
	}
	return nil
}

// loop does the iterations, with what comes after some of them.
func (t *training) loop(ctx context.Context) error {
	if t.due() { // a run that was interrupted has not come to it
		if err := t.evaluate(); err != nil || t.Interrupted {
			return err
		}
	}
	for t.Iters < t.c.Iters && !t.Interrupted && !t.stops() {
		if err := t.advance(); err != nil {
			return err
		}
		if t.due() && !t.asked(ctx) {
			if err := t.evaluate(); err != nil {
				return err
			}
		}
		t.Interrupted = t.Interrupted || t.asked(ctx)
		if every := t.c.CheckpointEvery; every > 0 && t.Iters%every == 0 {
			if err := t.checkpoint(); err != nil {
				return err
			}
		}
	}
	return nil
}

// advance does the next steps: one, or as many as the engine does at once, up to where something comes between.
func (t *training) advance() (err error) {
	i, every := t.Iters, t.c.every(t.d)
	n := min(t.work.most, t.c.Iters-i, every-(i+every-1)%every)
	if every := t.c.CheckpointEvery; every > 0 {
		n = min(n, every-i%every)
	}
	if n, err = t.rates.set(t.update, i, n); err != nil {
		return err
	}
	idx, losses := t.idx[:n*t.c.Batch], t.losses[:n]
	if err := t.sampler.Draw(idx); err != nil {
		return err
	}
	took, err := t.work.run(idx, losses)
	if err != nil {
		return err
	}
	t.Training += took
	for _, loss := range losses {
		t.step(loss)
		if math.IsNaN(loss) || math.IsInf(loss, 0) {
			return &DivergedError{Iter: i, LR: t.c.LR, Loss: loss}
		}
		if t.ev.Step != nil {
			t.ev.Step(i)
		}
		i++
	}
	if t.ev.State != nil {
		t.ev.State(Moment{t})
	}
	return nil
}

// due tells whether the last iteration is one that an evaluation follows, which has not been taken.
func (t *training) due() bool {
	return t.Iters > 0 && (t.Iters-1)%t.c.every(t.d) == 0 && t.evaluated < t.Iters
}

// evaluate takes the accuracies after the last iteration.
func (t *training) evaluate() error {
	e, err := t.History.evaluate(t.eval, t.val)
	if err != nil || t.Interrupted {
		return err
	}
	last := t.Iters - 1
	e.N, e.Iter, e.Loss = last/t.c.every(t.d), last, t.final.Loss
	t.epoch(e)
	if err := t.compare(e); err != nil {
		return err
	}
	if t.ev.Epoch != nil {
		t.ev.Epoch(e)
	}
	return nil
}

// checkpoint hands the state on.
func (t *training) checkpoint() error {
	if t.ev.Checkpoint == nil {
		return nil
	}
	s, err := t.state()
	if err != nil {
		return err
	}
	t.told = t.Iters
	return t.ev.Checkpoint(s)
}
