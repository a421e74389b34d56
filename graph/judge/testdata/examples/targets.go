package gorgonia

import "fmt"

// Targets are the values that Read has written, by what was read.
func Targets(g *ExprGraph) map[string]Value {
	targets := map[string]Value{}
	for _, n := range g.AllNodes() {
		if op, ok := n.op.(readOp); ok {
			targets[fmt.Sprintf("read of node %d", n.children[0].id)] = *op.into
		}
	}
	return targets
}
