package graph

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/stheno/stheno/backend"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Machine runs a whole graph as gorgonia.NewTapeMachine does, compiled. After RunAll every node outside the gradient,
// every derivative (Node.Grad) and every target of gorgonia.Read holds its value; gorgonia's solvers work on it. What Conv2d makes for
// itself, such as the patches of an image, is never made, so these nodes have no value unless Only or BindDualValues names them.
//
//	m, err := graph.NewMachine(g)          // was: m := gorgonia.NewTapeMachine(g)
//	defer m.Close()
//	err = m.RunAll()
//
// Its methods may be called from several goroutines: they take turns. What they bind to nodes is Gorgonia's to read.
type Machine struct {
	backend string
	engine  backend.Engine
	ownsIt  bool
	only    bool
	keep    gorgonia.Nodes
	eval    bool
	seed    uint64
	dual    bool
	duals   gorgonia.Nodes

	mu     sync.Mutex
	closed bool
	g      *gorgonia.ExprGraph
	prog   *Executable
	moving gorgonia.Nodes // whose ops a user can change
	state  string         // of these ops, when they were compiled
	inputs gorgonia.Nodes
	lets   []Update
	reads  []read
	after  []func() error // what binds the results of a run
}

var _ gorgonia.VM = (*Machine)(nil)

var errClosed = errors.New("this machine is closed")

// NewMachine prepares a machine. The graph is compiled at the first RunAll, when all inputs have values. As a new TapeMachine
// does, it puts each op that has modes into one: training (which sets the running statistics of a BatchNorm back), or evaluation
// with EvalMode.
func NewMachine(g *gorgonia.ExprGraph, opts ...Option) (*Machine, error) {
	m := &Machine{g: g}
	for _, o := range opts {
		o(m)
	}
	if m.engine == nil {
		e, err := m.open()
		if err != nil {
			return nil, err
		}
		m.engine, m.ownsIt = e, true
	}
	for _, n := range g.AllNodes() {
		if t, ok := n.Value().(*tensor.Dense); ok && n.Op() == nil {
			tensor.WithEngine(gorgonia.StandardEngine{})(t) // as the TapeMachine's values, so that the two go together
		}
		if op, ok := n.Op().(gorgonia.TrainModeOp); ok {
			if err := op.SetTraining(!m.eval); err != nil {
				return nil, fmt.Errorf("node %v: %w", n.Name(), err)
			}
		}
	}
	return m, nil
}

// RunAll runs the graph on the values that its inputs are bound to, and binds the results.
func (m *Machine) RunAll() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return errClosed
	}
	if m.prog == nil || stateOf(m.moving) != m.state {
		if err := m.compile(); err != nil {
			return err
		}
	}
	if err := m.give(); err != nil {
		return err
	}
	if err := m.prog.Run(); err != nil {
		return err
	}
	for _, bind := range m.after {
		if err := bind(); err != nil {
			return err
		}
	}
	return nil
}

// give sets the program's inputs.
func (m *Machine) give() error {
	for _, n := range m.inputs {
		if n.Value() == nil {
			return fmt.Errorf("input %v %v has no value: bind one with gorgonia.Let", n.Name(), n.Shape())
		}
		if err := m.prog.VarOf(n).Set(n.Value()); err != nil {
			return fmt.Errorf("input %w", err)
		}
	}
	for _, r := range m.prog.norms {
		mean, variance := r.op.Stats()
		if err := r.mean.Set(mean); err != nil {
			return err
		}
		if err := r.variance.Set(variance); err != nil {
			return err
		}
	}
	return nil
}

// Let binds a value to an input of the graph, as gorgonia.Let does.
func (m *Machine) Let(n *gorgonia.Node, be any) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.has(n); err != nil {
		return err
	}
	return gorgonia.Let(n, be)
}

// Set gives a the value that b has.
func (m *Machine) Set(a, b *gorgonia.Node) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.has(a, b); err != nil {
		return err
	}
	if b.Value() == nil {
		return fmt.Errorf("node %v has no value to set %v to: run the machine first", b.Name(), a.Name())
	}
	return gorgonia.UnsafeLet(a, b.Value())
}

