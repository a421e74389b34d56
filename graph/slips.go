package graph

import (
	"strings"

	"github.com/stheno/stheno/ir"

	"gorgonia.org/gorgonia"
)

// Some derivatives are wrong in the graph that gorgonia.Grad builds. Each is known here by the nodes that Grad makes for it, which
// read the derivative of the node that they differentiate, and is computed right instead.
//
//	Log2(x)          g/(x/ln 2)              is  g/(x·ln 2)
//	InverseSqrt(x)   −g/(2·y³)               is  −g·y³/2, with y = x^(−1/2)
//	OuterProd(x, y)  dx = xᵀG, dy = yᵀG      is  dx = G·y, dy = xᵀG

// mended is the right value of a node that is such a slip.
func (l *lowerer) mended(n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
	c := childrenOf(n)
	if len(c) != 2 || c[0].Op() == nil && c[1].Op() == nil {
		return 0, false
	}
	for _, mend := range mends {
		if id, ok := mend(l, c[0], c[1], n.Op().String(), args); ok {
			return id, true
		}
	}
	return 0, false
}

// mends have the children of the node, what its op prints, and the children's values.
var mends = []func(l *lowerer, a, b *gorgonia.Node, op string, args []ir.ID) (ir.ID, bool){mendLog2, mendInverseSqrt, mendOuterProduct}

func mendLog2(l *lowerer, g, d *gorgonia.Node, op string, args []ir.ID) (ir.ID, bool) {
	if !isDivision(op) || d.Op() == nil || !isDivision(d.Op().String()) {
		return 0, false
	}
	x := childrenOf(d)[0]
	if l.derived(g, "log2", x) == nil {
		return 0, false
	}
	return l.Op(ir.Div, args[0], l.reshaped(l.Op(ir.Mul, l.ids[x], l.ids[childrenOf(d)[1]]), l.Shape(args[0]))), true
}

func mendInverseSqrt(l *lowerer, g, d *gorgonia.Node, op string, args []ir.ID) (ir.ID, bool) {
	if !isDivision(op) || d.Op() == nil || !strings.HasPrefix(d.Op().String(), "⊙") {
		return 0, false
	}
	cube := childrenOf(d)[1]
	if cube.Op() == nil || cube.Op().String() != "cube" {
		return 0, false
	}
	y := childrenOf(cube)[0]
	if y.Deriv() != g || y.Op() == nil || y.Op().String() != "invSqrt" {
		return 0, false
	}
	return l.Op(ir.Mul, args[0], l.reshaped(l.Op(ir.Mul, l.ids[cube], l.Scalar(0.5)), l.Shape(args[0]))), true
}

func isDivision(op string) bool { return strings.HasPrefix(op, "÷") }

// mendOuterProduct: Grad makes Mul(x, G) for dx and Mul(y, G) for dy, each a product of Gᵀ with a vector. Where x and y are one node
// these are one node, too, of which Grad adds two.
func mendOuterProduct(l *lowerer, g, v *gorgonia.Node, op string, args []ir.ID) (ir.ID, bool) {
	if op != "Aᵀ × b" {
		return 0, false
	}
	z := l.derived(g, "⊗", v)
	if z == nil {
		return 0, false
	}
	x, y := childrenOf(z)[0], childrenOf(z)[1]
	byX := func() ir.ID { return l.product(args[0], false, l.ids[y]) } // the derivative with respect to x
	byY := func() ir.ID { return l.product(args[0], true, l.ids[x]) }
	switch {
	case x == y:
		return l.Op(ir.Mul, l.Op(ir.Add, byX(), byY()), l.Scalar(0.5)), true
	case v == x:
		return byX(), true
	}
	return byY(), true
}

// product is a matrix, or its transpose, by a vector.
func (l *lowerer) product(m ir.ID, transposed bool, v ir.ID) ir.ID {
	p := l.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{m, l.Reshape(v, l.Shape(v).Size(), 1)}, TransA: transposed})
	return l.Reshape(p, l.Shape(p).Size())
}

// derived is the node of an op on x whose derivative g is, nil where there is none.
func (l *lowerer) derived(g *gorgonia.Node, op string, x *gorgonia.Node) *gorgonia.Node {
	for _, n := range l.order.derivedBy(g) {
		c := childrenOf(n)
		if strings.Contains(n.Op().String(), op) && (c[0] == x || c[len(c)-1] == x) {
			return n
		}
	}
	return nil
}
