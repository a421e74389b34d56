package graph

import (
	"maps"

	"gorgonia.org/gorgonia"
)

// unasked finds the nodes that need no value unless they are named: what gorgonia.Grad added for its own use, neither a derivative of a
// node nor anything that a differentiated value is computed from, and what a convolution has inside, with the derivatives by that.
func unasked(g *gorgonia.ExprGraph) map[*gorgonia.Node]bool {
	result := gradientNodes(g)
	inside := insideConvolutions(g, result)
	for _, n := range g.AllNodes() {
		if d := n.Deriv(); d != nil && !inside[n] {
			delete(result, d)
		}
	}
	maps.Copy(result, inside)
	return result
}

// gradientNodes finds the nodes that gorgonia.Grad added. It leaves no public mark on them, but it numbers them in a row; what a user
// adds before or after is outside that range.
func gradientNodes(g *gorgonia.ExprGraph) map[*gorgonia.Node]bool {
	first, last := int64(-1), int64(-1)
	forward := map[*gorgonia.Node]bool{}
	for _, n := range g.AllNodes() {
		d := n.Deriv()
		if d == nil {
			continue
		}
		markInputs(n, forward)
		if d.Op() == nil || isConstant(d) { // given, or one for many
			continue
		}
		if first < 0 || d.ID() < first {
			first = d.ID()
		}
		last = max(last, d.ID())
	}
	added := map[*gorgonia.Node]bool{}
	for _, n := range g.AllNodes() {
		if n.Op() != nil && first >= 0 && n.ID() >= first && n.ID() <= last && !forward[n] {
			added[n] = true
		}
	}
	return added
}

// markInputs marks a node and everything that it is computed from.
func markInputs(n *gorgonia.Node, seen map[*gorgonia.Node]bool) {
	stack := []*gorgonia.Node{n}
	for len(stack) > 0 {
		n, stack = stack[len(stack)-1], stack[:len(stack)-1]
		if seen[n] {
			continue
		}
		seen[n] = true
		stack = append(stack, childrenOf(n)...)
	}
}
