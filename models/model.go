package models

import (
	"errors"
	"fmt"
	"sync"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/graph"
	"github.com/stheno/stheno/internal/memory"

	"gorgonia.org/tensor"
)

// Model is a Net with values, on an engine: the book's methods predict, loss, accuracy, gradient. It compiles a program
// for each method and batch size at its first use and keeps it, within a limit of bytes (LimitPrograms); all share the parameters.
//
// Predict, Loss and Accuracy evaluate: Dropout passes its input through, and BatchNorm uses its running statistics.
// Gradient and Step train: Dropout drops, and BatchNorm uses the statistics of the batch and adds them to the running
// ones. A Check and a NumericalGradient need a function that gives the same number twice: they evaluate.
//
// A model is safe for use from any number of goroutines: its calls take turns, and what they return is the caller's own.
// Several models run side by side. After Close every call returns ErrClosed.
type Model struct {
	Net   Net
	DType tensor.Dtype

	mu     sync.Mutex // held while a program runs, from setting its inputs to copying its outputs
	closed bool
	store  *graph.Store
	cache  cache
	slots  []bool // of the inputs of steps: which are taken
}

// ErrClosed is what the calls of a closed model, and of its steps, return.
var ErrClosed = errors.New("the model is closed")

// New puts a net on an engine. dt is tensor.Float32 or tensor.Float64. A net for whose parameters there is no memory is an error.
func New(net Net, e backend.Engine, dt tensor.Dtype) (*Model, error) {
	if err := net.check(); err != nil {
		return nil, err
	}
	if e == nil {
		return nil, fmt.Errorf("net %q: no engine: open one with backend.Open", net.Name)
	}
	if dt != tensor.Float32 && dt != tensor.Float64 {
		return nil, fmt.Errorf("dtype %s: a net computes in float32 or float64", dtypeName(dt))
	}
	if err := memory.Fits(2 * net.elements() * float64(dt.Size())); err != nil { // the nodes' values and the engine's
		return nil, fmt.Errorf("net %q of %.0f parameters: %w: take a smaller one", net.Name, net.elements(), err)
	}
	return &Model{Net: net, DType: dt, store: graph.NewStore(e), cache: newCache()}, nil
}

func dtypeName(dt tensor.Dtype) string {
	if dt.Type == nil {
		return "of nothing"
	}
	return dt.Name()
}

// Engine is where the model's values live.
func (m *Model) Engine() backend.Engine { return m.store.Engine() }

// Do calls f while no other call of the model runs: for a caller that works on an Executable itself. f must not call the
// model's methods, nor those of its steps. After Close it is not called, and the error is ErrClosed.
func (m *Model) Do(f func() error) error {
	if m == nil || m.store == nil {
		return errors.New("the model is empty: make one with models.New")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	return f()
}

// Close waits for the call that runs and frees the programs, those of steps too, and all values. The engine stays the
// caller's. Closing again does nothing.
func (m *Model) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	if m.store != nil {
		m.store.Close()
	}
	clear(m.cache.programs)
}

// Predict is the net's output, (batch, Out), for x (batch, In).
func (m *Model) Predict(x *tensor.Dense) (y *tensor.Dense, err error) {
	err = m.call("predict", x, nil, func(p *graph.Executable) (err error) {
		y, err = m.output(p, 0, x.Shape()[0], m.Net.Out)
		return err
	})
	return y, err
}

// Loss is the mean loss of the batch x (batch, In) with targets t (batch, Out).
func (m *Model) Loss(x, t *tensor.Dense) (loss float64, err error) {
	err = m.call("loss", x, t, func(p *graph.Executable) (err error) {
		loss, err = p.Scalar(0)
		return err
	})
	return loss, err
}

// Gradient is the derivative of the loss with respect to each parameter, by name, through gorgonia.Grad.
func (m *Model) Gradient(x, t *tensor.Dense) (map[string]*tensor.Dense, error) {
	return m.gradient("gradient", x, t)
}

// gradient is what the program of that kind gives.
func (m *Model) gradient(kind string, x, t *tensor.Dense) (grads map[string]*tensor.Dense, err error) {
	err = m.call(kind, x, t, func(p *graph.Executable) (err error) {
		grads = map[string]*tensor.Dense{}
		for i, par := range m.Net.Params {
			if grads[par.Name], err = m.output(p, i, par.Shape...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return grads, nil
}

// call runs a method's program and lets read copy its outputs, all in one turn.
func (m *Model) call(kind string, x, t *tensor.Dense, read func(*graph.Executable) error) error {
	return m.Do(func() error {
		p, err := m.run(kind, x, t)
		if err != nil {
			return err
		}
		return read(p)
	})
}

// run sets the inputs that a method reads and runs its program. It is the caller's turn.
func (m *Model) run(kind string, x, t *tensor.Dense) (*graph.Executable, error) {
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
	if err := p.X.Set(x); err != nil {
		return nil, err
	}
	if kinds[kind].target {
		if err := p.T.Set(t); err != nil {
			return nil, err
		}
	}
	return p.Executable.Executable, p.Run()
}

// output copies output i of a program.
func (m *Model) output(p *graph.Executable, i int, shape ...int) (*tensor.Dense, error) {
	if len(shape) == 0 { // the data of a scalar is no slice
		one, err := m.output(p, i, 1)
		if err != nil {
			return nil, err
		}
		return tensor.New(tensor.FromScalar(one.Get(0))), nil
	}
	out := tensor.New(tensor.WithShape(shape...), tensor.Of(m.DType))
	return out, p.Output(i).Read(out.Data())
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
