package train

import (
	"errors"
	"time"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"
)

// stepper does some steps at once, at most `most`, on the drawn samples, and says how long that took; drawing them on the
// host does not count.
type stepper struct {
	most  int
	run   func(idx []int, losses []float64) (time.Duration, error)
	close func()
}

// block is how many steps an engine with memory of its own does without the host.
const block = 100

func newStepper(m *models.Model, step *models.Step, eval *Evaluator, batch int) (*stepper, error) {
	train := eval.d.Train
	there := eval.there[data.Bytes(train)]
	if there == nil || !step.Whole() {
		return oneByOne(m, step, newFeed(train, batch, step.X, step.T)), nil
	}
	loop, err := there.newLoop(step.Program(), step.X, step.T, batch, block)
	if errors.Is(err, backend.ErrNotRepeatable) {
		return oneByOne(m, step, newFeed(train, batch, step.X, step.T)), nil
	}
	if err != nil {
		return nil, err
	}
	return &stepper{block, func(idx []int, losses []float64) (time.Duration, error) {
		var took time.Duration
		err := m.Do(func() error { // the clock starts when it is our turn
			began := time.Now()
			err := loop.Run(idx, losses)
			took = time.Since(began)
			return err
		})
		return took, err
	}, loop.Close}, nil
}

// oneByOne has the host make each batch.
func oneByOne(m *models.Model, step *models.Step, feed *feed) *stepper {
	return &stepper{1, func(idx []int, losses []float64) (time.Duration, error) {
		if err := m.Do(func() error { return feed.draw(idx) }); err != nil { // not beside a Close
			return 0, err
		}
		began := time.Now()
		err := step.Run()
		if err == nil {
			losses[0], err = step.Loss()
		}
		return time.Since(began), err
	}, func() {}}
}
