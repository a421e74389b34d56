package graph

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/ir"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Store holds the values of a model on one engine: parameters, which all its programs share by name, and inputs,
// which programs share when name and shape agree. It owns their memory and its programs until it is closed; an input goes
// with the last program that reads it.
type Store struct {
	engine   backend.Engine
	vars     map[string]*Var // parameters and running statistics, by name
	stats    []*Var          // the running statistics among them
	inputs   map[string]*Var // by name and shape
	programs map[*Executable]bool
	closed   bool
}

// Var is a named tensor that lives in the engine, or on the host where the engine cannot compute with its type.
type Var struct {
	Name  string
	Shape ir.Shape
	DType ir.DType // of a value that programs compute with; unset where the value is of another type than float32 and float64
	backend.Buffer
	box   *box
	key   string // of an input in the store
	users int    // the programs that read an input
}

// NewStore starts an empty store.
func NewStore(e backend.Engine) *Store {
	return &Store{engine: e, vars: map[string]*Var{}, inputs: map[string]*Var{}, programs: map[*Executable]bool{}}
}

// Close closes the programs and frees the memory of all values. The engine stays the caller's. Closing again does nothing.
func (s *Store) Close() {
	s.closed = true
	for p := range s.programs {
		p.Close()
	}
	for _, vars := range []map[string]*Var{s.vars, s.inputs} {
		for _, v := range vars {
			v.free(errStoreClosed)
		}
		clear(vars)
	}
	s.stats = nil
}

var errStoreClosed = errors.New("the store of its values is closed")

// gone is the memory of a variable that has been freed, with the reason.
type gone struct{ why error }

func (g gone) Write(any) error { return g.why }
func (g gone) Read(any) error  { return g.why }
func (gone) Host() any         { return nil }
func (gone) Free()             {}

// free gives the variable's memory back. Whoever uses it still is told why not.
func (v *Var) free(why error) {
	v.Free()
	v.Buffer = gone{why}
}

// bytes is the size of the variable's memory.
func (v *Var) bytes() int { return v.Shape.Size() * v.DType.Bytes() }

// release takes back what a program was given for itself: inputs that no other program reads.
func (s *Store) release(p *Executable) {
	for _, v := range p.inputs {
		if v.users--; v.users > 0 {
			continue
		}
		delete(s.inputs, v.key)
		if s.closed {
			v.free(errStoreClosed)
		} else {
			v.free(fmt.Errorf("input %s: the programs that read it are closed", v.Name))
		}
	}
	p.inputs = nil
}

// Engine is where the values live.
func (s *Store) Engine() backend.Engine { return s.engine }

// Statistics are the running means and variances of the batch normalisations that the store's programs have, in the order of the
// net: batchnorm0.mean, batchnorm0.variance, batchnorm1.mean and so on.
func (s *Store) Statistics() []*Var { return s.stats }

// Var is the parameter or running statistic of that name, nil if no program has named it yet.
func (s *Store) Var(name string) *Var { return s.vars[name] }

// Compile makes a program with a store of its own, which is closed with it.
func Compile(e backend.Engine, spec Spec) (*Executable, error) {
	s := NewStore(e)
	p, err := s.Compile(spec)
	if err != nil {
		s.Close()
		return nil, err
	}
	p.own = s
	return p, nil
}

// Compile makes a program of the graph behind the spec. A parameter that the store does not have yet starts with the
// value bound to its node, or zero; the store's value wins over the node's otherwise.
func (s *Store) Compile(spec Spec) (*Executable, error) {
	if s.closed {
		return nil, fmt.Errorf("program %s: %w", spec.Name, errStoreClosed)
	}
	l, err := lowerSpec(spec)
	if err != nil {
		return nil, err
	}
	out := &Executable{spec: spec, store: s, unit: backend.Prepare(s.engine, l.Program), vars: map[*gorgonia.Node]*Var{}, boxes: l.boxes, calls: l.calls}
	bind := map[string]backend.Buffer{}
	if err := s.bind(out, l, bind); err != nil {
		s.release(out)
		return nil, fmt.Errorf("program %s: %w", spec.Name, err)
	}
	if out.exec, err = s.engine.Compile(out.unit, bind); err != nil {
		s.release(out)
		return nil, err
	}
	s.programs[out] = true
	return out, nil
}

