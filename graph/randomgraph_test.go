package graph

import (
	"fmt"
	"math/rand/v2"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// randomGraph grows an expression of a given number of nodes over a few inputs, and its gradients. Values are kept
// moderate (every product passes through tanh now and then), so that two right ways of computing agree. Ops are in evaluation mode.
type randomGraph struct {
	r      *rand.Rand
	g      *gorgonia.ExprGraph
	dt     tensor.Dtype
	leaves gorgonia.Nodes // that gradients may be taken for
	pool   gorgonia.Nodes
	still  gorgonia.Nodes // computed from other leaves, for ops whose derivative Gorgonia has wrong
	total  *gorgonia.Node // the cost
	extras gorgonia.Nodes // truths, numbers of other types: compared, and no part of the cost
}

// wide tells whether the graph of a seed is wider than the blocks of a product.
func wide(seed uint64) bool { return seed%1000 == 500 }

// newRandomGraph returns the graph with its cost and the leaves that gradients were taken for.
func newRandomGraph(seed uint64, dt tensor.Dtype) (rg *randomGraph, cost *gorgonia.Node, err error) {
	defer func() { // some shapes make Gorgonia panic while it builds
		if p := recover(); p != nil {
			err = fmt.Errorf("gorgonia: %v", p)
		}
	}()
	r := rand.New(rand.NewPCG(seed, 7))
	rg = &randomGraph{r: r, g: gorgonia.NewGraph(), dt: dt}
	want := 5 + r.IntN(56)
	if wide(seed) {
		want = 20
		rows, inner, cols := 2+r.IntN(20), 1025+r.IntN(80), 513+r.IntN(90)
		rg.leaf("wide", rows, inner)
		rg.leaf("wider", inner, cols)
	} else {
		for i := range 2 + r.IntN(3) {
			rg.leaf(fmt.Sprintf("in%d", i), 1+r.IntN(5), 1+r.IntN(5))
		}
		rg.leaf("v", 1+r.IntN(5))
		rg.leaf("image", 1+r.IntN(2), 1+r.IntN(3), 3+r.IntN(4), 3+r.IntN(4))
		rg.still = append(rg.still, rg.input("still", 1+r.IntN(5), 1+r.IntN(5)), rg.input("picture", 1+r.IntN(2), 1+r.IntN(3), 1+r.IntN(4), 2+r.IntN(3)))
	}
	for tries := 0; len(rg.g.AllNodes()) < want && tries < 10*want; tries++ {
		n, err := randomOps[r.IntN(len(randomOps))](rg)
		if err != nil || n == nil {
			continue
		}
		if n.Dims() == 2 && r.IntN(3) == 0 {
			n = gorgonia.Must(gorgonia.Tanh(n))
		}
		rg.pool = append(rg.pool, n)
	}
	cost, err = rg.cost()
	if err != nil {
		return nil, nil, err
	}
	rg.total = cost
	_, err = gorgonia.Grad(cost, rg.wrt(cost)...)
	return rg, cost, err
}

// leaf is an input that gradients may be taken for.
func (rg *randomGraph) leaf(name string, shape ...int) *gorgonia.Node {
	n := rg.input(name, shape...)
	rg.leaves, rg.pool = append(rg.leaves, n), append(rg.pool, n)
	return n
}

func (rg *randomGraph) input(name string, shape ...int) *gorgonia.Node {
	v := tensor.New(tensor.WithShape(shape...), tensor.WithBacking(rg.numbers(tensor.Shape(shape).TotalSize(), rg.r.NormFloat64)))
	return gorgonia.NewTensor(rg.g, rg.dt, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name), gorgonia.WithValue(v))
}

// numbers are the same in both types.
func (rg *randomGraph) numbers(n int, draw func() float64) any {
	double, single := make([]float64, n), make([]float32, n)
	for i := range double {
		single[i] = float32(draw())
		double[i] = float64(single[i])
	}
	if rg.dt == tensor.Float32 {
		return single
	}
	return double
}

// pick is a random node of so many dimensions, or nil.
func (rg *randomGraph) pick(dims int) *gorgonia.Node { return rg.pickFrom(rg.pool, dims) }

func (rg *randomGraph) pickFrom(pool gorgonia.Nodes, dims int) *gorgonia.Node {
	for range 8 {
		if len(pool) == 0 {
			return nil
		}
		if n := pool[rg.r.IntN(len(pool))]; n.Dims() == dims && !n.IsScalar() {
			return n
		}
	}
	return nil
}

// like is a node of the same shape as n, possibly n itself.
func (rg *randomGraph) like(n *gorgonia.Node) *gorgonia.Node {
	for range 8 {
		if m := rg.pool[rg.r.IntN(len(rg.pool))]; m.Shape().Eq(n.Shape()) && m.IsScalar() == n.IsScalar() {
			return m
		}
	}
	return n
}

// cost adds the means of all that nobody reads.
func (rg *randomGraph) cost() (*gorgonia.Node, error) {
	read := map[*gorgonia.Node]bool{}
	for _, n := range rg.g.AllNodes() {
		for _, c := range childrenOf(n) {
			read[c] = true
		}
	}
	apart := map[*gorgonia.Node]bool{}
	for _, n := range append(rg.still, rg.extras...) {
		apart[n] = true
	}
	var cost *gorgonia.Node
	for _, n := range rg.g.AllNodes() {
		if n.Op() == nil || isConstant(n) || read[n] || apart[n] || n.Dtype() != rg.dt {
			continue
		}
		s, err := gorgonia.Mean(n)
		if err == nil && cost != nil {
			s, err = gorgonia.Add(cost, s)
		}
		if err != nil {
			return nil, err
		}
		cost = s
	}
	if cost == nil {
		return nil, fmt.Errorf("nothing was built")
	}
	return cost, nil
}

// wrt lists the leaves that the cost depends on.
func (rg *randomGraph) wrt(cost *gorgonia.Node) gorgonia.Nodes {
	reach := map[*gorgonia.Node]bool{}
	markInputs(cost, reach)
	var out gorgonia.Nodes
	for _, l := range rg.leaves {
		if reach[l] {
			out = append(out, l)
		}
	}
	return out
}
