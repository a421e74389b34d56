package train

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/stheno/stheno/checkpoint"
	"github.com/stheno/stheno/internal/output"
	"github.com/stheno/stheno/models"
)

// written is what a file says of a training's state, as JSON. What is long is in tensors: what the optimizer remembers, and the
// history's losses and epochs.
type written struct {
	Iterations, Planned  int
	Settings, Note       map[string]string
	Sampler              string
	Before               float64
	Best                 *Epoch
	Waited               int
	Training, Evaluation time.Duration

	// of the recorder
	Length    int
	Open      stretch
	Final     point
	Stride    int
	Last      Epoch
	Evaluated int
}

// The names of the tensors. Those of the memory, and of the best model, have the name of what is remembered behind them.
const (
	tensorMemory = "memory."
	tensorBest   = "best."
	tensorLosses = "losses"
	tensorIters  = "loss iterations" // those that the losses are of; none where they are 0, 1, 2, ...
	tensorEpochs = "epochs"
)

// Encode is the content of a file with the state: that of the model as it is, which models.Load reads, and all else that a training
// needs to go on.
func (s *State) Encode() ([]byte, error) {
	if s == nil || s.recorder.History == nil {
		return nil, errNoState
	}
	r := &s.recorder
	text, err := json.Marshal(written{
		r.Iters, s.iters, s.settings, s.Note, s.sampler, s.before, r.Best, s.waited, r.Training, r.Evaluation, r.length, r.open, r.final, r.stride, r.last, r.evaluated,
	})
	if err != nil {
		return nil, err
	}
	training := models.Training{State: string(text)}
	add := func(name string, data any, shape ...int) {
		if shape[0] > 0 {
			training.Tensors = append(training.Tensors, checkpoint.Tensor{Name: name, Shape: shape, Data: data})
		}
	}
	for _, t := range s.memory {
		t.Name = tensorMemory + t.Name
		training.Tensors = append(training.Tensors, t)
	}
	if s.best != nil {
		for _, t := range s.best.Tensors() {
			t.Name = tensorBest + t.Name
			training.Tensors = append(training.Tensors, t)
		}
	}
	add(tensorLosses, r.Losses, len(r.Losses))
	add(tensorIters, numbers(r.LossIters), len(r.LossIters))
	rows := make([]float64, 0, len(r.Epochs)*epochColumns)
	for _, e := range r.Epochs {
		rows = append(rows, e.row()...)
	}
	add(tensorEpochs, rows, len(r.Epochs), epochColumns)
	return s.model.Encode(training)
}

// Save writes the state to a file, whole or not at all.
func (s *State) Save(path string) error {
	content, err := s.Encode()
	if err != nil {
		return fmt.Errorf("%s: not written: %w", path, err)
	}
	return output.WriteFile(path, content)
}

// OpenState reads what Save has written.
func OpenState(path string) (*State, error) {
	f, err := models.Open(path)
	if err != nil {
		return nil, err
	}
	return StateOf(f)
}

// StateOf is the state of a training that a file carries.
func StateOf(f *models.File) (*State, error) { return stateOf(f, f.Training()) }

func stateOf(f *models.File, training models.Training) (*State, error) {
	if training.State == "" {
		return nil, fmt.Errorf("%s: it has the model only, no training to go on with: load the model, or take a checkpoint", f.Path)
	}
	var w written
	if err := json.Unmarshal([]byte(training.State), &w); err != nil {
		return nil, fmt.Errorf("%s: its training: %w", f.Path, err)
	}
	s := &State{Note: w.Note, model: f, settings: w.Settings, iters: w.Planned, sampler: w.Sampler, before: w.Before, waited: w.Waited}
	h := &History{Iters: w.Iterations, Best: w.Best, Training: w.Training, Evaluation: w.Evaluation}
	s.recorder = recorder{History: h, mostLosses: mostLosses, mostEpochs: mostEpochs, length: w.Length, open: w.Open, final: w.Final,
		stride: w.Stride, last: w.Last, evaluated: w.Evaluated}
	var best []checkpoint.Tensor
	for _, t := range training.Tensors {
		x := models.ParamOf(t).Init
		kind, name, _ := strings.Cut(t.Name, ".")
		switch {
		case kind+"." == tensorMemory:
			t.Name = name
			s.memory = append(s.memory, t)
		case kind+"." == tensorBest:
			t.Name = name
			best = append(best, t)
		case t.Name == tensorLosses:
			h.Losses = x
		case t.Name == tensorIters:
			h.LossIters = wholes(x)
		case t.Name == tensorEpochs && len(t.Shape) == 2 && t.Shape[1] == epochColumns:
			for row := range slices.Chunk(x, epochColumns) {
				h.Epochs = append(h.Epochs, epochOf(row))
			}
		}
	}
	if w.Best != nil {
		s.best = f.With(best)
	}
	if err := s.recorder.check(); err != nil {
		return nil, fmt.Errorf("%s: its training's history: %w", f.Path, err)
	}
	return s, nil
}

// check finds what a recorder never has.
func (r *recorder) check() error {
	n := len(r.Losses)
	inOrder := slices.IsSortedFunc(r.LossIters, func(a, b int) int {
		if a < b {
			return -1
		}
		return 1
	})
	switch {
	case r.Iters < 1 || n < 1 || n > r.mostLosses || len(r.Epochs) > r.mostEpochs:
		return fmt.Errorf("%d iterations, %d losses and %d epochs", r.Iters, n, len(r.Epochs))
	case r.LossIters == nil && (n != r.Iters || r.length != 1), r.LossIters != nil && (len(r.LossIters) != n || r.length < 4 || !inOrder || r.LossIters[n-1] >= r.Iters):
		return fmt.Errorf("%d losses of %d iterations, in stretches of %d", n, r.Iters, r.length)
	case r.open.N < 0 || r.open.N >= r.length || r.final.Iter != r.Iters-1 || r.stride < 1 || r.evaluated < 0 || r.evaluated > r.Iters:
		return fmt.Errorf("the last iteration is %d of %d, the last evaluation after %d", r.final.Iter, r.Iters, r.evaluated)
	}
	return nil
}

// epochColumns is how many numbers a row of epochs has.
const epochColumns = 6

func (e Epoch) row() []float64 {
	return []float64{float64(e.N), float64(e.Iter), e.Loss, e.TrainAcc, e.TestAcc, e.ValAcc}
}

func epochOf(row []float64) Epoch {
	n := wholes(row[:2])
	return Epoch{N: n[0], Iter: n[1], Loss: row[2], TrainAcc: row[3], TestAcc: row[4], ValAcc: row[5]}
}

// numbers are whole numbers as a file has them.
func numbers(v []int) []float64 {
	out := make([]float64, len(v))
	for i, n := range v {
		out[i] = float64(n)
	}
	return out
}

// wholes reads them; what is none is -1.
func wholes(v []float64) []int {
	out := make([]int, len(v))
	for i, x := range v {
		if out[i] = -1; x == math.Trunc(x) && x >= 0 && x <= min(1<<53, math.MaxInt) {
			out[i] = int(x)
		}
	}
	return out
}