// bind provides the memory of all that a program is given.
func (s *Store) bind(out *Executable, l *lowered, bind map[string]backend.Buffer) error {
	for i, n := range slices.Concat(out.spec.Params, out.spec.Inputs) {
		if b := l.boxes[n]; b != nil {
			out.vars[n] = &Var{Name: n.Name(), Shape: b.shape, Buffer: b, box: b}
			continue
		}
		name := l.names[n]
		shared, key := s.vars, name
		isInput := i >= len(out.spec.Params)
		if isInput {
			shared, key = s.inputs, fmt.Sprintf("%s %v %v", name, shapeOf(n), l.DType)
		}
		v, err := s.provide(shared, key, name, shapeOf(n), l.DType, n.Value())
		if err != nil {
			return err
		}
		if isInput {
			v.key, v.users = key, v.users+1
			out.inputs = append(out.inputs, v)
		}
		out.vars[n], bind[name] = v, v.Buffer
	}
	if l.draws {
		known := s.vars[randomState] != nil
		v, err := s.provide(s.vars, randomState, randomState, ir.Shape{ir.StateSize}, l.DType, nil)
		if err == nil && !known {
			err = v.SetFloats(ir.State(out.spec.Seed))
		}
		if err != nil {
			return err
		}
		out.random, bind[randomState] = v, v.Buffer
	}
	for _, norm := range l.norms {
		r := runningStats{op: norm.op}
		mean, variance := norm.op.Stats()
		for _, stat := range []struct {
			name string
			to   **Var
			v    gorgonia.Value
		}{{".mean", &r.mean, mean}, {".variance", &r.variance, started(variance)}} {
			name := norm.name + stat.name
			v, err := s.provide(s.vars, name, name, ir.Shape{norm.channels}, l.DType, stat.v)
			if err != nil {
				return err
			}
			if !slices.Contains(s.stats, v) {
				s.stats = append(s.stats, v)
			}
			*stat.to, bind[name] = v, v.Buffer
		}
		out.norms = append(out.norms, r)
	}
	return nil
}

// started is a running variance, or ones for one that no run and no SetTraining has touched.
func started(variance tensor.Tensor) gorgonia.Value {
	v := variance.Clone().(tensor.Tensor)
	if x, err := numbers(v); err != nil || slices.ContainsFunc(x, func(f float64) bool { return f != 0 }) {
		return v
	}
	return tensor.Ones(v.Dtype(), v.Shape()...)
}

// provide finds the variable or makes it.
func (s *Store) provide(shared map[string]*Var, key, name string, shape ir.Shape, dt ir.DType, start gorgonia.Value) (*Var, error) {
	if v, ok := shared[key]; ok {
		if !v.Shape.Eq(shape) || v.DType != dt {
			return nil, fmt.Errorf("parameter %q is %v %s here and %v %s in another program of the store", name, shape, dt, v.Shape, v.DType)
		}
		return v, nil
	}
	buf, err := s.engine.Alloc(dt, shape.Size())
	if err != nil {
		return nil, fmt.Errorf("%s %v: %w", name, shape, err)
	}
	v := &Var{Name: name, Shape: shape, DType: dt, Buffer: buf}
	shared[key] = v
	if start != nil {
		if err := v.Set(start); err != nil {
			buf.Free()
			delete(shared, key)
			return nil, err
		}
	}
	return v, nil
}

