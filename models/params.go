package models

import (
	"fmt"
	"maps"
	"slices"
)

// Params is a copy of all parameters, as float64, by name.
func (m *Model) Params() (params map[string][]float64, err error) {
	err = m.Do(func() error {
		if _, err := m.program("predict", 1); err != nil { // the first program makes the parameters
			return err
		}
		params = map[string][]float64{}
		for _, p := range m.Net.Params {
			v, err := m.store.Var(p.Name).Floats()
			if err != nil {
				return err
			}
			params[p.Name] = v
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return params, nil
}

// SetParam gives a parameter new values, rounded to the model's type.
func (m *Model) SetParam(name string, v []float64) error {
	return m.SetParams(map[string][]float64{name: v})
}

// SetParams gives parameters new values, rounded to the model's type. The others keep theirs. Nothing is changed unless
// all fits, and no other call sees some of the values only.
func (m *Model) SetParams(values map[string][]float64) error {
	return m.Do(func() error {
		if _, err := m.program("predict", 1); err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(values)) {
			v, p := values[name], m.store.Var(name)
			if p == nil || !m.Net.has(name) {
				return fmt.Errorf("the net has no parameter %q", name)
			}
			if n := p.Shape.Size(); len(v) != n {
				return fmt.Errorf("%s of shape %v has %d elements, not %d", name, p.Shape, n, len(v))
			}
		}
		for name, v := range values {
			if err := m.store.Var(name).SetFloats(v); err != nil {
				return err
			}
		}
		return nil
	})
}
