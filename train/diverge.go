package train

import (
	"fmt"
	"math"

	"stheno/data"
	"stheno/models"
)

// DivergedError says that a run has diverged: the loss of a batch is no number, or at the end the loss is far above both
// where it began and what a net has that gives all classes the same chance.
type DivergedError struct {
	Iter  int // the last one
	LR    float64
	Loss  float64
	Above float64 // the limit that the loss is above at the end; 0 where the loss is no number
}

func (e *DivergedError) Error() string {
	limit := ""
	if e.Above > 0 {
		limit = fmt.Sprintf(", above %.4g, which is %v times that of the start or of a guess", e.Above, farAbove)
	}
	return fmt.Sprintf("iteration %d: the loss is %.6g at learning rate %v%s: the run has diverged; try a learning rate of %v or less", e.Iter, e.Loss, e.LR, limit, e.LR/10)
}

// farAbove is how many times as large as the loss at the start, or as that of a guess, the loss of a run may be at its end.
const farAbove = 1.5

// startingLoss is the loss before the first step, which must be a number: else no learning rate is to blame.
func startingLoss(m *models.Model, d *data.Dataset) (float64, error) {
	loss, err := meanLoss(m, d)
	if err != nil || !math.IsNaN(loss) && !math.IsInf(loss, 0) {
		return loss, err
	}
	values, err := m.Params()
	if err != nil {
		return 0, err
	}
	largest := 0.0
	for _, p := range m.Net.Params {
		if err := finite(p.Name, p.Shape, values[p.Name]); err != nil {
			return 0, fmt.Errorf("the loss is %v before the first step: %w", loss, err)
		}
		for _, v := range values[p.Name] {
			largest = max(largest, math.Abs(v))
		}
	}
	return 0, fmt.Errorf("the loss is %v before the first step: the parameters are too large, up to %.3g: start from smaller ones", loss, largest)
}

// diverged compares the loss at the end of a run with the one before it.
func (h *History) diverged(m *models.Model, d *data.Dataset, c Config, before float64) error {
	if h.Interrupted {
		return nil
	}
	after, err := meanLoss(m, d)
	if err != nil {
		return err
	}
	guess := math.Log(float64(d.Classes))
	if limit := farAbove * max(before, guess); !(after <= limit) { // NaN is above
		return &DivergedError{Iter: len(h.Losses) - 1, LR: c.LR, Loss: after, Above: limit}
	}
	return nil
}

// meanLoss is the loss of the first training images.
func meanLoss(m *models.Model, d *data.Dataset) (float64, error) {
	n := min(d.Train.Len(), evalBatch)
	p, err := m.Program("loss", n)
	if err != nil {
		return 0, err
	}
	if err := newFeed(&d.Train, d.Classes, p.Var("x"), p.Var("t")).drawRange(0, n); err != nil {
		return 0, err
	}
	if err := p.Run(); err != nil {
		return 0, err
	}
	return p.Scalar(0), nil
}
