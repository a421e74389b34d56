package models

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/stheno/stheno/graph"
	"github.com/stheno/stheno/internal/memory"

	"gorgonia.org/tensor"
)

// evaluator is a copy of a model that only computes its loss on one batch.
type evaluator struct {
	m *Model
	p *graph.Executable
}

func (e *evaluator) Loss() (float64, error) {
	if err := e.p.Run(); err != nil {
		return 0, err
	}
	return e.p.Scalar(0)
}

func (e *evaluator) Param(name string) []float64 {
	v := e.p.Var(name)
	if v == nil {
		return nil
	}
	live, _ := v.Host().([]float64)
	return live
}

// Evaluators are independent copies of the model with all that it has learned and this batch, one for each core.
func (m *Model) Evaluators(x, t *tensor.Dense) (es []graph.Evaluator, closeAll func(), err error) {
	learned, err := m.Learned()
	if err != nil {
		return nil, nil, err
	}
	if m.DType != tensor.Float64 {
		return nil, nil, errors.New("finite differences need a float64 model: in float32 they drown in rounding")
	}
	values := map[string][]float64{}
	for _, p := range learned {
		values[p.Name] = p.Init
	}
	var copies []*Model
	closeCopies := func() {
		for _, c := range copies {
			c.Close()
		}
	}
	defer func() {
		if err != nil {
			closeCopies()
		}
	}()
	for range runtime.GOMAXPROCS(0) {
		c, err := New(m.Net, m.store.Engine(), m.DType)
		if err != nil {
			return nil, nil, err
		}
		copies = append(copies, c)
		if err := c.SetParams(values); err != nil {
			return nil, nil, err
		}
		p, err := c.run("loss", x, t)
		if err != nil {
			return nil, nil, err
		}
		if len(m.Net.Params) > 0 && p.Var(m.Net.Params[0].Name).Host() == nil {
			return nil, nil, fmt.Errorf("engine %s keeps its memory to itself: check the gradient on an engine of the host", m.store.Engine().Name())
		}
		es = append(es, &evaluator{c, p})
	}
	return es, closeCopies, nil
}

// NumericalGradient is the gradient by central differences of the compiled forward program (book, 4.4.2), by name, on
// all cores. The model must be float64.
func (m *Model) NumericalGradient(x, t *tensor.Dense) (map[string]*tensor.Dense, error) {
	es, closeAll, err := m.Evaluators(x, t)
	if err != nil {
		return nil, err
	}
	defer closeAll()
	grads := map[string]*tensor.Dense{}
	for _, p := range m.Net.Params {
		at := make([]int, p.Size())
		for i := range at {
			at[i] = i
		}
		d, err := graph.NumericalElements(es, p.Name, at, graph.DefaultStep)
		if err != nil {
			return nil, err
		}
		grads[p.Name] = tensor.New(tensor.WithShape(p.Shape...), tensor.WithBacking(d))
	}
	return grads, nil
}

// Check compares the model's gradient on a batch with finite differences, and with a hand-written one where byHand is
// given. The model must be float64.
func (m *Model) Check(x, t *tensor.Dense, byHand map[string][]float64, c graph.CheckConfig) (*graph.Report, error) {
	// Measured: the gradient's program and its graph take nine times the parameters, the copy for a core less than three times.
	if err := memory.Fits(8 * m.Net.elements() * float64(9+3*runtime.GOMAXPROCS(0))); err != nil {
		return nil, fmt.Errorf("to check the gradient of %d parameters: %w: take a smaller net", m.Net.Size(), err)
	}
	grads, err := m.gradient("checked gradient", x, t)
	if err != nil {
		return nil, err
	}
	es, closeAll, err := m.Evaluators(x, t)
	if err != nil {
		return nil, err
	}
	defer closeAll()
	s := graph.Subject{Symbolic: map[string][]float64{}, ByHand: byHand, Evaluators: es}
	for _, p := range m.Net.Params {
		s.Params = append(s.Params, graph.NamedShape{Name: p.Name, Shape: p.Shape})
		s.Symbolic[p.Name] = grads[p.Name].Data().([]float64)
	}
	return graph.Check(s, c)
}
