package models

import (
	"fmt"
	"maps"
	"slices"

	"github.com/stheno/stheno/graph"
	"github.com/stheno/stheno/internal/memory"
)

// Params is a copy of all parameters, as float64, by name.
func (m *Model) Params() (map[string][]float64, error) {
	learned, err := m.Learned()
	if err != nil {
		return nil, err
	}
	params := map[string][]float64{}
	for _, p := range learned[:len(m.Net.Params)] {
		params[p.Name] = p.Init
	}
	return params, nil
}

// Learned is a copy of all that the model has learned, each with its name, its shape and its value as Init: the parameters, then the
// running statistics of its batch normalisations (batchnorm0.mean, batchnorm0.variance and so on, in the order of the net), which
// its answers depend on as much. It is an error where there is no memory for the copy.
func (m *Model) Learned() (learned []Param, err error) {
	err = m.Do(func() error {
		if err := memory.Fits(8 * m.Net.elements()); err != nil {
			return fmt.Errorf("a copy of the parameters: %w: take a smaller net", err)
		}
		vars, err := m.learned()
		if err != nil {
			return err
		}
		for _, v := range vars {
			x, err := v.Floats()
			if err != nil {
				return err
			}
			learned = append(learned, Param{Name: v.Name, Shape: v.Shape, Init: x})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return learned, nil
}

// learned are the parameters, in the order of the net, and the running statistics.
func (m *Model) learned() ([]*graph.Var, error) {
	if _, err := m.program("predict", 1); err != nil { // the first program makes them
		return nil, err
	}
	var vars []*graph.Var
	for _, p := range m.Net.Params {
		vars = append(vars, m.store.Var(p.Name))
	}
	return append(vars, m.store.Statistics()...), nil
}

// SetParam gives a parameter new values, rounded to the model's type.
func (m *Model) SetParam(name string, v []float64) error {
	return m.SetParams(map[string][]float64{name: v})
}

// SetParams gives parameters, and running statistics, new values, rounded to the model's type. The others keep theirs. Nothing is
// changed unless all fits, and no other call sees some of the values only.
func (m *Model) SetParams(values map[string][]float64) error {
	return m.Do(func() error {
		vars, err := m.learned()
		if err != nil {
			return err
		}
		byName := map[string]*graph.Var{}
		for _, v := range vars {
			byName[v.Name] = v
		}
		for _, name := range slices.Sorted(maps.Keys(values)) {
			v, p := values[name], byName[name]
			if p == nil {
				return fmt.Errorf("the net has no parameter %q", name)
			}
			if err := p.Fits(v); err != nil {
				return err
			}
		}
		for name, v := range values {
			if err := byName[name].SetFloats(v); err != nil {
				return err
			}
		}
		return nil
	})
}
