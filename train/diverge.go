package train

import (
	"fmt"
	"math"
	"slices"

	"github.com/stheno/stheno/data"
)

// DivergedError says that a run has diverged: the loss of a batch is no number, or at the end that of the first training samples, their
// cross-entropy or mean squared error, is far above both where it began and that of a guess: all classes have the same chance, all
// targets are their mean.
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

// startingLoss is the loss of the first training samples before the first step, which must be a number: else no learning rate is to
// blame.
func (e *Evaluator) startingLoss() (float64, error) {
	loss, _, err := e.firstLoss()
	if err != nil || !math.IsNaN(loss) && !math.IsInf(loss, 0) {
		return loss, err
	}
	learned, err := e.m.Learned()
	if err != nil {
		return 0, err
	}
	largest := 0.0
	for _, p := range learned[:len(e.m.Net.Params)] {
		if err := p.Finite(); err != nil {
			return 0, fmt.Errorf("the loss is %v before the first step: %w", loss, err)
		}
		for _, v := range p.Init {
			largest = max(largest, math.Abs(v))
		}
	}
	return 0, fmt.Errorf("the loss is %v before the first step: the parameters are too large, up to %.3g: start from smaller ones", loss, largest)
}

// diverged compares the loss of the first training samples at the end of a run with the one before it.
func (e *Evaluator) diverged(h *History, lr, before float64) error {
	after, guess, err := e.firstLoss()
	if err != nil {
		return err
	}
	if limit := farAbove * max(before, guess); !(after <= limit) { // NaN is above
		return &DivergedError{Iter: h.Iters - 1, LR: lr, Loss: after, Above: limit}
	}
	return nil
}

// firstLoss is that of the first training samples, and what a guess has there: a loss that two moments of a run can be compared by,
// whatever its batches and its own loss. It runs the program that scores are taken with.
func (e *Evaluator) firstLoss() (loss, guess float64, err error) {
	n := min(e.d.Train.Len(), evalBatch)
	err = e.each(e.d.Train, 0, n, n, nil, func(y, t any) {
		if y, ok := y.([]float32); ok {
			loss, guess = lossOf(e.d, y, t.([]float32))
			return
		}
		loss, guess = lossOf(e.d, y.([]float64), t.([]float64))
	})
	return loss, guess, err
}

// lossOf is the mean over samples of log Σ exp y_k − y_class, and log of the number of classes; of regression the mean squared error, and
// that of the mean of the targets.
func lossOf[T data.Float](d *data.Set, y, t []T) (loss, guess float64) {
	if d.Regression() {
		var errors, deviations, n float64
		r := make([]residual, d.Train.Outputs())
		addResiduals(r, y, t)
		for _, o := range r {
			errors, deviations, n = errors+o.errors, deviations+o.deviations, n+o.n
		}
		return errors / n, deviations / n
	}
	classes := len(d.Classes)
	sum := 0.0
	for i := 0; i < len(y); i += classes {
		row, k := y[i:i+classes], class(t[i:i+classes])
		if k < 0 {
			return math.NaN(), 0
		}
		top, exps := float64(slices.Max(row)), 0.0
		for _, v := range row {
			exps += math.Exp(float64(v) - top)
		}
		sum += top + math.Log(exps) - float64(row[k])
	}
	return sum / float64(len(y)/classes), math.Log(float64(classes))
}
