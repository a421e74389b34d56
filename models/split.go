package models

import (
	"errors"
	"fmt"

	"github.com/stheno/stheno/graph"

	"gorgonia.org/gorgonia"
)

// SplitStep is a training step in pieces, for whoever computes the gradients of a batch's parts in different places and adds them up:
// of each part here, Gradient; when the sums over all parts are in Sums, Run, which updates; then Loss, of each part.
//
// A batch is cut by Cut into parts whose sizes differ by one at most. Gradients and losses are those of means over the batch, not over
// the part, so that they need only be added up.
//
// The statistics of BatchNorm are those of each part; the running ones move from where they were before the step by each part's share,
// and are among the sums. Dropout draws for each part by its number, whoever computes it.
type SplitStep struct {
	*Step
	batch, parts int
	bySize       map[int]*splitPart
	sums         []*graph.Var // the gradients, in the parameters' order
	stats        []*graph.Var // running statistics, which are summands too
	before       []any        // what they were before the step
	shares       []any        // what the parts have given of them, as []float32 or []float64
	draws        *graph.Var   // the generator of Dropout; nil where nothing is drawn
	state, moved any          // of the generator: before the step, and as it is written
	begun        bool         // the first part's gradient has been asked for
	freed        bool
}

// splitPart is the programs for parts of one size.
type splitPart struct {
	gradient, loss *graph.Executable
	x, t           *graph.Var
	share          float64
}

// Cut is where part i of so many of a batch begins and ends. The first batch % parts have one sample more than the others.
func Cut(batch, parts, i int) (from, to int) {
	at := func(i int) int { return batch/parts*i + min(i, batch%parts) }
	return at(i), at(i + 1)
}

// SplitStep compiles a step of a batch in so many parts, of which those in `mine` are computed here. A nil optimizer is SGD. The step
// must be given a learning rate with SetLR before it runs.
//
// places are where gradients are to be, for each parameter a slice of its numbers or nil, on engines that have it so (backend.Adopter);
// they must last until Close. No places, and the model has memory for all.
func (m *Model) SplitStep(batch, parts int, mine []int, opt Optimizer, places ...any) (s *SplitStep, err error) {
	if opt == nil {
		opt = SGD{}
	}
	if parts < 1 || batch < parts {
		return nil, fmt.Errorf("a batch of %d samples in %d parts: each needs a sample", batch, parts)
	}
	err = m.Do(func() (err error) {
		s, err = m.splitStep(batch, parts, mine, opt, places)
		return err
	})
	return s, err
}

func (m *Model) splitStep(batch, parts int, mine []int, opt Optimizer, places []any) (*SplitStep, error) {
	slot := m.freeSlot()
	s := &SplitStep{Step: &Step{m: m, slot: slot}, batch: batch, parts: parts, bySize: map[int]*splitPart{}}
	err := s.place(places)
	if err == nil {
		err = s.compile(mine, opt)
	}
	if err != nil {
		s.free()
		return nil, err
	}
	m.slots[slot] = true
	s.rate = s.lr.Stage()
	return s, s.lr.Write(s.rate)
}

func (s *SplitStep) compile(mine []int, opt Optimizer) error {
	for _, i := range mine {
		from, to := Cut(s.batch, s.parts, i)
		if s.bySize[to-from] != nil {
			continue
		}
		p, err := s.m.newPart(to-from, s.batch, s.slot)
		if err != nil {
			return err
		}
		s.bySize[to-from] = p
		if g := p.gradient.Generator(); g != nil {
			s.draws, s.state, s.moved = g, g.Stage(), g.Stage()
		}
	}
	if err := s.compileUpdate(opt); err != nil {
		return err
	}
	s.stats = s.m.store.Statistics()
	for _, v := range s.stats {
		s.before, s.shares = append(s.before, v.Stage()), append(s.shares, v.Stage())
	}
	if s.draws != nil {
		s.memory = append(s.memory, s.draws)
	}
	return nil
}

