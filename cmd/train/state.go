package main

import (
	"math"
	"slices"
	"sync"
	"time"

	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/train"
)

// state is what a training leaves behind: the file of its model, and its history.
type state struct {
	model   []byte
	failed  error // of making that file
	history train.History
	hurried bool // no pictures
}

func stateOf(m *models.Model, h *train.History) *state {
	model, err := models.Encode(m, models.Training{})
	return &state{model: model, failed: err, history: *h}
}

const (
	slowStep  = 100 * time.Millisecond // from which on a step may not be waited for
	keepShare = 50                     // of a training's time, keeping states takes at most one part in so many
)

// worthKeeping reports whether the state after a step is kept, by the time that the step took, the time since one was kept, and the
// time that this took.
var worthKeeping = func(step, since, effort time.Duration) bool { return step > slowStep && since > keepShare*effort }

// keeper has the last whole state of a training with slow steps, for a signal that comes during one: the model is then between
// two states. It also knows who is to write the outputs: the training when it ends, or the one who does not wait for it.
type keeper struct {
	mu     sync.Mutex
	taken  bool   // somebody writes
	last   *state // nil if there was none to keep
	steps  int    // done
	began  time.Time
	kept   time.Time
	effort time.Duration // of keeping the last one
}

// begin takes the time of a step.
func (k *keeper) begin() { k.began = time.Now() }

// step keeps the state after a step, if that is worth it.
func (k *keeper) step(m *models.Model, h *train.History) {
	now := time.Now()
	keep := worthKeeping(now.Sub(k.began), now.Sub(k.kept), k.effort)
	k.mu.Lock()
	k.steps = len(h.Losses)
	k.mu.Unlock()
	if keep {
		s := stateOf(m, h)
		k.mu.Lock()
		k.last = s
		k.mu.Unlock()
		k.kept = time.Now()
		k.effort = k.kept.Sub(now)
	}
	k.begin()
}

// epoch adds an evaluation to the state of its step.
func (k *keeper) epoch(e train.Epoch) {
	k.mu.Lock()
	if !k.taken && k.last != nil && len(k.last.history.Losses) == k.steps {
		k.last.history.Epochs = append(slices.Clip(k.last.history.Epochs), e)
	}
	k.mu.Unlock()
	k.begin()
}

// take lets the caller write, if nobody else does.
func (k *keeper) take() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	mine := !k.taken
	k.taken = true
	return mine
}

// takeLast is take for a caller that writes the last state: in a hurry, also one that is not that of the last step. It is nil where
// there is none, or somebody else writes.
func (k *keeper) takeLast(hurry bool) *state {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.last
	if k.taken || s == nil || !hurry && len(s.history.Losses) != k.steps {
		return nil
	}
	k.taken = true
	s.hurried = hurry
	s.history.Interrupted = true
	s.history.TrainAcc, s.history.TestAcc = math.NaN(), math.NaN()
	return s
}
