package models

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/stheno/stheno/graph"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Executable is the program of one of a model's methods for one batch size. It is the model's own: where other goroutines
// use the model, set X and T, run it and read its outputs within one Model.Do.
type Executable struct {
	*graph.Executable
	X, T     *graph.Var // (batch, In) and (batch, Out); T is nil where no targets are read
	giveBack func()
}

// Var is the memory of "x", "t" or a parameter, by name; nil if the program reads none of that name.
func (p *Executable) Var(name string) *graph.Var {
	switch name {
	case "x":
		return p.X
	case "t":
		return p.T
	}
	return p.Executable.Var(name)
}

// kind is what a program puts out, whether it reads targets, and whether it is compiled for evaluation.
type kind struct {
	target, eval bool
	outputs      func(n *Net, f *forward) (gorgonia.Nodes, error)
}

// kinds are the programs of a model. That of the checked gradient evaluates, as the loss that it is held against does.
var kinds = map[string]kind{
	"scores":           {false, true, func(_ *Net, f *forward) (gorgonia.Nodes, error) { return gorgonia.Nodes{f.scores}, nil }},
	"predict":          {false, true, predictions},
	"hits":             {true, true, func(_ *Net, f *forward) (gorgonia.Nodes, error) { return hits(f.scores, f.t) }},
	"loss":             {true, true, func(n *Net, f *forward) (gorgonia.Nodes, error) { return n.lossOf(f.scores, f.t, f.params) }},
	"gradient":         {true, false, gradients},
	"checked gradient": {true, true, gradients},
}

// inputs are the names that a graph's inputs go by. The store shares inputs of one name and shape between programs, so
// names of their own keep a step's batch apart from what other calls set.
type inputs struct{ x, t, lr string }

var ofMethods = inputs{x: "call.x", t: "call.t"}

// ofStep are those of the step in a slot.
func ofStep(slot int) inputs {
	if slot == 0 {
		return inputs{"x", "t", "lr"}
	}
	return inputs{fmt.Sprintf("x#%d", slot+1), fmt.Sprintf("t#%d", slot+1), fmt.Sprintf("lr#%d", slot+1)}
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
	loss, err := n.lossOf(f.scores, f.t, f.params)
	if err != nil {
		return nil, err
	}
	grads, err := gorgonia.Grad(loss[0], f.params...)
	return append(grads, loss...), err
}

// lossOf builds the loss, with its penalty, and makes sure that it is one number.
func (n *Net) lossOf(scores, t *gorgonia.Node, params gorgonia.Nodes) (gorgonia.Nodes, error) {
	loss, err := wantScalar("Loss", func() (*gorgonia.Node, error) { return n.Loss(scores, t) })
	if err != nil || n.Penalty == nil {
		return gorgonia.Nodes{loss}, err
	}
	penalty, err := wantScalar("Penalty", func() (*gorgonia.Node, error) { return n.Penalty(params) })
	if err != nil {
		return nil, err
	}
	loss, err = gorgonia.Add(loss, penalty)
	return gorgonia.Nodes{loss}, err
}

func wantScalar(function string, build func() (*gorgonia.Node, error)) (*gorgonia.Node, error) {
	n, err := build()
	if err == nil && (n == nil || !n.IsScalar()) {
		err = fmt.Errorf("%s gives %v; want a scalar: sum it up", function, nodeShape(n))
	}
	return n, err
}

// Program compiles, or finds, the program of one kind for a batch size: predict, scores, loss and hits, the number of rows that
// Accuracy calls right, evaluate, gradient trains, and checked gradient is the derivative of what loss computes.
//
// The program can be used until the caller closes it, or the model; until then no limit of LimitPrograms takes it away.
func (m *Model) Program(kind string, batch int) (p *Executable, err error) {
	err = m.Do(func() error {
		found, err := m.program(kind, batch)
		if err == nil {
			p = found.hold()
		}
		return err
	})
	return p, err
}

func (m *Model) program(kind string, batch int) (*cached, error) {
	key := programKey{kind, batch}
	if p := m.cache.find(key); p != nil {
		return p, nil
	}
	k, ok := kinds[kind]
	if !ok {
		return nil, fmt.Errorf("program %q is unknown: choose one of %s", kind, strings.Join(slices.Sorted(maps.Keys(kinds)), ", "))
	}
	p, err := m.compile(kind, k, batch, ofMethods)
	if err != nil {
		return nil, err
	}
	return m.cache.add(key, p), nil
}

// compile makes the program of a kind with inputs of these names.
func (m *Model) compile(name string, k kind, batch int, in inputs) (*Executable, error) {
	spec := graph.Spec{Name: name, Eval: k.eval, Seed: m.Net.Seed}
	err := m.build(batch, in, func(f *forward) (err error) {
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
	return &Executable{Executable: p, X: p.Var(in.x), T: p.Var(in.t)}, nil
}

// forward is a fresh graph up to the scores.
type forward struct {
	x, t, lr, scores *gorgonia.Node // lr of steps only
	params           gorgonia.Nodes
}

// building is held while a graph is made: Gorgonia keeps counters, and the hashes of its constants, for all graphs, without a lock.
var building sync.Mutex

// build makes a forward graph and hands it to rest. Gorgonia panics on some malformed graphs, and gorgonia.Must in a
// user's functions on all: that becomes an error.
func (m *Model) build(batch int, in inputs, rest func(*forward) error) (err error) {
	switch {
	case batch < 1:
		return errors.New("a batch needs at least one sample")
	case batch > mostElements/max(m.Net.In, m.Net.Out):
		return fmt.Errorf("net %q: a batch of %d samples is too large", m.Net.Name, batch)
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("its graph cannot be built: %v", r)
		}
		if err != nil {
			err = fmt.Errorf("net %q: %w", m.Net.Name, err)
		}
	}()
	building.Lock()
	defer building.Unlock()
	f, err := m.forward(batch, in)
	if err != nil {
		return err
	}
	return rest(f)
}

func (m *Model) forward(batch int, in inputs) (*forward, error) {
	g := gorgonia.NewGraph()
	f := &forward{
		x: gorgonia.NewMatrix(g, m.DType, gorgonia.WithShape(batch, m.Net.In), gorgonia.WithName(in.x)),
		t: gorgonia.NewMatrix(g, m.DType, gorgonia.WithShape(batch, m.Net.Out), gorgonia.WithName(in.t)),
	}
	for _, p := range m.Net.Params {
		f.params = append(f.params, m.param(g, p.Name, p.Shape, p.Init))
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

// param makes the node of what lives on in the store. Where the store has it, the node needs no value: each program would keep one.
func (m *Model) param(g *gorgonia.ExprGraph, name string, shape []int, init []float64) *gorgonia.Node {
	switch {
	case m.store.Var(name) == nil:
		return leaf(g, m.DType, name, shape, init)
	case len(shape) == 0:
		return gorgonia.NewScalar(g, m.DType, gorgonia.WithName(name))
	}
	return gorgonia.NewTensor(g, m.DType, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name))
}

// leaf makes a named leaf with a value.
func leaf(g *gorgonia.ExprGraph, dt tensor.Dtype, name string, shape []int, init []float64) *gorgonia.Node {
	if init == nil {
		init = make([]float64, Param{Shape: shape}.Size())
	}
	var backing any
	if dt == tensor.Float32 {
		b := make([]float32, len(init))
		for i, v := range init {
			b[i] = float32(v)
		}
		backing = b
	} else {
		backing = append([]float64(nil), init...)
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
