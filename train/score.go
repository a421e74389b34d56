package train

import (
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"
)

// Names of what a model is told by: see Evaluator.Score.
const (
	Accuracy = "accuracy"
	R2       = "R²"
)

// tally adds up, batch by batch, how well predictions meet targets: both []float32, or both []float64, row by row.
type tally interface {
	add(y, t any)
	score() float64
	// numbers are all that it has counted, and merge adds the numbers of another tally.
	numbers() []float64
	merge(of []float64)
}

// tallyOf is the tally of a set's samples.
func tallyOf(s *data.Set) tally {
	if s.Regression() {
		return &residuals{outputs: make([]residual, s.Train.Outputs())}
	}
	return &hits{classes: len(s.Classes)}
}

// hits are the rows whose largest score, the first of equals, is at their class.
type hits struct{ classes, right, of int }

func (h *hits) add(y, t any) {
	if y, ok := y.([]float32); ok {
		h.right += matches(y, t.([]float32), h.classes)
		h.of += len(y) / h.classes
		return
	}
	h.right += matches(y.([]float64), t.([]float64), h.classes)
	h.of += len(y.([]float64)) / h.classes
}

func (h *hits) numbers() []float64 { return []float64{float64(h.right), float64(h.of)} }

func (h *hits) merge(of []float64) {
	h.right += int(of[0])
	h.of += int(of[1])
}

func (h *hits) score() float64 { return float64(h.right) / float64(h.of) }

func matches[T data.Float](y, t []T, classes int) int {
	n := 0
	for i := 0; i < len(y); i += classes {
		if models.Argmax(y[i:i+classes]) == class(t[i:i+classes]) {
			n++
		}
	}
	return n
}

// class is the column of the 1 of a one-hot target; of another one that of its largest number, and -2, which no prediction is, where
// there is none.
func class[T data.Float](t []T) int {
	for k, v := range t {
		if v == 1 {
			return k
		}
	}
	if k := models.Argmax(t); k >= 0 {
		return k
	}
	return -2
}

// residuals are what R² takes of each output.
type residuals struct{ outputs []residual }

// residual is the sum of the squared errors of an output, and of the squared deviations of its targets from their mean (Welford's way).
type residual struct{ n, mean, errors, deviations float64 }

func (r *residuals) numbers() (all []float64) {
	for _, o := range r.outputs {
		all = append(all, o.n, o.mean, o.errors, o.deviations)
	}
	return all
}

// merge puts deviations from two means together as Chan, Golub and LeVeque do (Updating Formulae and a Pairwise Algorithm for Computing
// Sample Variances, 1979).
func (r *residuals) merge(of []float64) {
	for i := range r.outputs {
		a, b := &r.outputs[i], residual{of[4*i], of[4*i+1], of[4*i+2], of[4*i+3]}
		n := a.n + b.n
		if n == 0 {
			continue
		}
		apart := b.mean - a.mean
		*a = residual{n, a.mean + apart*b.n/n, a.errors + b.errors, a.deviations + b.deviations + apart*apart*a.n*b.n/n}
	}
}

func (r *residuals) add(y, t any) {
	if y, ok := y.([]float32); ok {
		addResiduals(r.outputs, y, t.([]float32))
		return
	}
	addResiduals(r.outputs, y.([]float64), t.([]float64))
}

func addResiduals[T data.Float](outputs []residual, y, t []T) {
	for i, v := range y {
		o, target := &outputs[i%len(outputs)], float64(t[i])
		o.errors += (float64(v) - target) * (float64(v) - target)
		o.n++
		from := target - o.mean
		o.mean += from / o.n
		o.deviations += from * (target - o.mean)
	}
}

// score is the mean over the outputs of 1 − Σ(y−t)² / Σ(t−mean)². Of targets that are all the same it is 1 where they are met, else 0.
func (r *residuals) score() float64 {
	sum := 0.0
	for _, o := range r.outputs {
		switch {
		case o.deviations > 0:
			sum += 1 - o.errors/o.deviations
		case o.errors == 0:
			sum++
		case o.errors != o.errors:
			sum += o.errors
		}
	}
	return sum / float64(len(r.outputs))
}
