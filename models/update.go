package models

import (
	"fmt"
	"slices"

	"github.com/stheno/stheno/graph"

	"gorgonia.org/gorgonia"
)

// update lists what the optimizer changes by the gradient of a batch, and gives the parameters' new values.
func (m *Model) update(f *forward, opt Optimizer, spec *graph.Spec) (next gorgonia.Nodes, err error) {
	grads, err := gradients(&m.Net, f)
	if err != nil {
		return nil, err
	}
	return m.updateBy(grads, f, opt, spec)
}

// updateBy is update by a gradient: of each parameter, in their order.
func (m *Model) updateBy(grads gorgonia.Nodes, f *forward, opt Optimizer, spec *graph.Spec) (next gorgonia.Nodes, err error) {
	if c, ok := opt.(Clipped); ok {
		opt = c.optimizer()
		if grads, err = c.clip(grads[:len(f.params)]); err != nil {
			return nil, err
		}
	}
	remember := m.keeper(f.x.Graph(), opt, spec)
	next = make(gorgonia.Nodes, len(f.params))
	for i, p := range f.params {
		next[i] = p // unless the optimizer updates it
		shape := m.Net.Params[i].Shape
		updates, err := opt.Update(p, grads[i], f.lr, State{
			Like:   func(name string, init float64) *gorgonia.Node { return remember(p.Name()+".", name, shape, init) },
			Scalar: func(name string, init float64) *gorgonia.Node { return remember("", name, nil, init) },
		})
		if err != nil {
			return nil, fmt.Errorf("update of %s: %w", p.Name(), err)
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
	return next, nil
}

// has reports whether the parameter is updated already: optimizers share scalars between parameters.
func has(us []graph.Update, u graph.Update) bool {
	return slices.ContainsFunc(us, func(v graph.Update) bool { return v.Param == u.Param })
}

// keep makes a tensor that lives on between steps, or finds it; of is the parameter that it belongs to, with a point.
type keep func(of, name string, shape []int, init float64) *gorgonia.Node

// keeper makes the tensors that an optimizer remembers. Their names have its type in them, so that one kind of optimizer
// never takes up the numbers of another.
func (m *Model) keeper(g *gorgonia.ExprGraph, opt Optimizer, spec *graph.Spec) keep {
	states := map[string]*gorgonia.Node{}
	return func(of, name string, shape []int, init float64) *gorgonia.Node {
		name = fmt.Sprintf("%s%T.%s", of, opt, name)
		if n, ok := states[name]; ok {
			return n
		}
		fill := make([]float64, Param{Shape: shape}.Size())
		for i := range fill {
			fill[i] = init
		}
		n := m.param(g, name, shape, fill)
		states[name] = n
		spec.Params = append(spec.Params, n)
		return n
	}
}