// place has gradients where the caller wants them.
func (s *SplitStep) place(places []any) error {
	if len(places) > 0 && len(places) != len(s.m.Net.Params) {
		return fmt.Errorf("%d places for the gradients of %d parameters", len(places), len(s.m.Net.Params))
	}
	for i, place := range places {
		if place == nil {
			continue
		}
		p := s.m.Net.Params[i]
		if err := s.m.store.Place(gradientName(s.slot, p), p.Shape, place); err != nil {
			return err
		}
	}
	return nil
}

func gradientName(slot int, p Param) string { return fmt.Sprintf("gradient#%d.%s", slot+1, p.Name) }

// gradientNodes are the parameters of the store that gradients are left in, for a step's slot.
func (m *Model) gradientNodes(g *gorgonia.ExprGraph, slot int) (nodes gorgonia.Nodes) {
	for _, p := range m.Net.Params {
		nodes = append(nodes, m.param(g, gradientName(slot, p), p.Shape, nil))
	}
	return nodes
}

// newPart compiles the programs for parts of n samples of a batch.
func (m *Model) newPart(n, batch, slot int) (*splitPart, error) {
	in, p := ofStep(slot), &splitPart{share: float64(n) / float64(batch)}
	spec := graph.Spec{Name: "gradient of a part", Seed: m.Net.Seed}
	err := m.build(n, in, func(f *forward) error {
		into := m.gradientNodes(f.x.Graph(), slot)
		grads, err := m.Net.gradientsOfShare(f, p.share)
		if err != nil {
			return err
		}
		spec.Inputs, spec.Params, spec.Outputs = gorgonia.Nodes{f.x, f.t}, append(append(gorgonia.Nodes{}, f.params...), into...), grads
		for i, g := range grads {
			spec.Updates = append(spec.Updates, graph.Update{Param: into[i], Value: g})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if p.gradient, err = m.store.Compile(spec); err != nil {
		return nil, err
	}
	p.x, p.t = p.gradient.Var(in.x), p.gradient.Var(in.t)
	loss, err := m.compile("loss", kinds["loss"], n, in)
	if err != nil {
		p.gradient.Close()
		return nil, err
	}
	p.loss = loss.Executable
	return p, nil
}

// gradientsOfShare are those of the parameters, of a loss that counts as this share of the batch's.
func (n *Net) gradientsOfShare(f *forward, share float64) (gorgonia.Nodes, error) {
	loss, err := n.lossOf(f.scores, f.t, f.params)
	if err != nil {
		return nil, err
	}
	of := loss[0]
	if share != 1 {
		if of, err = gorgonia.HadamardProd(of, scalar(of, share, "share")); err != nil {
			return nil, err
		}
	}
	return gorgonia.Grad(of, f.params...)
}

// compileUpdate makes the program of the update by the sums.
func (s *SplitStep) compileUpdate(opt Optimizer) error {
	m, in := s.m, ofStep(s.slot)
	spec := graph.Spec{Name: "update", Seed: m.Net.Seed}
	var sums gorgonia.Nodes
	err := m.build(1, in, func(f *forward) error {
		sums = m.gradientNodes(f.x.Graph(), s.slot)
		f.lr = leaf(f.x.Graph(), m.DType, in.lr, nil, nil)
		spec.Inputs, spec.Params = gorgonia.Nodes{f.lr}, append(append(gorgonia.Nodes{}, f.params...), sums...)
		_, err := m.updateBy(sums, f, opt, &spec)
		return err
	})
	if err != nil {
		return err
	}
	if s.program, err = m.store.Compile(spec); err != nil {
		return err
	}
	for _, n := range sums {
		s.sums = append(s.sums, s.program.VarOf(n))
	}
	s.lr = s.program.Var(in.lr)
	s.memory = s.remembers(spec.Params[len(m.Net.Params)+len(sums):])
	return nil
}

// Inputs are the memory of the samples and the targets of part i: (samples, In) and (samples, Out). Parts of one size share it.
func (s *SplitStep) Inputs(i int) (x, t *graph.Var) {
	p := s.part(i)
	return p.x, p.t
}

func (s *SplitStep) part(i int) *splitPart {
	from, to := Cut(s.batch, s.parts, i)
	return s.bySize[to-from]
}

// Sums are the gradients of the last part, in the order of the parameters, and where the sums over all parts are wanted before Run.
func (s *SplitStep) Sums() []*graph.Var { return s.sums }

// Shares are what the last part has given of the running statistics of BatchNorm, []float32 or []float64 each, to be added up like the
// gradients, in place; none where the net has none.
func (s *SplitStep) Shares() []any { return s.shares }

// Executable is the compiled gradient of part i: its output k is that of parameter k.
func (s *SplitStep) Executable(i int) *graph.Executable { return s.part(i).gradient }

// Gradient computes the gradient of part i from its inputs.
func (s *SplitStep) Gradient(i int) error {
	return s.do(func() error {
		if s.closed {
			return errStepClosed
		}
		if err := s.rewind(i); err != nil {
			return err
		}
		p := s.part(i)
		if err := p.gradient.Run(); err != nil {
			return err
		}
		for k, v := range s.stats {
			if err := v.Read(s.shares[k]); err != nil {
				return err
			}
			scale(s.shares[k], p.share)
		}
		return nil
	})
}

// rewind brings what a run carries on to where part i starts from.
func (s *SplitStep) rewind(i int) error {
	first := !s.begun
	s.begun = true
	for k, v := range s.stats {
		if first {
			if err := v.Read(s.before[k]); err != nil {
				return err
			}
		} else if err := v.Write(s.before[k]); err != nil {
			return err
		}
	}
	if s.draws == nil {
		return nil
	}
	if first {
		if err := s.draws.Read(s.state); err != nil {
			return err
		}
	}
	return s.draw(i)
}

// draw has the generator where it is so many runs after the step began.
func (s *SplitStep) draw(runs int) error {
	graph.Advance(s.moved, s.state, runs)
	return s.draws.Write(s.moved)
}

// Run updates the parameters by the sums.
func (s *SplitStep) Run() error {
	return s.do(func() error {
		switch {
		case s.closed:
			return errStepClosed
		case !s.rated:
			return errNoRate
		case !s.begun:
			return errors.New("the step has no gradient yet: compute that of each part first")
		}
		s.begun = false
		for k, v := range s.stats {
			if err := v.Write(s.shares[k]); err != nil {
				return err
			}
		}
		if s.draws != nil {
			if err := s.draw(s.parts); err != nil {
				return err
			}
		}
		return s.program.Run()
	})
}

// Loss is part i's share of the batch's loss, with the parameters as they are now, from the part's inputs.
func (s *SplitStep) Loss(i int) (loss float64, err error) {
	err = s.do(func() error {
		if s.closed {
			return errStepClosed
		}
		p := s.part(i)
		if err := p.loss.Run(); err != nil {
			return err
		}
		loss, err = p.loss.Scalar(0)
		loss *= p.share
		return err
	})
	return loss, err
}

// Close waits for the call that runs and frees the programs. Closing again does nothing.
func (s *SplitStep) Close() {
	s.Step.Close()
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.free()
}

func (s *SplitStep) free() {
	if s.freed { // the slot may be another step's
		return
	}
	s.freed = true
	for _, p := range s.bySize {
		p.gradient.Close()
		p.loss.Close()
	}
	if s.program != nil {
		s.program.Close()
	}
	for _, p := range s.m.Net.Params {
		s.m.store.Forget(gradientName(s.slot, p))
	}
}

// scale multiplies numbers of either type.
func scale(x any, by float64) {
	switch x := x.(type) {
	case []float32:
		for i := range x {
			x[i] *= float32(by)
		}
	case []float64:
		for i := range x {
			x[i] *= by
		}
	}
}
