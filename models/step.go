package models

import (
	"fmt"

	"stheno/graph"

	"gorgonia.org/gorgonia"
)

// Step is one training step as one program: the gradient of the batch, the update of every parameter in place, and the
// loss of the same batch after the update, as the book reports it (4.5.2). X is (batch, In), T is (batch, Out).
type Step struct {
	X, T    *graph.Var
	lr      *graph.Var
	program *graph.Program
}

// Step compiles a training step for a batch size. A nil optimizer is SGD.
func (m *Model) Step(batch int, opt Optimizer) (*Step, error) {
	if opt == nil {
		opt = SGD{}
	}
	spec := graph.Spec{Name: "step"}
	err := m.build(batch, func(f *forward) error {
		spec.Inputs, spec.Params = gorgonia.Nodes{f.x, f.t}, f.params
		return m.buildStep(f, opt, &spec)
	})
	if err != nil {
		return nil, err
	}
	p, err := m.store.Compile(spec)
	if err != nil {
		return nil, err
	}
	return &Step{X: p.Var("x"), T: p.Var("t"), lr: p.Var("lr"), program: p}, nil
}

func (m *Model) buildStep(f *forward, opt Optimizer, spec *graph.Spec) error {
	grads, err := gradients(&m.Net, f)
	if err != nil {
		return err
	}
	g := f.x.Graph()
	lr := leaf(g, m.DType, "lr", nil, nil)
	spec.Inputs = append(spec.Inputs, lr)
	states := map[string]*gorgonia.Node{}
	keep := func(name string, shape []int, init float64) *gorgonia.Node {
		if n, ok := states[name]; ok {
			return n
		}
		fill := make([]float64, Param{Shape: shape}.Size())
		for i := range fill {
			fill[i] = init
		}
		n := leaf(g, m.DType, name, shape, fill)
		states[name] = n
		spec.Params = append(spec.Params, n)
		return n
	}
	next := make(gorgonia.Nodes, len(f.params))
	for i, p := range f.params {
		next[i] = p // unless the optimizer updates it
		shape := m.Net.Params[i].Shape
		state := State{
			Like:   func(name string, init float64) *gorgonia.Node { return keep(p.Name()+"."+name, shape, init) },
			Scalar: func(name string, init float64) *gorgonia.Node { return keep(name, nil, init) },
		}
		updates, err := opt.Update(p, grads[i], lr, state)
		if err != nil {
			return fmt.Errorf("update of %s: %w", p.Name(), err)
		}
		for _, u := range updates {
			if u.Param == p {
				next[i] = u.Value
			}
			if !has(spec.Updates, u) {
				spec.Updates = append(spec.Updates, u)
			}
		}
	}
	scores, err := m.Net.Scores(f.x, next)
	if err != nil {
		return err
	}
	spec.Outputs, err = m.Net.lossOf(scores, f.t)
	return err
}

// has reports whether the parameter is updated already: optimizers share scalars between parameters.
func has(us []graph.Update, u graph.Update) bool {
	for _, v := range us {
		if v.Param == u.Param {
			return true
		}
	}
	return false
}

// SetLR sets the learning rate of the steps to come.
func (s *Step) SetLR(lr float64) error { return s.lr.SetFloats([]float64{lr}) }

// Run does one step on what X and T hold.
func (s *Step) Run() error { return s.program.Run() }

// Loss is the batch's loss after the last step's update.
func (s *Step) Loss() (float64, error) { return s.program.Scalar(0) }

// Program is the compiled step, to explain or to profile.
func (s *Step) Program() *graph.Program { return s.program }

// Close frees the program.
func (s *Step) Close() { s.program.Close() }
