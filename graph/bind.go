package graph

import (
	"fmt"
	"reflect"
	"unsafe"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// read is a node made by gorgonia.Read: the value goes to the variable that its op points to.
type read struct {
	from *gorgonia.Node
	into *gorgonia.Value
}

// readTarget finds where a gorgonia.Read node puts its value: its op keeps the pointer in an unexported field.
func readTarget(n *gorgonia.Node) (read, error) {
	field := reflect.ValueOf(n.Op()).FieldByName("into")
	if !field.IsValid() || field.Type() != reflect.TypeFor[*gorgonia.Value]() {
		return read{}, fmt.Errorf("node %v: this version of Gorgonia keeps the target of Read elsewhere", n.Name())
	}
	return read{from: childrenOf(n)[0], into: (*gorgonia.Value)(unsafe.Pointer(field.Pointer()))}, nil
}

// bindAll prepares what a run ends with: each output's value for its node, statistics for their ops, then gradients that add up,
// assignments, and copies for gorgonia.Read.
func (m *Machine) bindAll(outputs gorgonia.Nodes) error {
	for i, n := range outputs {
		if err := m.bind(i, n); err != nil {
			return fmt.Errorf("node %v: %w", n.Name(), err)
		}
	}
	for _, r := range m.prog.norms {
		mean, variance := r.op.Stats()
		m.after = append(m.after, func() error {
			if err := r.mean.Read(mean.Data()); err != nil {
				return err
			}
			return r.variance.Read(variance.Data())
		})
	}
	m.bindDuals()
	for _, l := range m.lets {
		m.after = append(m.after, func() error { return gorgonia.UnsafeLet(l.Param, l.Value.Value()) })
	}
	for _, r := range m.reads {
		m.after = append(m.after, r.copy)
	}
	return nil
}

// bind gives a node the memory of its output, or a copy where that memory is a device's.
func (m *Machine) bind(i int, n *gorgonia.Node) error {
	if b := m.prog.boxes[n]; b != nil {
		m.after = append(m.after, func() error { setValue(n, b.v); return nil })
		return nil
	}
	host := m.prog.Output(i).Host()
	if host == nil {
		p := m.prog.unit.Program
		out := m.prog.Output(i)
		host = stage(p.DType, p.At(p.Outputs[i]).Shape.Size())
		m.after = append(m.after, func() error { return out.Read(host) })
	}
	if !n.IsScalar() {
		setValue(n, tensorOn(n.Shape(), host))
		return nil
	}
	v, set := scalarOn(host)
	m.after = append(m.after, set)
	setValue(n, v)
	if call := m.prog.calls[n]; call != nil { // a Tensordot of vectors is called a scalar, and is a vector of one number
		m.after = append(m.after, func() error {
			if call.shape != nil {
				setValue(n, tensorOn(call.shape, host))
			}
			return nil
		})
	}
	return nil
}

func tensorOn(shape tensor.Shape, host any) gorgonia.Value {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(host), tensor.WithEngine(gorgonia.StandardEngine{}))
}

// scalarOn is a scalar as Gorgonia has it, an object of its own, and what sets it to the memory's number.
func scalarOn(host any) (gorgonia.Value, func() error) {
	if h, single := host.([]float32); single {
		v := gorgonia.NewF32(0)
		return v, func() error { *v = gorgonia.F32(h[0]); return nil }
	}
	h, v := host.([]float64), gorgonia.NewF64(0)
	return v, func() error { *v = gorgonia.F64(h[0]); return nil }
}

// copy gives the variable a value of its own, as the TapeMachine does.
func (r read) copy() error {
	v := r.from.Value()
	if *r.into == nil || !(*r.into).Shape().Eq(v.Shape()) || (*r.into).Dtype() != v.Dtype() {
		clone, err := gorgonia.CloneValue(v)
		*r.into = clone
		return err
	}
	to, err := gorgonia.Copy(*r.into, v)
	*r.into = to
	return err
}
