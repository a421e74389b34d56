package models

import (
	"fmt"

	"stheno/backend"
	"stheno/graph"

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

// Engine is where the model's values live.
func (m *Model) Engine() backend.Engine { return m.store.Engine() }

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
	return p.Scalar(0)
}

// Accuracy is the share of rows whose largest output is where the largest target is; the first of equals counts.
func (m *Model) Accuracy(x, t *tensor.Dense) (float64, error) {
	y, err := m.Predict(x)
	if err != nil {
		return 0, err
	}
	rows := x.Shape()[0]
	if err := m.fits("t", t, rows, m.Net.Out); err != nil {
		return 0, err
	}
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
	if n := p.Shape.Size(); len(v) != n {
		return fmt.Errorf("%s of shape %v has %d elements, not %d", name, p.Shape, n, len(v))
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

// run sets the inputs that a method reads and runs its program.
func (m *Model) run(kind string, x, t *tensor.Dense) (*graph.Program, error) {
	if x == nil || x.Dims() != 2 {
		return nil, fmt.Errorf("x has the shape %v; want (batch, %d)", shapeOf(x), m.Net.In)
	}
	batch := x.Shape()[0]
	if err := m.fits("x", x, batch, m.Net.In); err != nil {
		return nil, err
	}
	if kinds[kind].target {
		if err := m.fits("t", t, batch, m.Net.Out); err != nil {
			return nil, err
		}
	}
	p, err := m.program(kind, batch)
	if err != nil {
		return nil, err
	}
	if err := p.Var("x").Set(x); err != nil {
		return nil, err
	}
	if kinds[kind].target {
		if err := p.Var("t").Set(t); err != nil {
			return nil, err
		}
	}
	return p, p.Run()
}

func (m *Model) fits(name string, v *tensor.Dense, rows, cols int) error {
	if v == nil || v.Dims() != 2 || v.Shape()[0] != rows || v.Shape()[1] != cols {
		return fmt.Errorf("%s has the shape %v; want (%d, %d)", name, shapeOf(v), rows, cols)
	}
	if v.Dtype() != m.DType {
		return fmt.Errorf("%s is %v; the model computes in %v", name, v.Dtype(), m.DType)
	}
	if v.DataOrder().IsColMajor() && !v.RequiresIterator() {
		return fmt.Errorf("%s is column-major: pass a row-major copy", name)
	}
	return nil
}

func shapeOf(v *tensor.Dense) any {
	if v == nil {
		return "of nil"
	}
	return v.Shape()
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
