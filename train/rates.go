package train

import (
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// rates gives steps the learning rates of a training's schedule.
type rates struct {
	c   Config
	now float64 // that the steps have
}

// of is the rate of an iteration. One that is too small for the type is 0.
func (r *rates) of(iter int, dt tensor.Dtype) float64 {
	if r.c.Schedule == nil || r.c.LR == models.Zero {
		return r.c.LR
	}
	rate := r.c.LR * r.c.Schedule.Factor(iter, r.c.Iters)
	if dt == tensor.Float32 {
		rate = float64(float32(rate))
	}
	return rate
}

// set gives a step the rate of an iteration, and says how many of most iterations from there on have the same.
func (r *rates) set(step *models.Step, dt tensor.Dtype, iter, most int) (same int, err error) {
	rate := r.of(iter, dt)
	for same = 1; same < most && r.of(iter+same, dt) == rate; same++ {
	}
	if rate == r.now {
		return same, nil
	}
	r.now = rate
	return same, step.SetLR(rate)
}
