package graph

import (
	"fmt"
	"slices"

	"github.com/stheno/stheno/ir"

	"gorgonia.org/gorgonia"
)

// Spec says what to compile of a graph. Nodes are known by identity; names are for people, and for parameters, which the
// programs of a store share by name, also when they were built as different graphs.
type Spec struct {
	Name    string         // for people
	Inputs  gorgonia.Nodes // leaves that are set before a run
	Params  gorgonia.Nodes // leaves that live on in the store, each with a name of its own, and are shared by its programs
	Outputs gorgonia.Nodes // values that can be read after a run
	Updates []Update       // new values of parameters, written in place at the end of a run
	// Eval compiles for evaluation: Dropout passes its input on, BatchNorm uses the running statistics of the store.
	// Without it each op is in the mode that its SetTraining was given last, which is training for a new one.
	Eval bool
	Seed uint64 // of what Dropout drops, where the store has no generator yet; 48 bits of it count

	asTape bool // for a Machine: mistakes that Gorgonia has a way with are none
}

// Update says that a run ends by giving Param the value of Value, which is of the same shape.
type Update struct{ Param, Value *gorgonia.Node }

// lowered is a program with what it does not hold itself.
type lowered struct {
	*ir.Program
	names map[*gorgonia.Node]string // of its inputs: leaves, which two nodes may call the same
	boxes map[*gorgonia.Node]*box
	calls map[*gorgonia.Node]*hostCall
	norms []*norm
	draws bool // random numbers
}

// lowerSpec brings everything that the outputs and updates need into one program. Leaves that are neither inputs nor
// parameters are constants and must have a value.
func lowerSpec(s Spec) (out *lowered, err error) {
	defer func() { // Gorgonia panics on some malformed graphs
		if r := recover(); r != nil {
			out, err = nil, fmt.Errorf("program %s: Gorgonia failed on this graph: %v", s.Name, r)
		}
	}()
	if err = s.check(); err == nil {
		out, err = s.lower()
	}
	if err != nil {
		return nil, fmt.Errorf("program %s: %w", s.Name, err)
	}
	return out, nil
}

func (s *Spec) lower() (*lowered, error) {
	var roots gorgonia.Nodes
	for _, u := range s.Updates { // before their values, which may then lie where they lie
		roots = append(roots, u.Param)
	}
	roots = append(roots, s.Outputs...)
	for _, u := range s.Updates {
		roots = append(roots, u.Value)
	}
	order := &order{}
	nodes := order.reachable(roots)
	l := newLowerer(s, typeOf(nodes), order)
	for _, n := range nodes {
		if err := l.add(n); err != nil {
			return nil, err
		}
	}
	for _, n := range slices.Concat(s.Params, s.Inputs) {
		if !l.holds(n) && l.boxes[n] == nil { // of another type, and read by nobody
			l.boxes[n] = newBox(n)
		}
	}
	outputs := make([]ir.ID, len(s.Outputs))
	for i, n := range s.Outputs {
		outputs[i] = l.ordered(n)
	}
	updates := l.running()
	for _, u := range s.Updates {
		if l.boxes[u.Param] != nil || l.boxes[u.Value] != nil {
			return nil, fmt.Errorf("update of %v, of type %v: a program that computes in %v updates parameters of its own type only", u.Param.Name(), u.Param.Dtype(), l.dt)
		}
		updates = append(updates, ir.Update{Into: l.ids[u.Param], Value: l.ids[u.Value]})
	}
	p, err := l.Done(outputs, updates...)
	return &lowered{Program: p, names: l.leaf, boxes: l.boxes, calls: l.calls, norms: l.norms, draws: l.random != nil}, err
}

// check finds what is missing in the spec.
func (s *Spec) check() error {
	if len(s.Outputs)+len(s.Updates) == 0 {
		return fmt.Errorf("no outputs and no updates: nothing to compile")
	}
	params := map[string]*gorgonia.Node{}
	for i, n := range slices.Concat(s.Params, s.Inputs) { // a parameter is found by its name: nothing else may have it
		if other, ok := params[n.Name()]; ok && other != n {
			return fmt.Errorf("two inputs or parameters are named %q: give each its own name with gorgonia.WithName", n.Name())
		}
		if i < len(s.Params) {
			params[n.Name()] = n
		}
	}
	return nil
}
