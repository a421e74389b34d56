package graph

import (
	"fmt"
	"reflect"
	"sync"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// dualValue is what Gorgonia's type of this name can do: a value with its derivative, which Node.Grad gives. The type is private.
type dualValue interface {
	gorgonia.Value
	SetValue(gorgonia.Value) error
	SetDeriv(gorgonia.Value) error
}

// dualType is Gorgonia's type, taken from a graph that has one.
var dualType = sync.OnceValue(func() reflect.Type {
	g := gorgonia.NewGraph()
	x := gorgonia.NewScalar(g, gorgonia.Float64, gorgonia.WithName("x"), gorgonia.WithValue(1.0))
	gorgonia.Must(gorgonia.Square(x))
	m := gorgonia.NewLispMachine(g)
	defer m.Close()
	if err := m.RunAll(); err != nil {
		return nil
	}
	return reflect.TypeOf(boundTo(x))
})

func newDual(v, d gorgonia.Value) (dualValue, error) {
	t := dualType()
	if t == nil || t.Kind() != reflect.Pointer {
		return nil, fmt.Errorf("this version of Gorgonia has no values with derivatives")
	}
	dv, ok := reflect.New(t.Elem()).Interface().(dualValue)
	if !ok {
		return nil, fmt.Errorf("this version of Gorgonia has other values with derivatives")
	}
	if err := dv.SetValue(v); err != nil {
		return nil, err
	}
	return dv, dv.SetDeriv(d)
}

// dualNodes are the nodes whose gradients add up.
func (m *Machine) dualNodes() gorgonia.Nodes {
	nodes := m.duals
	if m.dual && len(nodes) == 0 {
		nodes = m.g.AllNodes()
	}
	var out gorgonia.Nodes
	for _, n := range nodes {
		if m.dual && n.Deriv() != nil && !(n.Op() != nil && isConstant(n)) {
			out = append(out, n)
		}
	}
	return out
}

// dualDerivs are the nodes that such gradients come from, and those that they are for.
func (m *Machine) dualDerivs() gorgonia.Nodes {
	var out gorgonia.Nodes
	for _, n := range m.dualNodes() {
		out = append(out, n, n.Deriv())
	}
	return out
}

func (m *Machine) bindDuals() {
	for _, n := range m.dualNodes() {
		m.after = append(m.after, func() error {
			if err := addGrad(n, n.Deriv().Value()); err != nil {
				return fmt.Errorf("gradient of %v: %w", n.Name(), err)
			}
			return nil
		})
	}
}

// addGrad adds a run's gradient to the node's own.
func addGrad(n *gorgonia.Node, g gorgonia.Value) error {
	if _, ok := boundTo(n).(dualValue); !ok {
		zero, err := gorgonia.CloneValue(g)
		if err != nil {
			return err
		}
		dv, err := newDual(n.Value(), gorgonia.ZeroValue(zero))
		if err != nil {
			return err
		}
		if err := gorgonia.UnsafeLet(n, dv); err != nil {
			return err
		}
	}
	sum, err := n.Grad()
	if err != nil {
		return err
	}
	switch s := sum.(type) {
	case *gorgonia.F32:
		*s += gorgonia.F32(g.Data().(float32))
		return nil
	case *gorgonia.F64:
		*s += gorgonia.F64(g.Data().(float64))
		return nil
	case *tensor.Dense:
		switch d := s.Data().(type) {
		case []float32:
			return addTo(d, dense(g))
		case []float64:
			return addTo(d, dense(g))
		}
	}
	return fmt.Errorf("a gradient of type %T", sum)
}

func addTo[T float32 | float64](sum []T, g any) error {
	x, ok := g.([]T)
	if !ok || len(x) != len(sum) {
		return fmt.Errorf("a gradient of %T for a sum of %d numbers", g, len(sum))
	}
	for i, v := range x {
		sum[i] += v
	}
	return nil
}
