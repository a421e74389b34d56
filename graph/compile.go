// Package graph compiles Gorgonia's expression graphs and runs them on an engine, and proves their gradients.
//
// Compile turns chosen nodes of a graph into one lean program; Store holds the parameters that several programs
// share; NewMachine is a gorgonia.VM for graphs that should run as they are. NumericalGradient and Check hold
// gradients against central differences.
package graph

import (
	"fmt"
	"math"
	"slices"

	"stheno/backend"
	"stheno/ir"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Spec says what to compile of a graph.
type Spec struct {
	Name    string         // for people
	Inputs  gorgonia.Nodes // leaves that are set before a run
	Params  gorgonia.Nodes // leaves that live on in the store, by name, and are shared by its programs
	Outputs gorgonia.Nodes // values that can be read after a run
	Updates []Update       // new values of parameters, written in place at the end of a run
	// Eval compiles for evaluation: Dropout passes its input through, BatchNorm uses the running statistics of the store.
	Eval bool
}

// Update says that a run ends by giving Param the value of Value, which is of the same shape.
type Update struct{ Param, Value *gorgonia.Node }

// lowerSpec brings everything that the outputs and updates need into one program. Leaves that are neither inputs nor
// parameters are constants and must have a value.
func lowerSpec(s Spec) (p *ir.Program, err error) {
	defer func() { // Gorgonia panics on some malformed graphs
		if r := recover(); r != nil {
			p, err = nil, fmt.Errorf("program %s: Gorgonia failed on this graph: %v", s.Name, r)
		}
	}()
	roots := slices.Clone(s.Outputs)
	for _, u := range s.Updates {
		roots = append(roots, u.Param, u.Value)
	}
	if len(roots) == 0 {
		return nil, fmt.Errorf("program %s: no outputs and no updates: nothing to compile", s.Name)
	}
	dt, err := dtypeOf(roots)
	if err != nil {
		return nil, fmt.Errorf("program %s: %w", s.Name, err)
	}
	l := &lowerer{Builder: ir.NewBuilder(s.Name, dt), dt: dt, ids: map[*gorgonia.Node]ir.ID{}}
	leaf := map[*gorgonia.Node]string{}
	for _, n := range slices.Concat(s.Inputs, s.Params) {
		leaf[n] = n.Name()
	}
	if err := checkNames(s); err != nil {
		return nil, err
	}
	for _, r := range roots {
		if err := l.visit(r, leaf); err != nil {
			return nil, fmt.Errorf("program %s: %w", s.Name, err)
		}
	}
	outputs := make([]ir.ID, len(s.Outputs))
	for i, n := range s.Outputs {
		outputs[i] = l.ids[n]
	}
	updates := make([]ir.Update, len(s.Updates))
	for i, u := range s.Updates {
		updates[i] = ir.Update{Into: l.ids[u.Param], Value: l.ids[u.Value]}
	}
	p, err = l.Done(outputs, updates...)
	if err != nil {
		return nil, fmt.Errorf("program %s: %w", s.Name, err)
	}
	return p, nil
}

// checkNames: the store finds leaves by name, so no two may share one.
func checkNames(s Spec) error {
	seen := map[string]*gorgonia.Node{}
	for _, n := range slices.Concat(s.Inputs, s.Params) {
		if other, ok := seen[n.Name()]; ok && other != n {
			return fmt.Errorf("program %s: two inputs or parameters are named %q: give each its own name with gorgonia.WithName", s.Name, n.Name())
		}
		seen[n.Name()] = n
	}
	return nil
}

// visit lowers a node after its children. It keeps its own stack: graphs can be deeper than a goroutine's should be.
func (l *lowerer) visit(root *gorgonia.Node, leaf map[*gorgonia.Node]string) error {
	stack := []*gorgonia.Node{root}
	for len(stack) > 0 {
		n := stack[len(stack)-1]
		if _, done := l.ids[n]; done {
			stack = stack[:len(stack)-1]
			continue
		}
		children := childrenOf(n)
		ready := true
		for _, c := range slices.Backward(children) {
			if _, done := l.ids[c]; !done {
				stack = append(stack, c)
				ready = false
			}
		}
		if !ready {
			continue
		}
		stack = stack[:len(stack)-1]
		if err := l.add(n, children, leaf); err != nil {
			return err
		}
	}
	return nil
}

func (l *lowerer) add(n *gorgonia.Node, children []*gorgonia.Node, leaf map[*gorgonia.Node]string) error {
	if n.Op() != nil {
		if dt, err := dtypeOf(gorgonia.Nodes{n}); err != nil || dt != l.dt {
			return fmt.Errorf("node %v is of type %v in a program of %s", n.Name(), n.Type(), l.dt)
		}
		return l.lower(n, children)
	}
	if name, ok := leaf[n]; ok {
		return l.define(n, l.Input(name, shapeOf(n)...))
	}
	if n.Value() == nil {
		return fmt.Errorf("node %v %v has no value and is neither an input nor a parameter: list it in Spec.Inputs or bind a value with gorgonia.Let", n.Name(), n.Shape())
	}
	data, err := numbers(n.Value())
	if err != nil {
		return fmt.Errorf("node %v: %w", n.Name(), err)
	}
	return l.define(n, l.Const(data, shapeOf(n)...))
}

// childrenOf lists what a node's op reads, in order.
func childrenOf(n *gorgonia.Node) []*gorgonia.Node {
	if n.Op() == nil {
		return nil
	}
	var out []*gorgonia.Node
	for it := n.Graph().From(n.ID()); it.Next(); {
		out = append(out, it.Node().(*gorgonia.Node))
	}
	return out
}

// dtypeOf is the one float type of the nodes.
func dtypeOf(ns gorgonia.Nodes) (ir.DType, error) {
	var found ir.DType
	for i, n := range ns {
		var dt ir.DType
		switch n.Dtype() {
		case tensor.Float32:
			dt = ir.Float32
		case tensor.Float64:
			dt = ir.Float64
		default:
			return 0, fmt.Errorf("node %v is of type %v: programs compute in float32 or float64", n.Name(), n.Dtype())
		}
		if i > 0 && dt != found {
			return 0, fmt.Errorf("nodes %v and %v are of different types: a program computes in one", ns[0].Name(), n.Name())
		}
		found = dt
	}
	return found, nil
}

// Program is a compiled part of a graph. It is not safe for use from several goroutines at once; several programs are.
type Program struct {
	spec Spec
	unit *backend.Unit
	exec backend.Exec
	vars map[string]*Var
}

// Run computes the outputs and the updates from the inputs and parameters as they are now.
func (p *Program) Run() error { return p.exec.Run() }

// Exec is the program on its engine.
func (p *Program) Exec() backend.Exec { return p.exec }

// Var is the memory of an input or parameter, by its node's name; nil if the program reads none of that name.
func (p *Program) Var(name string) *Var { return p.vars[name] }

// Output is the memory of the i-th output, valid until the next run.
func (p *Program) Output(i int) backend.Buffer { return p.exec.Output(i) }

// OutputHost is the i-th output as a host slice, []float32 or []float64: the engine's memory itself where that is the
// host's, valid until the next run.
func (p *Program) OutputHost(i int) (any, error) {
	b := p.Output(i)
	if h := b.Host(); h != nil {
		return h, nil
	}
	q := p.unit.Program
	tmp := stage(q.DType, q.At(q.Outputs[i]).Shape.Size())
	return tmp, b.Read(tmp)
}

// Scalar is the i-th output's only element; NaN if the engine cannot read it.
func (p *Program) Scalar(i int) float64 {
	h, err := p.OutputHost(i)
	if err != nil {
		return math.NaN()
	}
	return scalarOf(h)
}

func scalarOf(host any) float64 {
	if s, ok := host.([]float32); ok {
		return float64(s[0])
	}
	return host.([]float64)[0]
}

// Close frees the program's memory; its variables stay with the store.
func (p *Program) Close() { p.exec.Close() }
