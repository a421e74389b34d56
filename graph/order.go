package graph

import (
	"reflect"
	"slices"

	"gorgonia.org/gorgonia"
)

// order says what must be computed before what: children, and owners.
type order struct {
	byOp    map[uintptr]*gorgonia.Node        // nodes of the graph by their op's address
	byDeriv map[*gorgonia.Node]gorgonia.Nodes // nodes of the graph by their derivative
}

// reachable lists all that the nodes wait for, and themselves, each after what it waits for. It keeps its own stack: graphs can
// be deeper than a goroutine's should be.
func (o *order) reachable(roots gorgonia.Nodes) gorgonia.Nodes {
	var out gorgonia.Nodes
	done := map[*gorgonia.Node]bool{}
	for _, root := range roots {
		stack := gorgonia.Nodes{root}
		for len(stack) > 0 {
			n, waits := stack[len(stack)-1], false
			if !done[n] {
				for _, c := range slices.Backward(o.before(n)) {
					if !done[c] {
						stack, waits = append(stack, c), true
					}
				}
			}
			if waits {
				continue
			}
			stack = stack[:len(stack)-1]
			if !done[n] {
				done[n], out = true, append(out, n)
			}
		}
	}
	return out
}

func (o *order) before(n *gorgonia.Node) gorgonia.Nodes {
	if first := o.owner(n); first != nil {
		return append(slices.Clone(childrenOf(n)), first)
	}
	return childrenOf(n)
}

// owner is the node whose op this node's op was made from and shares its memory with, nil where there is none: the derivative of
// a group normalisation reads the means that the forward op has found.
func (o *order) owner(n *gorgonia.Node) *gorgonia.Node {
	if n.Op() == nil {
		return nil
	}
	v := reflect.Indirect(reflect.ValueOf(n.Op()))
	if v.Kind() != reflect.Struct || v.NumField() == 0 || !v.Type().Field(0).Anonymous || v.Field(0).Kind() != reflect.Pointer {
		return nil
	}
	if o.byOp == nil {
		o.byOp = map[uintptr]*gorgonia.Node{}
		for _, m := range n.Graph().AllNodes() {
			if op := reflect.ValueOf(m.Op()); op.Kind() == reflect.Pointer {
				o.byOp[op.Pointer()] = m
			}
		}
	}
	if first := o.byOp[v.Field(0).Pointer()]; first != n {
		return first
	}
	return nil
}

// derivedBy are the nodes whose derivative g is.
func (o *order) derivedBy(g *gorgonia.Node) gorgonia.Nodes {
	if o.byDeriv == nil {
		o.byDeriv = map[*gorgonia.Node]gorgonia.Nodes{}
		for _, m := range g.Graph().AllNodes() {
			if d := m.Deriv(); d != nil && m.Op() != nil {
				o.byDeriv[d] = append(o.byDeriv[d], m)
			}
		}
	}
	return o.byDeriv[g]
}
