package graph

import "gorgonia.org/gorgonia"

// gradientNodes finds the nodes that gorgonia.Grad added for its own use: neither a derivative of a node, nor
// anything that a differentiated value is computed from. Grad leaves no public mark on them, but it numbers them in a
// row; what a user adds before or after is outside that range.
func gradientNodes(g *gorgonia.ExprGraph) map[*gorgonia.Node]bool {
	first, last := int64(-1), int64(-1)
	result := map[*gorgonia.Node]bool{}
	forward := map[*gorgonia.Node]bool{}
	for _, n := range g.AllNodes() {
		d := n.Deriv()
		if d == nil {
			continue
		}
		markInputs(n, forward)
		result[d] = true
		if d.Op() == nil || isConstant(d) { // given, or one for many
			continue
		}
		if first < 0 || d.ID() < first {
			first = d.ID()
		}
		last = max(last, d.ID())
	}
	internal := map[*gorgonia.Node]bool{}
	for _, n := range g.AllNodes() {
		if n.Op() != nil && first >= 0 && n.ID() >= first && n.ID() <= last && !forward[n] && !result[n] {
			internal[n] = true
		}
	}
	return internal
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
