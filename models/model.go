package models

import (
	"errors"
	"fmt"

	"stheno/backend"
	"stheno/graph"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Model is a Net with values, on an engine: the book's methods predict, loss, accuracy, gradient. It compiles a program
// for each method and batch size at its first use and keeps it; all share the parameters. It is not safe for use from
// several goroutines at once.
type Model struct {
	Net   Net
	DType tensor.Dtype

	store    *graph.Store
	programs map[programKey]*graph.Program
}

type programKey struct {
	kind  string
	batch int
}

// New puts a net on an engine. dt is tensor.Float32 or tensor.Float64.
func New(net Net, e backend.Engine, dt tensor.Dtype) (*Model, error) {
	if err := net.check(); err != nil {
		return nil, err
	}
	if dt != tensor.Float32 && dt != tensor.Float64 {
		return nil, fmt.Errorf("dtype %v: a net computes in float32 or float64", dt)
	}
	return &Model{Net: net, DType: dt, store: graph.NewStore(e), programs: map[programKey]*graph.Program{}}, nil
}

// Predict is the net's output, (batch, Out), for x (batch, In).
func (m *Model) Predict(x *tensor.Dense) (*tensor.Dense, error) {
	p, err := m.run("predict", x, nil)
	if err != nil {
		return nil, err
	}
	out := tensor.New(tensor.WithShape(x.Shape()[0], m.Net.Out), tensor.Of(m.DType))
	return out, p.Output(0).Read(out.Data())
}

// Loss is the mean loss of the batch x (batch, In) with targets t (batch, Out).
func (m *Model) Loss(x, t *tensor.Dense) (float64, error) {
	p, err := m.run("loss", x, t)
	if err != nil {
		return 0, err
	}
	return p.Scalar(0), nil
}

// Accuracy is the share of rows whose largest output is where the largest target is; the first of equals counts.
func (m *Model) Accuracy(x, t *tensor.Dense) (float64, error) {
	y, err := m.Predict(x)
	if err != nil {
		return 0, err
	}
	if err := m.fits("t", t, x.Shape()[0], m.Net.Out); err != nil {
		return 0, err
	}
	rows := x.Shape()[0]
	right := 0
	for i := range rows {
		if argmax(y.Data(), i, m.Net.Out) == argmax(t.Data(), i, m.Net.Out) {
			right++
		}
	}
	return float64(right) / float64(rows), nil
}

// Gradient is the derivative of the loss with respect to each parameter, by name, through gorgonia.Grad.
func (m *Model) Gradient(x, t *tensor.Dense) (map[string]*tensor.Dense, error) {
	p, err := m.run("gradient", x, t)
	if err != nil {
		return nil, err
	}
	grads := map[string]*tensor.Dense{}
	for i, par := range m.Net.Params {
		g := tensor.New(tensor.WithShape(par.Shape...), tensor.Of(m.DType))
		if err := p.Output(i).Read(g.Data()); err != nil {
			return nil, err
		}
		grads[par.Name] = g
	}
	return grads, nil
}

// Params is a copy of all parameters, as float64, by name.
func (m *Model) Params() (map[string][]float64, error) {
	if _, err := m.program("predict", 1); err != nil { // the first program makes the parameters
		return nil, err
	}
	out := map[string][]float64{}
	for _, p := range m.Net.Params {
		v, err := m.store.Var(p.Name).Floats()
		if err != nil {
			return nil, err
		}
		out[p.Name] = v
	}
	return out, nil
}

// SetParam gives a parameter new values, rounded to the model's type.
func (m *Model) SetParam(name string, v []float64) error {
	if _, err := m.program("predict", 1); err != nil {
		return err
	}
	p := m.store.Var(name)
	if p == nil {
		return fmt.Errorf("the net has no parameter %q", name)
	}
	return p.SetFloats(v)
}

// Close frees the programs. The engine stays the caller's.
func (m *Model) Close() {
	for _, p := range m.programs {
		p.Close()
	}
	clear(m.programs)
}

// Program compiles, or finds, the program for one method (predict, scores, loss, gradient) and a batch size; its
// variables are "x", "t" and the parameters.
func (m *Model) Program(kind string, batch int) (*graph.Program, error) {
	return m.program(kind, batch)
}

func (m *Model) run(kind string, x, t *tensor.Dense) (*graph.Program, error) {
	if x.Dims() != 2 {
		return nil, fmt.Errorf("x has the shape %v; want (batch, %d)", x.Shape(), m.Net.In)
	}
	batch := x.Shape()[0]
	if err := m.fits("x", x, batch, m.Net.In); err != nil {
		return nil, err
	}
	p, err := m.program(kind, batch)
	if err != nil {
		return nil, err
	}
	if err := p.Var("x").Set(x); err != nil {
		return nil, err
	}
	if t != nil {
		if err := m.fits("t", t, batch, m.Net.Out); err != nil {
			return nil, err
		}
		if err := p.Var("t").Set(t); err != nil {
			return nil, err
		}
	}
	return p, p.Run()
}

func (m *Model) fits(name string, v *tensor.Dense, rows, cols int) error {
	if v.Dims() != 2 || v.Shape()[0] != rows || v.Shape()[1] != cols {
		return fmt.Errorf("%s has the shape %v; want (%d, %d)", name, v.Shape(), rows, cols)
	}
	if v.Dtype() != m.DType {
		return fmt.Errorf("%s is %v; the model computes in %v", name, v.Dtype(), m.DType)
	}
	return nil
}

var errBatch = errors.New("a batch needs at least one sample")

func (m *Model) program(kind string, batch int) (*graph.Program, error) {
	key := programKey{kind, batch}
	if p, ok := m.programs[key]; ok {
		return p, nil
	}
	if batch < 1 {
		return nil, errBatch
	}
	f, err := m.forward(batch)
	if err != nil {
		return nil, fmt.Errorf("net %q: %w", m.Net.Name, err)
	}
	spec := graph.Spec{Name: kind, Inputs: gorgonia.Nodes{f.x}, Params: f.params}
	if err := m.build(kind, f, &spec); err != nil {
		return nil, fmt.Errorf("net %q: %w", m.Net.Name, err)
	}
	p, err := m.store.Compile(spec)
	if err != nil {
		return nil, err
	}
	m.programs[key] = p
	return p, nil
}

// build chooses the outputs of a program.
func (m *Model) build(kind string, f *forward, spec *graph.Spec) error {
	switch kind {
	case "scores":
		spec.Outputs = gorgonia.Nodes{f.scores}
		return nil
	case "predict":
		y := f.scores
		if m.Net.Output != nil {
			var err error
			if y, err = m.Net.Output(y); err != nil {
				return err
			}
		}
		spec.Outputs = gorgonia.Nodes{y}
		return nil
	}
	spec.Inputs = append(spec.Inputs, f.t)
	loss, err := m.Net.Loss(f.scores, f.t)
	if err != nil {
		return err
	}
	if kind == "loss" {
		spec.Outputs = gorgonia.Nodes{loss}
		return nil
	}
	grads, err := gorgonia.Grad(loss, f.params...)
	if err != nil {
		return err
	}
	spec.Outputs = append(grads, loss)
	return nil
}

// forward is a fresh graph up to the scores.
type forward struct {
	x, t, scores *gorgonia.Node
	params       gorgonia.Nodes
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
	f.scores, err = m.Net.Scores(f.x, f.params)
	return f, err
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

// argmax is the position of the largest of n numbers in row i; the first of equals.
func argmax(data any, i, n int) int {
	if d, ok := data.([]float32); ok {
		return Argmax(d[i*n : (i+1)*n])
	}
	return Argmax(data.([]float64)[i*n : (i+1)*n])
}

// Argmax is the position of the largest number; the first of equals.
func Argmax[T float32 | float64](row []T) int {
	best := 0
	for j, v := range row {
		if v > row[best] {
			best = j
		}
	}
	return best
}
