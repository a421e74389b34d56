package graph

import (
	"fmt"
	"strings"
	"unsafe"

	"github.com/stheno/stheno/ir"

	"gorgonia.org/gorgonia"
)

// lowerer turns nodes into instructions.
type lowerer struct {
	*ir.Builder
	dt     ir.DType
	eval   bool
	asTape bool
	ids    map[*gorgonia.Node]ir.ID     // of values that the program holds, and tokens of others that it makes
	boxes  map[*gorgonia.Node]*box      // of values that it cannot hold
	leaf   map[*gorgonia.Node]string    // inputs and parameters, with their names in the program
	calls  map[*gorgonia.Node]*hostCall // ops that run on the host
	masks  map[unsafe.Pointer]ir.ID     // of dropouts, by op
	norms  []*norm                      // running statistics
	random *generator                   // nil where nothing is drawn
	order  *order
}

func newLowerer(s *Spec, dt ir.DType, o *order) *lowerer {
	l := &lowerer{
		Builder: ir.NewBuilder(s.Name, dt), dt: dt, eval: s.Eval, asTape: s.asTape,
		ids: map[*gorgonia.Node]ir.ID{}, boxes: map[*gorgonia.Node]*box{}, calls: map[*gorgonia.Node]*hostCall{}, leaf: map[*gorgonia.Node]string{}, masks: map[unsafe.Pointer]ir.ID{},
		order: o,
	}
	taken := map[string]bool{}
	for _, n := range s.Params {
		l.leaf[n], taken[n.Name()] = n.Name(), true
	}
	for _, n := range s.Inputs {
		if _, ok := l.leaf[n]; !ok {
			l.leaf[n] = uniqueName(n, taken)
		}
	}
	return l
}

// uniqueName is an input's name in the program: its own, with its number behind it where another has that name or it has none.
func uniqueName(n *gorgonia.Node, taken map[string]bool) string {
	name := n.Name()
	if n.Op() == nil && strings.HasPrefix(name, "%!s") { // what Gorgonia prints for no name
		name = "input"
		taken[name] = true
	}
	for taken[name] {
		name = fmt.Sprintf("%s#%d", name, n.ID())
	}
	taken[name] = true
	return name
}

// add lowers a node whose children have been added.
func (l *lowerer) add(n *gorgonia.Node) error {
	name, given := l.leaf[n]
	switch {
	case n.Op() == nil && !given && n.Value() == nil:
		return fmt.Errorf("node %v %v has no value and is neither an input nor a parameter: list it in Spec.Inputs or bind a value with gorgonia.Let", n.Name(), n.Shape())
	case !l.holds(n) && (n.Op() == nil || isConstant(n)):
		l.boxes[n] = newBox(n)
		return nil
	case n.Op() == nil && given:
		return l.define(n, l.Input(name, shapeOf(n)...))
	case n.Op() == nil:
		return l.constant(n)
	}
	return l.lower(n)
}

// holds tells whether values of the node's type are the program's own.
func (l *lowerer) holds(n *gorgonia.Node) bool { return n.Dtype() == dtypes[l.dt] }

// native tells whether the program holds the node's value and all that it is computed from.
func (l *lowerer) native(n *gorgonia.Node) bool {
	for _, c := range childrenOf(n) {
		if l.boxes[c] != nil {
			return false
		}
	}
	return l.holds(n)
}

func (l *lowerer) lower(n *gorgonia.Node) error {
	if rule, ok := rules[opType(n.Op())]; ok && l.native(n) {
		children := childrenOf(n)
		args := make([]ir.ID, len(children))
		for i, c := range children {
			args[i] = l.ids[c]
		}
		if id, ok := rule(l, n, args); ok && l.Err() == nil {
			return l.define(n, id)
		}
	}
	if l.Err() != nil {
		return l.define(n, 0)
	}
	id := l.host(n)
	if !l.holds(n) {
		l.ids[n] = id
		return nil
	}
	return l.define(n, id)
}

func (l *lowerer) constant(n *gorgonia.Node) error {
	data, err := numbers(n.Value())
	if err != nil {
		return fmt.Errorf("node %v: %w", n.Name(), err)
	}
	return l.define(n, l.Const(data, shapeOf(n)...))
}

// define checks that the instruction has the shape that Gorgonia gave to the node.
func (l *lowerer) define(n *gorgonia.Node, id ir.ID) error {
	if err := l.Err(); err != nil {
		return fmt.Errorf("node %v %v: %w", n.Name(), n.Shape(), err)
	}
	if want := shapeOf(n); !l.Shape(id).Eq(want) {
		if l.Shape(id).Size() != want.Size() {
			return fmt.Errorf("node %v: Gorgonia gives it the shape %v, its op makes %v", n.Name(), want, l.Shape(id))
		}
		id = l.Reshape(id, want...)
	}
	l.ids[n] = id
	return nil
}

// ordered is what an output needs in the program: its value, or the token of one that it does not hold.
func (l *lowerer) ordered(n *gorgonia.Node) ir.ID {
	if id, ok := l.ids[n]; ok {
		return id
	}
	return l.Scalar(0) // a box of a leaf waits for nothing
}

// isConstant tells whether a node is one of Gorgonia's constants.
func isConstant(n *gorgonia.Node) bool {
	t := opType(n.Op())
	return t == "constantScalar" || t == "constantTensor"
}
