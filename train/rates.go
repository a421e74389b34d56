package train

import "github.com/stheno/stheno/models"

// rates gives steps the learning rates of a training's schedule.
type rates struct {
	c   Config
	m   *models.Model
	now float64 // that the steps have
}

// of is the rate of an iteration. One that is too small for float32 is 0 there.
func (r *rates) of(iter int) float64 {
	if r.c.Schedule == nil || r.c.LR == models.Zero {
		return r.c.LR
	}
	rate := r.c.LR * r.c.Schedule.Factor(iter, r.c.Iters)
	if r.m.DType.Size() == 4 {
		rate = float64(float32(rate))
	}
	return rate
}

// set gives a step the rate of an iteration, and says how many of most iterations from there on have the same.
func (r *rates) set(step *models.Step, iter, most int) (same int, err error) {
	rate := r.of(iter)
	for same = 1; same < most && r.of(iter+same) == rate; same++ {
	}
	if rate == r.now {
		return same, nil
	}
	r.now = rate
	return same, step.SetLR(rate)
}
