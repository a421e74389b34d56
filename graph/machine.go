package graph

import (
	"fmt"
	"reflect"
	"slices"
	"unsafe"

	"stheno/backend"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Machine runs a whole graph as gorgonia.NewTapeMachine does, compiled. After RunAll every node outside the gradient,
// every derivative of an input and every target of gorgonia.Read holds its value; gorgonia's solvers work on it.
//
//	m, err := graph.NewMachine(g)          // was: m := gorgonia.NewTapeMachine(g)
//	defer m.Close()
//	err = m.RunAll()
type Machine struct {
	engine   backend.Engine
	ownsIt   bool
	g        *gorgonia.ExprGraph
	keep     gorgonia.Nodes
	prog     *Program
	inputs   gorgonia.Nodes
	outputs  gorgonia.Nodes
	scalars  []func()
	reads    []read
	lets     []Update
	sliceOps map[*gorgonia.Node]string
}

var _ gorgonia.VM = (*Machine)(nil)

// Option changes how a Machine is made.
type Option func(*Machine)

// On runs the machine on an engine, which stays the caller's to close. Without it the machine opens the engine "go".
func On(e backend.Engine) Option { return func(m *Machine) { m.engine = e } }

// Only keeps no other values than those of these nodes (and of gorgonia.Read): fewer values kept means more fused.
func Only(nodes ...*gorgonia.Node) Option {
	return func(m *Machine) { m.keep = append(gorgonia.Nodes{}, nodes...) }
}

// read is a node made by gorgonia.Read: the value goes to the variable that its op points to.
type read struct {
	from *gorgonia.Node
	into *gorgonia.Value
}

// NewMachine prepares a machine. The graph is compiled at the first RunAll, when all inputs have values.
func NewMachine(g *gorgonia.ExprGraph, opts ...Option) (*Machine, error) {
	m := &Machine{g: g}
	for _, o := range opts {
		o(m)
	}
	if m.engine == nil {
		e, err := backend.Open("go")
		if err != nil {
			return nil, err
		}
		m.engine, m.ownsIt = e, true
	}
	return m, nil
}

// RunAll runs the graph on the values that its inputs are bound to, and binds the results.
func (m *Machine) RunAll() error {
	if m.prog != nil && m.sliceMoved() {
		m.prog.Close()
		m.prog = nil
	}
	if m.prog == nil {
		if err := m.compile(); err != nil {
			return err
		}
	}
	for i, n := range m.inputs {
		if n.Value() == nil {
			return fmt.Errorf("input %v %v has no value: bind one with gorgonia.Let", n.Name(), n.Shape())
		}
		if err := m.prog.vars[m.prog.spec.Inputs[i].Name()].Set(n.Value()); err != nil {
			return fmt.Errorf("input %v: %w", n.Name(), err)
		}
	}
	if err := m.prog.Run(); err != nil {
		return err
	}
	for _, s := range m.scalars {
		s()
	}
	for _, l := range m.lets {
		if err := gorgonia.UnsafeLet(l.Param, l.Value.Value()); err != nil {
			return err
		}
	}
	for _, r := range m.reads {
		*r.into = r.from.Value()
	}
	return nil
}

// Reset is there for the interface: a compiled program has nothing to set back.
func (m *Machine) Reset() {}

// Close frees the program, and the engine if the machine opened it.
func (m *Machine) Close() error {
	if m.prog != nil {
		m.prog.Close()
		m.prog = nil
	}
	if m.ownsIt {
		return m.engine.Close()
	}
	return nil
}

// Program is the compiled program, nil before the first RunAll.
func (m *Machine) Program() *Program { return m.prog }

func (m *Machine) compile() error {
	m.inputs, m.outputs, m.reads, m.lets, m.scalars = nil, nil, nil, nil, nil
	m.sliceOps = map[*gorgonia.Node]string{}
	internal := gradientNodes(m.g)
	for _, n := range m.g.AllNodes() {
		if err := m.sort(n, m.keep == nil && !internal[n]); err != nil {
			return err
		}
	}
	prog, err := NewStore(m.engine).Compile(Spec{Name: "machine", Inputs: m.inputs, Outputs: m.outputs})
	if err != nil {
		return err
	}
	m.prog = prog
	for i, n := range m.outputs {
		if err := m.bind(i, n); err != nil {
			return err
		}
	}
	return nil
}

// sort decides what a node is to the machine.
func (m *Machine) sort(n *gorgonia.Node, kept bool) error {
	if n.Op() == nil {
		if n.IsVar() {
			m.inputs = append(m.inputs, n)
		}
		return nil
	}
	switch opType(n.Op()) {
	case "readOp":
		r, err := readTarget(n)
		if err != nil {
			return err
		}
		m.reads = append(m.reads, r)
		m.output(r.from)
		return nil
	case "letOp":
		c := childrenOf(n)
		m.lets = append(m.lets, Update{c[0], c[1]})
		m.output(c[1])
		return nil
	case "constantScalar", "constantTensor":
		return nil
	case "sliceOp":
		m.sliceOps[n] = n.Op().String()
	}
	if kept || slices.Contains(m.keep, n) {
		m.output(n)
	}
	return nil
}

func (m *Machine) output(n *gorgonia.Node) {
	if n.Op() != nil && !slices.Contains(m.outputs, n) {
		m.outputs = append(m.outputs, n)
	}
}

// bind gives a node the memory of its output. A scalar's value is an object of its own that each run sets.
func (m *Machine) bind(i int, n *gorgonia.Node) error {
	host := m.prog.Output(i).Host()
	if host == nil {
		return fmt.Errorf("node %v: engine %s keeps its memory to itself; a Machine needs an engine on the host", n.Name(), m.engine.Name())
	}
	if !n.IsScalar() {
		return gorgonia.UnsafeLet(n, tensor.New(tensor.WithShape(n.Shape()...), tensor.WithBacking(host)))
	}
	var v gorgonia.Value
	switch h := host.(type) {
	case []float32:
		s := gorgonia.NewF32(0)
		v = s
		m.scalars = append(m.scalars, func() { *s = gorgonia.F32(h[0]) })
	case []float64:
		s := gorgonia.NewF64(0)
		v = s
		m.scalars = append(m.scalars, func() { *s = gorgonia.F64(h[0]) })
	}
	return gorgonia.UnsafeLet(n, v)
}

// readTarget finds where a gorgonia.Read node puts its value: its op keeps the pointer in an unexported field.
func readTarget(n *gorgonia.Node) (read, error) {
	op := reflect.ValueOf(n.Op())
	field := op.FieldByName("into")
	if !field.IsValid() || field.Type() != reflect.TypeFor[*gorgonia.Value]() {
		return read{}, fmt.Errorf("node %v: this version of Gorgonia keeps the target of Read elsewhere", n.Name())
	}
	return read{from: childrenOf(n)[0], into: (*gorgonia.Value)(unsafe.Pointer(field.Pointer()))}, nil
}

// sliceMoved reports whether a slice of the graph was changed with gorgonia.UnsafeLet since it was compiled.
func (m *Machine) sliceMoved() bool {
	for n, s := range m.sliceOps {
		if n.Op().String() != s {
			return true
		}
	}
	return false
}
