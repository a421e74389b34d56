package models

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/stheno/stheno/graph"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Step is one training step as one program: the gradient of the batch, the update of every parameter in place, and the
// loss of the same batch after the update, as the book reports it (4.5.2). X is (batch, In), T is (batch, Out).
//
// Of a net with Dropout or BatchNorm that loss is a program of its own, because it evaluates.
//
// X, T and the learning rate are the step's own: no other call of the model, and no other step, changes them. So
// goroutines that train side by side take a step each, and nobody writes to X and T after Close. Steps with an optimizer
// of one type share what it remembers.
type Step struct {
	X, T    *graph.Var
	m       *Model
	lr      *graph.Var
	rate    any // the host's copy of lr, []float32 or []float64
	program *graph.Executable
	loss    *graph.Executable // nil where the program's only output is the loss
	slot    int
	memory  []*graph.Var // what the optimizer remembers, and the generator's state
	rated   bool         // SetLR was called
	ran     bool
	closed  bool
}

var (
	errNoRate     = errors.New("the step has no learning rate: call SetLR first")
	errStepClosed = errors.New("the step is closed")
	errNotRun     = errors.New("the step has no loss yet: run it first")
)

// Step compiles a training step for a batch size. A nil optimizer is SGD. The step must be given a learning rate with
// SetLR before it runs.
func (m *Model) Step(batch int, opt Optimizer) (s *Step, err error) {
	if opt == nil {
		opt = SGD{}
	}
	err = m.Do(func() (err error) {
		s, err = m.step(batch, opt)
		return err
	})
	return s, err
}

func (m *Model) step(batch int, opt Optimizer) (*Step, error) {
	slot := m.freeSlot()
	in, evaluated := ofStep(slot), false
	spec := graph.Spec{Name: "step", Seed: m.Net.Seed}
	err := m.build(batch, in, func(f *forward) error {
		f.lr = leaf(f.x.Graph(), m.DType, in.lr, nil, nil)
		spec.Inputs, spec.Params = gorgonia.Nodes{f.x, f.t, f.lr}, f.params
		next, err := m.update(f, opt, &spec)
		if err != nil {
			return err
		}
		if evaluated = hasModes(f.x.Graph()); evaluated {
			return nil
		}
		scores, err := m.Net.Scores(f.x, next)
		if err != nil {
			return err
		}
		spec.Outputs, err = m.Net.lossOf(scores, f.t, next)
		return err
	})
	if err != nil {
		return nil, err
	}
	p, err := m.store.Compile(spec)
	if err != nil {
		return nil, err
	}
	s := &Step{X: p.Var(in.x), T: p.Var(in.t), m: m, lr: p.Var(in.lr), program: p, slot: slot}
	s.memory = s.remembers(spec.Params[len(m.Net.Params):])
	if evaluated {
		loss, err := m.compile("loss", kinds["loss"], batch, in)
		if err != nil {
			p.Close()
			return nil, err
		}
		s.loss = loss.Executable
	}
	m.slots[slot] = true
	s.rate = s.lr.Stage()
	return s, s.lr.Write(s.rate) // not what an earlier step left in the slot
}

// freeSlot finds the inputs of a step that has been closed, or of a new one.
func (m *Model) freeSlot() int {
	if i := slices.Index(m.slots, false); i >= 0 {
		return i
	}
	m.slots = append(m.slots, false)
	return len(m.slots) - 1
}

// hasModes reports whether a graph has an op that does one thing in training and another in evaluation.
func hasModes(g *gorgonia.ExprGraph) bool {
	return slices.ContainsFunc(g.AllNodes(), func(n *gorgonia.Node) bool {
		_, ok := n.Op().(gorgonia.TrainModeOp)
		return ok
	})
}

// SetLR sets the learning rate of the steps to come: a number of at least 0 that the model's type can hold. It may be called before each
// step: it allocates nothing.
func (s *Step) SetLR(lr float64) error {
	return s.do(func() error {
		if s.closed {
			return errStepClosed
		}
		if err := checkRate(lr, s.m.DType); err != nil {
			return err
		}
		s.rated = true
		switch rate := s.rate.(type) {
		case []float32:
			rate[0] = float32(or(lr, 0))
		case []float64:
			rate[0] = or(lr, 0)
		}
		return s.lr.Write(s.rate)
	})
}

// checkRate wants a number of at least 0 that is not lost in the type. Zero is 0.
func checkRate(lr float64, dt tensor.Dtype) error {
	if !(lr >= 0) || math.IsInf(lr, 0) {
		return fmt.Errorf("learning rate %v: it must be a number of at least 0", lr)
	}
	if r := float32(lr); dt == tensor.Float32 && lr != Zero && (math.IsInf(float64(r), 0) || r == 0 && lr > 0) {
		return fmt.Errorf("learning rate %v: it is %v in float32: choose another, or compute in float64", lr, r)
	}
	return nil
}

// Run does one step on what X and T hold.
func (s *Step) Run() error { return s.do(s.run) }

// do is the model's Do.
func (s *Step) do(f func() error) error {
	if s == nil {
		return errors.New("the step is empty: make one with Model.Step")
	}
	return s.m.Do(f)
}

func (s *Step) run() error {
	switch {
	case s.closed:
		return errStepClosed
	case !s.rated:
		return errNoRate
	}
	if err := s.program.Run(); err != nil {
		return err
	}
	s.ran = true
	if s.loss == nil {
		return nil
	}
	return s.loss.Run()
}

// Loss is the batch's loss after the last Run. Before the first there is none, which is an error.
func (s *Step) Loss() (loss float64, err error) {
	err = s.do(func() (err error) {
		switch {
		case s.closed:
			return errStepClosed
		case !s.ran:
			return errNotRun
		case s.loss != nil:
			loss, err = s.loss.Scalar(0)
		default:
			loss, err = s.program.Scalar(0)
		}
		return err
	})
	return loss, err
}

// Program is the compiled step, to explain or to profile.
func (s *Step) Program() *graph.Executable { return s.program }

// Whole reports whether Program is all of the step. Of a net with Dropout or BatchNorm it is not: it has no loss.
func (s *Step) Whole() bool { return s.loss == nil }

// Close waits for the call that runs and frees the programs. Closing again does nothing.
func (s *Step) Close() {
	if s.m == nil {
		return
	}
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	s.m.slots[s.slot] = false
	s.program.Close()
	if s.loss != nil {
		s.loss.Close()
	}
}
