package train

import (
	"fmt"
	"math"
	"slices"

	"github.com/stheno/stheno/data"
)

// DivergedError says that a run has diverged: the loss of a batch is no number, or at the end the cross-entropy of the first
// training images is far above both where it began and that of a net that gives all classes the same chance.
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

// startingLoss is the cross-entropy before the first step, which must be a number: else no learning rate is to blame.
func (e *Evaluator) startingLoss() (float64, error) {
	loss, err := e.crossEntropy()
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

// diverged compares the cross-entropy at the end of a run with the one before it.
func (e *Evaluator) diverged(h *History, lr, before float64) error {
	after, err := e.crossEntropy()
	if err != nil {
		return err
	}
	guess := math.Log(float64(e.d.Classes))
	if limit := farAbove * max(before, guess); !(after <= limit) { // NaN is above
		return &DivergedError{Iter: h.Iters - 1, LR: lr, Loss: after, Above: limit}
	}
	return nil
}

// crossEntropy is that of the softmax of the scores of the first training images: a loss that two moments of a run can be
// compared by, whatever its batches and its own loss. It runs the program that accuracies are taken with.
func (e *Evaluator) crossEntropy() (mean float64, err error) {
	s := &e.d.Train
	n := min(s.Len(), evalBatch)
	p, err := e.m.Program("scores", n)
	if err != nil {
		return 0, err
	}
	defer p.Close()
	err = e.m.Do(func() error {
		if err := newFeed(s, e.d.Classes, p.X, nil).drawRange(0, n); err != nil {
			return err
		}
		if err := p.Run(); err != nil {
			return err
		}
		scores, err := p.OutputHost(0)
		if err != nil {
			return err
		}
		if y, ok := scores.([]float32); ok {
			mean = crossEntropyOf(y, s.Labels[:n], e.d.Classes)
		} else {
			mean = crossEntropyOf(scores.([]float64), s.Labels[:n], e.d.Classes)
		}
		return nil
	})
	return mean, err
}

// crossEntropyOf is the mean of log Σ exp y_k − y_label over rows of scores.
func crossEntropyOf[T data.Float](y []T, labels []byte, classes int) float64 {
	sum := 0.0
	for i, l := range labels {
		row := y[i*classes : (i+1)*classes]
		top, exps := float64(slices.Max(row)), 0.0
		for _, v := range row {
			exps += math.Exp(float64(v) - top)
		}
		sum += top + math.Log(exps) - float64(row[l])
	}
	return sum / float64(len(labels))
}
