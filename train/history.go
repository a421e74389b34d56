package train

import (
	"math"
	"time"
)

// Epoch is one row of the training's history: accuracies after the step of iteration Iter.
type Epoch struct {
	N, Iter           int // counted from 0
	Loss              float64
	TrainAcc, TestAcc float64 // accuracies; R² of regression
}

// History is what a run leaves behind. It takes at most some 20 MB, however long the run is.
type History struct {
	Iters int // that were done
	// Losses are those of the iterations' batches, each after its update, as models.Step has it. Of up to 1,048,576 iterations
	// there is every one. Of more, the iterations are cut into stretches of one length, 4 or 8 or 16 and so on, and of each there
	// are the smallest and the largest, in their order, and at the end the last of all: what a picture shows is the same.
	Losses []float64
	// LossIters are the iterations that the losses are of, in order; nil where these are 0, 1, 2, …
	LossIters []int
	// Epochs are all of up to 65,536; of more every second, or fourth, or eighth and so on, and the last.
	Epochs []Epoch
	// Metric is what TrainAcc and TestAcc are, here and in Epochs: Accuracy or R2.
	Metric string
	// Final accuracies or R², of the parameters as they are at the end; NaN if the run was interrupted: it takes none.
	TrainAcc, TestAcc float64
	// Training is gradient, update and loss; drawing batches counts to neither.
	Training, Evaluation time.Duration
	Interrupted          bool
}

// LossIter is the iteration that Losses[i] is of.
func (h *History) LossIter(i int) int {
	if h.LossIters == nil {
		return i
	}
	return h.LossIters[i]
}

// FinalLoss is the last batch's loss; NaN if there was none.
func (h *History) FinalLoss() float64 {
	if len(h.Losses) == 0 {
		return math.NaN()
	}
	return h.Losses[len(h.Losses)-1]
}

// evaluate takes the accuracies. They are 0 where that was interrupted.
func (h *History) evaluate(eval *Evaluator) (train, test float64, err error) {
	began := time.Now()
	train, test, err = eval.Both()
	h.Evaluation += time.Since(began)
	if err == errInterrupted {
		h.Interrupted = true
		return 0, 0, nil
	}
	return train, test, err
}

// recorder fills a History as a run goes on.
type recorder struct {
	*History
	mostLosses, mostEpochs int     // a multiple of 4; an even number
	length                 int     // of a stretch; 1 while there is every loss
	open                   stretch // whose losses are not in the history yet
	final                  point   // the last iteration
	stride                 int     // of the epochs that are kept
	last                   Epoch
}

// newRecorder has room for all that is kept, three of which may come at the end.
func newRecorder(iters, mostLosses, mostEpochs int) *recorder {
	return &recorder{History: &History{Losses: make([]float64, 0, min(iters, mostLosses)+3)}, mostLosses: mostLosses, mostEpochs: mostEpochs, length: 1, stride: 1}
}

// point is a loss and its iteration.
type point struct {
	iter int
	loss float64
}

// stretch is what is known of the iterations in it.
type stretch struct {
	n                int
	low, high, final point
}

func (s *stretch) add(p point) {
	if s.n == 0 {
		s.low, s.high = p, p
	}
	if p.loss < s.low.loss {
		s.low = p
	}
	if p.loss > s.high.loss {
		s.high = p
	}
	s.final = p
	s.n++
}

// pair is the smallest and the largest loss, in their order. Where all are the same, it is the first and the last.
func (s *stretch) pair() [2]point {
	a, b := s.low, s.high
	if a.iter == b.iter {
		b = s.final
	}
	if a.iter > b.iter {
		a, b = b, a
	}
	return [2]point{a, b}
}

// step records the loss of the next iteration.
func (r *recorder) step(loss float64) {
	p := point{r.Iters, loss}
	r.Iters, r.final = r.Iters+1, p
	full := len(r.Losses) == r.mostLosses
	if r.length == 1 {
		if !full {
			r.put(p)
			return
		}
		r.thin()
		full = false
	}
	switch r.open.add(p); {
	case r.open.n < r.length:
	case full: // and from now on stretches are longer
		r.thin()
	default:
		for _, p := range r.open.pair() {
			r.put(p)
		}
		r.open = stretch{}
	}
}

func (r *recorder) put(p point) {
	r.Losses = append(r.Losses, p.loss)
	if r.length > 1 {
		r.LossIters = append(r.LossIters, p.iter)
	}
}

// thin makes one stretch of two, or the first ones of four iterations.
func (r *recorder) thin() {
	if r.length == 1 {
		r.LossIters = make([]int, r.mostLosses, r.mostLosses+3)
		for i := range r.LossIters {
			r.LossIters[i] = i
		}
	}
	r.length = max(2*r.length, 4)
	for i := 0; i < r.mostLosses; i += 4 {
		var s stretch
		for k := i; k < i+4; k++ {
			s.add(point{r.LossIters[k], r.Losses[k]})
		}
		for k, p := range s.pair() {
			r.LossIters[i/2+k], r.Losses[i/2+k] = p.iter, p.loss
		}
	}
	r.Losses, r.LossIters = r.Losses[:r.mostLosses/2], r.LossIters[:r.mostLosses/2]
}

// epoch records an evaluation.
func (r *recorder) epoch(e Epoch) {
	r.last = e
	if e.N%r.stride == 0 && len(r.Epochs) == r.mostEpochs {
		r.stride *= 2
		for i := range r.mostEpochs / 2 {
			r.Epochs[i] = r.Epochs[2*i]
		}
		r.Epochs = r.Epochs[:r.mostEpochs/2]
	}
	if e.N%r.stride == 0 {
		r.Epochs = append(r.Epochs, e)
	}
}

// finish puts what has begun into the history, and the last of all.
func (r *recorder) finish() {
	if r.open.n > 0 {
		for _, p := range r.open.pair() {
			r.putNew(p)
		}
	}
	if r.Iters > 0 {
		r.putNew(r.final)
	}
	if n := len(r.Epochs); n > 0 && r.Epochs[n-1].N < r.last.N {
		r.Epochs = append(r.Epochs, r.last)
	}
}

// putNew puts what comes after the losses that are there.
func (r *recorder) putNew(p point) {
	if n := len(r.Losses); n == 0 || p.iter > r.LossIter(n-1) {
		r.put(p)
	}
}
