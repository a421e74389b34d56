package graph

import (
	"fmt"

	"stheno/backend"
	"stheno/ir"

	"gorgonia.org/gorgonia"
)

// Store holds the values of a model on one engine: parameters, which all its programs share by name, and inputs,
// which programs share when name and shape agree.
type Store struct {
	engine backend.Engine
	vars   map[string]*Var
}

// Var is a named tensor that lives in the engine.
type Var struct {
	Name  string
	Shape ir.Shape
	DType ir.DType
	backend.Buffer
}

// NewStore starts an empty store.
func NewStore(e backend.Engine) *Store {
	return &Store{engine: e, vars: map[string]*Var{}}
}

// Engine is where the values live.
func (s *Store) Engine() backend.Engine { return s.engine }

// Var is the parameter of that name, nil if no program has named it yet.
func (s *Store) Var(name string) *Var { return s.vars[name] }

// Compile makes a program with a store of its own.
func Compile(e backend.Engine, spec Spec) (*Program, error) { return NewStore(e).Compile(spec) }

// Compile makes a program of the graph behind the spec. A parameter that the store does not have yet starts with the
// value bound to its node, or zero; the store's value wins over the node's otherwise.
func (s *Store) Compile(spec Spec) (*Program, error) {
	p, err := lowerSpec(spec)
	if err != nil {
		return nil, err
	}
	out := &Program{spec: spec, unit: backend.Prepare(p), vars: map[string]*Var{}}
	bind := map[string]backend.Buffer{}
	for i, n := range append(append(gorgonia.Nodes{}, spec.Params...), spec.Inputs...) {
		key := n.Name()
		if i >= len(spec.Params) {
			key = fmt.Sprintf("%s %v", n.Name(), n.Shape())
		}
		v, err := s.provide(key, n, p.DType)
		if err != nil {
			return nil, fmt.Errorf("program %s: %w", spec.Name, err)
		}
		out.vars[n.Name()], bind[n.Name()] = v, v.Buffer
	}
	out.exec, err = s.engine.Compile(out.unit, bind)
	return out, err
}

// provide finds the variable or makes it.
func (s *Store) provide(key string, n *gorgonia.Node, dt ir.DType) (*Var, error) {
	shape := shapeOf(n)
	if v, ok := s.vars[key]; ok {
		if !v.Shape.Eq(shape) || v.DType != dt {
			return nil, fmt.Errorf("parameter %q is %v %s here and %v %s in another program of the store", n.Name(), shape, dt, v.Shape, v.DType)
		}
		return v, nil
	}
	buf, err := s.engine.Alloc(dt, shape.Size())
	if err != nil {
		return nil, fmt.Errorf("%s %v: %w", n.Name(), shape, err)
	}
	v := &Var{Name: n.Name(), Shape: shape, DType: dt, Buffer: buf}
	s.vars[key] = v
	if n.Value() != nil {
		if err := v.Set(n.Value()); err != nil {
			return nil, fmt.Errorf("%s: %w", n.Name(), err)
		}
	}
	return v, nil
}

// Set gives the variable a Gorgonia value of its size.
func (v *Var) Set(val gorgonia.Value) error {
	if v.Write(dense(val)) == nil { // better than through Host: the engine knows when the value changes
		return nil
	}
	if host := v.Host(); host != nil {
		return copyValue(host, val)
	}
	tmp := v.Stage()
	if err := copyValue(tmp, val); err != nil {
		return err
	}
	return v.Write(tmp)
}

// Floats is a copy of the variable's value.
func (v *Var) Floats() ([]float64, error) { return floats(v.Buffer, v.DType, v.Shape.Size()) }

// SetFloats gives the variable a value, rounded to its type.
func (v *Var) SetFloats(x []float64) error {
	if v.DType == ir.Float64 {
		return v.Write(x)
	}
	tmp := make([]float32, len(x))
	for i, f := range x {
		tmp[i] = float32(f)
	}
	return v.Write(tmp)
}

// Stage is a host slice of the variable's type and size, for engines whose memory is elsewhere.
func (v *Var) Stage() any { return stage(v.DType, v.Shape.Size()) }

func stage(dt ir.DType, n int) any {
	if dt == ir.Float32 {
		return make([]float32, n)
	}
	return make([]float64, n)
}

// floats reads a buffer as float64.
func floats(b backend.Buffer, dt ir.DType, n int) ([]float64, error) {
	out := make([]float64, n)
	if dt == ir.Float64 {
		return out, b.Read(out)
	}
	tmp := make([]float32, n)
	if err := b.Read(tmp); err != nil {
		return nil, err
	}
	for i, f := range tmp {
		out[i] = float64(f)
	}
	return out, nil
}