// Place makes a parameter in memory of the caller's, which keeps its numbers: []float32 or []float64, as many as the shape has. It lasts
// until Forget or Close. It is an error where the engine's memory is not the host's (backend.Adopter).
func (s *Store) Place(name string, shape ir.Shape, numbers any) error {
	if s.closed {
		return fmt.Errorf("parameter %s: %w", name, errStoreClosed)
	}
	if s.vars[name] != nil {
		return fmt.Errorf("parameter %s has its place: forget it before", name)
	}
	adopter, ok := s.engine.(backend.Adopter)
	if !ok {
		return fmt.Errorf("parameter %s: engine %s has memory of its own only", name, s.engine.Name())
	}
	dt, n := ir.Float32, 0
	switch x := numbers.(type) {
	case []float32:
		n = len(x)
	case []float64:
		dt, n = ir.Float64, len(x)
	}
	if n != shape.Size() {
		return fmt.Errorf("parameter %s %v in %T of %d", name, shape, numbers, n)
	}
	buf, err := adopter.Adopt(numbers)
	if err != nil {
		return fmt.Errorf("parameter %s: %w", name, err)
	}
	s.vars[name] = &Var{Name: name, Shape: shape, DType: dt, Buffer: buf}
	return nil
}

// Forget frees a parameter, if there is one. The programs that name it must be closed.
func (s *Store) Forget(name string) {
	if v := s.vars[name]; v != nil {
		v.free(fmt.Errorf("parameter %s is forgotten", name))
		delete(s.vars, name)
	}
}

// Set gives the variable a Gorgonia value of its shape and type; a scalar takes any value of one element.
func (v *Var) Set(val gorgonia.Value) error {
	if v.box != nil {
		return v.box.set(val)
	}
	if s := ir.Shape(val.Shape()); !s.Eq(v.Shape) && !(len(v.Shape) == 0 && s.Size() == 1) {
		return fmt.Errorf("%s has the shape %v, not %v", v.Name, v.Shape, s)
	}
	if v.Write(dense(val)) == nil { // better than through Host: the engine knows when the value changes
		return nil
	}
	tmp := stage(v.DType, v.Shape.Size())
	if err := copyValue(tmp, val); err != nil {
		return fmt.Errorf("%s: %w", v.Name, err)
	}
	return v.Write(tmp)
}

// Floats is a copy of the variable's value.
func (v *Var) Floats() ([]float64, error) {
	if v.box != nil && v.box.v == nil {
		return nil, fmt.Errorf("%s has no value yet", v.Name)
	}
	if v.box != nil {
		return numbers(v.box.v)
	}
	return floats(v.Buffer, v.DType, v.Shape.Size())
}

// SetFloats gives the variable a value, rounded to its type. A number that the type cannot hold is an error, not an infinity.
func (v *Var) SetFloats(x []float64) error {
	if v.box != nil {
		return fmt.Errorf("%s is of type %v: give it a value with Set", v.Name, v.box.of)
	}
	if v.DType == ir.Float64 {
		return v.Write(x)
	}
	if err := v.inRange(x); err != nil {
		return err
	}
	tmp := make([]float32, len(x))
	for i, f := range x {
		tmp[i] = float32(f)
	}
	return v.Write(tmp)
}

// Fits is an error where SetFloats would be one: x has too few elements or too many, or one that is more than the type holds.
func (v *Var) Fits(x []float64) error {
	if n := v.Shape.Size(); len(x) != n {
		return fmt.Errorf("%s of shape %v has %d elements, not %d", v.Name, v.Shape, n, len(x))
	}
	return v.inRange(x)
}

// inRange is an error that names the first number which the variable's type would make infinite.
func (v *Var) inRange(x []float64) error {
	for i, f := range x {
		if v.DType == ir.Float32 && math.IsInf(float64(float32(f)), 0) && !math.IsInf(f, 0) {
			return fmt.Errorf("%s: element %d is %g, more than float32 holds", v.Name, i, f)
		}
	}
	return nil
}

// Stage is a host slice of the variable's type and size, for engines whose memory is elsewhere: memory that the engine copies to and from
// soonest. It is made to be kept, for as long as the variable is there.
func (v *Var) Stage() any {
	if b, ok := v.Buffer.(backend.Stager); ok {
		return b.Stage()
	}
	return stage(v.DType, v.Shape.Size())
}

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
