package train

import (
	"fmt"
	"math/bits"
	"time"

	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/dist"
	"github.com/stheno/stheno/models"
)

// together trains with the processes of a group: each computes the gradients of its parts of a batch, their sums go round, and each does
// the same update.
type together struct {
	g       dist.Group
	m       *models.Model
	step    *models.SplitStep
	batch   int
	parts   int
	mine    []int
	feeds   map[int]*feed // by the samples of a part
	shared  *dist.Shared  // the memory of large gradients; nil where processes share none
	sums    sums
	loss    *dist.Fold[float64] // of the parts here, in told
	told    []float64           // the loss, and how many processes have been asked to stop
	telling *dist.Sums          // of told
	done    <-chan struct{}     // closed when this process is asked to stop; nil if never
}

// partsOf says in how many parts a batch is cut, and which are this process's.
func (c Config) partsOf() (parts int, mine []int) {
	size, rank := c.Group.Size(), c.Group.Rank()
	parts = c.Parts
	if parts == 0 {
		parts = size
	}
	from, to := models.Cut(parts, size, rank)
	for i := from; i < to; i++ {
		mine = append(mine, i)
	}
	return parts, mine
}

// apart reports whether a batch is computed in parts.
func (c Config) apart() bool { return c.Parts > 0 || c.Group.Size() > 1 }

// checkGroup holds the batch and the parts to the number of processes.
func (c Config) checkGroup() error {
	size := c.Group.Size()
	switch {
	case c.Parts < 0 || bits.OnesCount(uint(c.Parts)) > 1:
		return fmt.Errorf("a batch in %d parts: want a power of two, such as 8, or 0 for one part a process", c.Parts)
	case c.Parts > 0 && (size > c.Parts || bits.OnesCount(uint(size)) > 1):
		return fmt.Errorf("%d processes for the %d parts of a batch: want a power of two, %d at most", size, c.Parts, c.Parts)
	case c.Batch < c.Parts:
		return fmt.Errorf("batch size %d: its %d parts need a sample each", c.Batch, c.Parts)
	case c.Batch < size:
		return fmt.Errorf("batch size %d: %d processes need a sample each", c.Batch, size)
	}
	return nil
}

func newTogether(m *models.Model, d *data.Set, c Config, done <-chan struct{}) (t *together, err error) {
	t = &together{g: c.Group, m: m, batch: c.Batch, feeds: map[int]*feed{}, told: make([]float64, 2), done: done}
	t.parts, t.mine = c.partsOf()
	if t.loss, err = dist.NewFold(t.told[:1], len(t.mine)); err != nil {
		return nil, err
	}
	var places []any
	if t.shared, places, err = gradientsIn(c.Group, m); err != nil {
		return nil, err
	}
	if t.step, err = m.SplitStep(c.Batch, t.parts, t.mine, c.optimizer(), places...); err != nil {
		t.free()
		return nil, err
	}
	for _, i := range t.mine {
		from, to := models.Cut(t.batch, t.parts, i)
		if t.feeds[to-from] == nil {
			x, target := t.step.Inputs(i)
			t.feeds[to-from] = newFeed(d.Train, to-from, x, target)
		}
	}
	if t.telling, err = c.sums(nil, t.told); err == nil {
		t.sums, err = newSums(c, t.step, t.mine, t.shared)
	}
	if err != nil {
		t.step.Close()
		t.free()
		return nil, err
	}
	return t, nil
}

// sums makes the operations that add up each of xs, in the order that the config asks for.
func (c Config) sums(in *dist.Shared, xs ...any) (*dist.Sums, error) {
	return dist.NewSums(c.Group, c.Parts > 0, in, xs...)
}

// close ends the programs, and gives back what the sums need.
func (t *together) close() {
	t.step.Close()
	t.sums.close()
	t.telling.Close()
	t.free()
}

// free gives the memory of large gradients back.
func (t *together) free() {
	if t.shared != nil {
		t.shared.Free()
	}
}

// run does one step on the samples idx, of which each process takes its parts.
func (t *together) run(idx []int, losses []float64) (time.Duration, error) {
	began := time.Now()
	for k, i := range t.mine {
		if err := t.draw(i, idx); err != nil {
			return 0, err
		}
		if err := t.sums.add(k, i); err != nil {
			return 0, err
		}
	}
	if err := t.sums.finish(); err != nil {
		return 0, err
	}
	if err := t.step.Run(); err != nil {
		return 0, err
	}
	for _, i := range t.mine {
		if len(t.mine) > 1 { // else it is there still
			if err := t.draw(i, idx); err != nil {
				return 0, err
			}
		}
		var err error
		if t.told[0], err = t.step.Loss(i); err != nil {
			return 0, err
		}
		t.loss.Add()
	}
	t.told[1] = 0
	if t.asked() {
		t.told[1] = 1
	}
	if err := dist.Do(t.telling.Ops[0]); err != nil {
		return 0, err
	}
	losses[0] = t.told[0]
	return time.Since(began), nil
}

// Explain prints the programs of a step in parts, as Run makes it with these settings, and what is added up over the processes when.
func Explain(m *models.Model, d Data, c Config) (string, error) {
	set, err := d.Set()
	if err != nil {
		return "", err
	}
	if c.Group == nil {
		c.Group = dist.Alone()
	}
	if err := c.check(set); err != nil {
		return "", err
	}
	t, err := newTogether(m, set, c, nil)
	if err != nil {
		return "", err
	}
	defer t.close()
	from, to := models.Cut(t.batch, t.parts, t.mine[0])
	return fmt.Sprintf("a batch of %d samples in %d parts, of which process %d of %d computes %d, of %d samples\n\n%s\nsums over the processes, each begun as soon as its numbers are there\n%s\n%s",
		t.batch, t.parts, c.Group.Rank(), c.Group.Size(), len(t.mine), to-from, t.step.Executable(t.mine[0]).Explain(), t.sums.explain(), t.step.Program().Explain()), nil
}

// draw brings the samples of part i to its inputs.
func (t *together) draw(i int, idx []int) error {
	from, to := models.Cut(t.batch, t.parts, i)
	return t.m.Do(func() error { return t.feeds[to-from].draw(idx[from:to]) })
}

// asked tells whether this process has been asked to stop.
func (t *together) asked() bool {
	select {
	case <-t.done:
		return true
	default:
		return false
	}
}

// stopped tells whether a process has been, as all know since the last step.
func (t *together) stopped() bool { return t.told[1] > 0 }
