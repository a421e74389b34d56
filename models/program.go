package models

import (
	"errors"
	"fmt"

	"stheno/graph"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// kinds are the programs of a model: what each puts out, and whether it reads targets.
var kinds = map[string]struct {
	target  bool
	outputs func(n *Net, f *forward) (gorgonia.Nodes, error)
}{
	"scores":   {false, func(_ *Net, f *forward) (gorgonia.Nodes, error) { return gorgonia.Nodes{f.scores}, nil }},
	"predict":  {false, predictions},
	"loss":     {true, func(n *Net, f *forward) (gorgonia.Nodes, error) { return n.lossOf(f.scores, f.t) }},
	"gradient": {true, gradients},
}

func predictions(n *Net, f *forward) (gorgonia.Nodes, error) {
	if n.Output == nil {
		return gorgonia.Nodes{f.scores}, nil
	}
	y, err := n.Output(f.scores)
	if err != nil {
		return nil, err
	}
	return gorgonia.Nodes{y}, wantShape("Output", y, f.x.Shape()[0], n.Out)
}

// gradients are those of the parameters, in their order, and the loss.
func gradients(n *Net, f *forward) (gorgonia.Nodes, error) {
	loss, err := n.lossOf(f.scores, f.t)
	if err != nil {
		return nil, err
	}
	grads, err := gorgonia.Grad(loss[0], f.params...)
	return append(grads, loss...), err
}

// lossOf builds the loss and makes sure that it is one number.
func (n *Net) lossOf(scores, t *gorgonia.Node) (gorgonia.Nodes, error) {
	loss, err := n.Loss(scores, t)
	if err == nil && (loss == nil || !loss.IsScalar()) {
		err = fmt.Errorf("Loss gives %v; want a scalar: sum it up", nodeShape(loss))
	}
	return gorgonia.Nodes{loss}, err
}

var errBatch = errors.New("a batch needs at least one sample")

func (m *Model) program(kind string, batch int) (*graph.Program, error) {
	key := programKey{kind, batch}
	if p, ok := m.programs[key]; ok {
		return p, nil
	}
	k, ok := kinds[kind]
	if !ok {
		return nil, fmt.Errorf("program %q is unknown: choose predict, scores, loss or gradient", kind)
	}
	spec := graph.Spec{Name: kind}
	err := m.build(batch, func(f *forward) (err error) {
		spec.Inputs, spec.Params = gorgonia.Nodes{f.x}, f.params
		if k.target {
			spec.Inputs = append(spec.Inputs, f.t)
		}
		spec.Outputs, err = k.outputs(&m.Net, f)
		return err
	})
	if err != nil {
		return nil, err
	}
	p, err := m.store.Compile(spec)
	if err != nil {
		return nil, err
	}
	m.programs[key] = p
	return p, nil
}

// forward is a fresh graph up to the scores.
type forward struct {
	x, t, scores *gorgonia.Node
	params       gorgonia.Nodes
}

// build makes a forward graph and hands it to rest. Gorgonia panics on some malformed graphs, and gorgonia.Must in a
// user's functions on all: that becomes an error.
func (m *Model) build(batch int, rest func(*forward) error) (err error) {
	if batch < 1 {
		return errBatch
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("its graph cannot be built: %v", r)
		}
		if err != nil {
			err = fmt.Errorf("net %q: %w", m.Net.Name, err)
		}
	}()
	f, err := m.forward(batch)
	if err != nil {
		return err
	}
	return rest(f)
}

func (m *Model) forward(batch int) (*forward, error) {
	g := gorgonia.NewGraph()
	f := &forward{
		x: gorgonia.NewMatrix(g, m.DType, gorgonia.WithShape(batch, m.Net.In), gorgonia.WithName("x")),
		t: gorgonia.NewMatrix(g, m.DType, gorgonia.WithShape(batch, m.Net.Out), gorgonia.WithName("t")),
	}
	for _, p := range m.Net.Params {
		f.params = append(f.params, leaf(g, m.DType, p.Name, p.Shape, p.Init))
	}
	var err error
	if f.scores, err = m.Net.Scores(f.x, f.params); err != nil {
		return nil, err
	}
	return f, wantShape("Scores", f.scores, batch, m.Net.Out)
}

// wantShape holds what a user's function gives to what it has to give.
func wantShape(function string, n *gorgonia.Node, rows, cols int) error {
	if n == nil || !n.Shape().Eq(tensor.Shape{rows, cols}) {
		return fmt.Errorf("%s gives %v; want the shape (%d, %d)", function, nodeShape(n), rows, cols)
	}
	return nil
}

func nodeShape(n *gorgonia.Node) string {
	if n == nil {
		return "no node"
	}
	return fmt.Sprintf("the shape %v", n.Shape())
}

// leaf makes a named leaf with a value.
func leaf(g *gorgonia.ExprGraph, dt tensor.Dtype, name string, shape []int, init []float64) *gorgonia.Node {
	if init == nil {
		init = make([]float64, Param{Shape: shape}.Size())
	}
	var backing any = append([]float64(nil), init...)
	if dt == tensor.Float32 {
		b := make([]float32, len(init))
		for i, v := range init {
			b[i] = float32(v)
		}
		backing = b
	}
	if len(shape) == 0 {
		return gorgonia.NewScalar(g, dt, gorgonia.WithName(name), gorgonia.WithValue(first(backing)))
	}
	v := tensor.New(tensor.WithShape(shape...), tensor.WithBacking(backing))
	return gorgonia.NewTensor(g, dt, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name), gorgonia.WithValue(v))
}

func first(backing any) any {
	if b, ok := backing.([]float32); ok {
		return b[0]
	}
	return backing.([]float64)[0]
}
