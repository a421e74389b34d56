package graph

import "gorgonia.org/gorgonia"

// insideConvolutions finds the nodes that gorgonia.Conv2d makes between its arguments and its result, where nothing but a gradient reads
// them: the patches and the flattened weights, which a compiled convolution never makes, and their product.
func insideConvolutions(g *gorgonia.ExprGraph, gradient map[*gorgonia.Node]bool) map[*gorgonia.Node]bool {
	readers := map[*gorgonia.Node]gorgonia.Nodes{}
	for _, n := range g.AllNodes() {
		if n.Op() == nil || gradient[n] {
			continue
		}
		for _, c := range childrenOf(n) {
			readers[c] = append(readers[c], n)
		}
	}
	only := func(n *gorgonia.Node) bool { return len(readers[n]) == 1 }
	inside := map[*gorgonia.Node]bool{}
	for _, patches := range g.AllNodes() {
		if patches.Op() == nil || opType(patches.Op()) != "im2colOp" {
			continue
		}
		path := gorgonia.Nodes{patches}
		for _, reader := range []string{"reshapeOp", "linAlgBinOp", "reshapeOp", "transposeOp"} {
			last := path[len(path)-1]
			if !only(last) || opType(readers[last][0].Op()) != reader {
				path = nil
				break
			}
			path = append(path, readers[last][0])
		}
		if path == nil {
			continue
		}
		for _, n := range path[:4] {
			inside[n] = true
		}
		if weights := childrenOf(path[2])[1]; only(weights) && weights.Op() != nil && opType(weights.Op()) == "reshapeOp" {
			inside[weights] = true
		}
	}
	return inside
}