func (m *Machine) has(nodes ...*gorgonia.Node) error {
	if m.closed {
		return errClosed
	}
	for _, n := range nodes {
		if n == nil || n.Graph() != m.g {
			return fmt.Errorf("node %v is not of this machine's graph", n)
		}
	}
	return nil
}

// Reset is there for the interface: a compiled program has nothing to set back.
func (m *Machine) Reset() {}

// Close frees the program, and the engine if the machine opened it. What is bound to the nodes stays. A closed machine runs no more.
func (m *Machine) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil
	}
	m.closed = true
	if m.prog != nil {
		m.prog.Close()
	}
	if m.ownsIt {
		return m.engine.Close()
	}
	return nil
}

// Program is the compiled program, nil before the first RunAll.
func (m *Machine) Program() *Executable { return m.prog }

func (m *Machine) compile() error {
	drawn, err := m.drawn()
	if err != nil {
		return err
	}
	if m.prog != nil {
		m.prog.Close()
	}
	m.prog, m.inputs, m.lets, m.reads, m.after, m.moving = nil, nil, nil, nil, nil, nil
	outputs, err := m.sort()
	if err != nil {
		return err
	}
	if m.prog, err = Compile(m.engine, Spec{Name: "machine", Inputs: m.inputs, Outputs: outputs, Seed: m.seed, asTape: true}); err != nil {
		return err
	}
	if drawn != nil && m.prog.random != nil {
		if err := m.prog.random.SetFloats(drawn); err != nil {
			return err
		}
	}
	m.state = stateOf(m.moving)
	return m.bindAll(outputs)
}

// drawn is where the generator of the program so far has come to, for the next one to go on from; nil where there is none.
func (m *Machine) drawn() ([]float64, error) {
	if m.prog == nil || m.prog.random == nil {
		return nil, nil
	}
	return m.prog.random.Floats()
}

// sort decides what each node is to the machine, and lists those whose values are asked for.
func (m *Machine) sort() (outputs gorgonia.Nodes, err error) {
	wanted := map[*gorgonia.Node]bool{}
	for _, n := range slices.Concat(m.keep, m.dualDerivs()) {
		wanted[n] = true
	}
	internal := unasked(m.g)
	seen := map[*gorgonia.Node]bool{}
	add := func(n *gorgonia.Node) {
		if n.Op() != nil && !isConstant(n) && !seen[n] {
			seen[n], outputs = true, append(outputs, n)
		}
	}
	for _, n := range m.g.AllNodes() {
		if n.Op() == nil {
			if n.IsVar() {
				m.inputs = append(m.inputs, n)
			}
			continue
		}
		listed := wanted[n] || !m.only
		if _, modes := n.Op().(gorgonia.TrainModeOp); modes || opType(n.Op()) == "sliceOp" {
			m.moving = append(m.moving, n)
		}
		switch what := opType(n.Op()); {
		case what == "readOp" && listed:
			r, err := readTarget(n)
			if err != nil {
				return nil, err
			}
			m.reads = append(m.reads, r)
			add(r.from)
		case what == "letOp" && listed:
			c := childrenOf(n)
			m.lets = append(m.lets, Update{c[0], c[1]})
			add(c[1])
		case what != "readOp" && what != "letOp" && (wanted[n] || listed && !internal[n]):
			add(n)
		}
	}
	if m.only { // inputs of other parts of the graph need no values
		needed := (&order{}).reachable(outputs)
		m.inputs = slices.DeleteFunc(m.inputs, func(n *gorgonia.Node) bool { return !slices.Contains(needed, n) })
	}
	return outputs, nil
}

// stateOf is what a user can change of ops that are compiled: a slice, with gorgonia.UnsafeLet, and a mode, with SetTraining.
func stateOf(nodes gorgonia.Nodes) string {
	var b strings.Builder
	for _, n := range nodes {
		if opType(n.Op()) == "sliceOp" {
			b.WriteString(n.Op().String())
		} else {
			f := fieldsOf(n.Op())
			fmt.Fprint(&b, f.bool("training"), f.bool("isTraining"), " ")
		}
	}
	return b.String()
}
