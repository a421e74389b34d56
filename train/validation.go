package train

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"
)

// HeldOut is how many of so many training samples Validation holds out.
func (c Config) HeldOut(samples int) int { return int(math.Round(c.Validation * float64(samples))) }

// holdOut takes the samples that validate from those that train. Which they are depends on the seed and their number alone.
func (c Config) holdOut(d *data.Set) (rest *data.Set, val data.Source, err error) {
	if c.Validation == 0 {
		return d, nil, nil
	}
	n := d.Train.Len()
	held := c.HeldOut(n)
	if !(c.Validation > 0 && c.Validation < 1) || held < 1 || held >= n {
		return nil, nil, fmt.Errorf("validation on a share of %v: of %d training samples at least one is to be held out, and at least one left", c.Validation, n)
	}
	rows := rand.New(rand.NewPCG(c.Seed, 0x7a11da7e)).Perm(n)
	slices.Sort(rows[:held])
	slices.Sort(rows[held:])
	some := *d
	if some.Train, err = data.Subset(d.Train, rows[held:]); err != nil {
		return nil, nil, err
	}
	val, err = data.Subset(d.Train, rows[:held])
	return &some, val, err
}

// compare keeps the model where it does better on the held-out samples than ever before.
func (t *training) compare(e Epoch) (err error) {
	if t.val == nil {
		return nil
	}
	if t.waited++; t.Best != nil && !(e.ValAcc > t.Best.ValAcc) {
		return nil
	}
	t.Best, t.waited = &e, 0
	t.best, err = models.FileOf(t.m)
	return err
}

// stops tells whether the run is to end early.
func (t *training) stops() bool {
	t.Stopped = t.c.EarlyStop > 0 && t.waited >= t.c.EarlyStop
	return t.Stopped
}
