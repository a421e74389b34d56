package ir

import (
	"errors"
	"fmt"
	"slices"
)

// Dims are the sizes of a matrix product: the result is m x n, the sum runs over k.
func (p *Program) Dims(in *Instr) (m, n, k int) {
	m, k = in.Shape[0], p.At(in.Args[0]).Shape[1]
	if in.TransA {
		k = p.At(in.Args[0]).Shape[0]
	}
	return m, in.Shape[1], k
}

func matmulShape(c *call) (Shape, error) {
	want := 2
	switch {
	case c.Acc && c.Bias:
		return nil, errors.New("matmul: a bias or what to add to, not both")
	case c.Acc:
		want = 4
	case c.Bias:
		want = 3
	}
	if len(c.Args) != want {
		return nil, fmt.Errorf("matmul takes %d arguments here, not %d", want, len(c.Args))
	}
	if c.Act != None && (!c.Act.Elementwise() || c.Act.Arity() != 1) {
		return nil, fmt.Errorf("matmul: %s is no activation: those are the element-wise ops of one argument", c.Act)
	}
	a, b := c.shapes[0], c.shapes[1]
	if len(a) != 2 || len(b) != 2 {
		return nil, fmt.Errorf("matmul: %v and %v are not both matrices", a, b)
	}
	m, k := transposed(a, c.TransA)
	kb, n := transposed(b, c.TransB)
	if k != kb {
		return nil, fmt.Errorf("matmul: inner sizes of %v and %v differ (%d and %d)", a, b, k, kb)
	}
	if c.Bias && c.shapes[2].Size() != n {
		return nil, fmt.Errorf("matmul: a bias of shape %v for %d columns", c.shapes[2], n)
	}
	if c.Acc && (c.shapes[2].Size() != m*n || c.shapes[3].Size() != 1) {
		return nil, fmt.Errorf("matmul: cannot add %v·AB to %v", c.shapes[3], c.shapes[2])
	}
	return Shape{m, n}, nil
}

func transposed(s Shape, t bool) (rows, cols int) {
	if t {
		return s[1], s[0]
	}
	return s[0], s[1]
}

func matmulEval(c *call, out []float64) {
	m, n := c.Shape[0], c.Shape[1]
	_, k := transposed(c.shapes[0], c.TransA)
	ai, ak := k, 1
	if c.TransA {
		ai, ak = 1, m
	}
	bk, bj := n, 1
	if c.TransB {
		bk, bj = 1, k
	}
	for i := range m {
		for j := range n {
			sum := 0.0
			for l := range k {
				sum += c.args[0][i*ai+l*ak] * c.args[1][l*bk+j*bj]
			}
			switch {
			case c.Acc:
				sum = c.args[2][i*n+j] + c.args[3][0]*sum
			case c.Bias:
				sum += c.args[2][j]
			}
			if c.Act != None {
				sum = c.Act.Scalar(sum, sum)
			}
			out[i*n+j] = sum
		}
	}
}

// matmulLocal: a row of the product needs that row of A and of what is added to, and the whole of B.
func matmulLocal(c *call, arg int) bool {
	return arg == 0 && !c.TransA || arg == 2 && c.Acc
}

func matmulFlops(c *call) int {
	_, k := transposed(c.shapes[0], c.TransA)
	return 2 * k * c.Shape.Size()
}

func firstSize(c *call) int { return c.shapes[0].Size() }

func reduceShape(c *call) (Shape, error) {
	if !slices.IsSorted(c.Axes) || len(slices.Compact(slices.Clone(c.Axes))) != len(c.Axes) {
		return nil, fmt.Errorf("%s: axes %v are not ascending", c.Op, c.Axes)
	}
	for _, a := range c.Axes {
		if a < 0 || a >= len(c.shapes[0]) {
			return nil, fmt.Errorf("%s: %v has no axis %d", c.Op, c.shapes[0], a)
		}
	}
	return c.shapes[0].Without(c.Axes), nil
}

func reduceEval(zero float64, f func(a, b float64) float64) func(*call, []float64) {
	return func(c *call, out []float64) {
		for i := range out {
			out[i] = zero
		}
		into := ReduceView(c.shapes[0], c.Axes)
		into.Each(c.shapes[0], func(i, dst int) { out[dst] = f(out[dst], c.args[0][i]) })
	}
}

// ReduceView says, for each element of a tensor of shape s, which element of its reduction over axes it goes to.
func ReduceView(s Shape, axes []int) View {
	kept := s.Without(axes).Strides()
	v := View{Strides: make([]int, len(s))}
	for d := range s {
		if !slices.Contains(axes, d) {
			v.Strides[d] = kept[0]
			kept = kept[1:]
		}
	}
	return v
}

func reduceLocal(c *call, _ int) bool {
	return len(c.shapes[0]) > 1 && len(c.Axes) > 0 && c.Axes[0] != 0
}
