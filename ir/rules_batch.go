package ir

import "fmt"

// batchMatMulRow: the first axis of both arguments counts the matrices.
var batchMatMulRow = row{
	name: "batchmatmul", doc: "A·B of each of a batch of matrices", arity: 2,
	shape: batchMatMulShape, eval: batchMatMulEval, local: func(*call, int) bool { return true }, flops: batchMatMulFlops,
	print: printBatchMatMul, expand: expandBatchMatMul,
}

// one is the product of the first matrices.
func (c *call) one() *call {
	in := &Instr{Op: MatMul, Args: c.Args, TransA: c.TransA, TransB: c.TransB}
	if len(c.Shape) == 3 {
		in.Shape = c.Shape[1:]
	}
	return &call{Instr: in, shapes: []Shape{c.shapes[0][1:], c.shapes[1][1:]}}
}

func batchMatMulShape(c *call) (Shape, error) {
	a, b := c.shapes[0], c.shapes[1]
	if len(a) != 3 || len(b) != 3 || a[0] != b[0] {
		return nil, fmt.Errorf("batchmatmul: %v and %v are not as many matrices", a, b)
	}
	s, err := matmulShape(c.one())
	if err != nil {
		return nil, fmt.Errorf("batchmatmul: %w", err)
	}
	return append(Shape{a[0]}, s...), nil
}

func batchMatMulEval(c *call, out []float64) {
	one := c.one()
	m, n, l := one.shapes[0].Size(), one.shapes[1].Size(), one.Shape.Size()
	for i := range c.Shape[0] {
		one.args = [][]float64{c.args[0][i*m:], c.args[1][i*n:]}
		matmulEval(one, out[i*l:(i+1)*l])
	}
}

func batchMatMulFlops(c *call) int { return c.Shape[0] * matmulFlops(c.one()) }

func printBatchMatMul(in *Instr, args []string, steps map[int]string) []string {
	return append([]string{"batch"}, printMatMul(in, args, steps)...)
}

// expandBatchMatMul: the products one by one.
func expandBatchMatMul(q *Program, in Instr) (ID, bool) {
	var products []ID
	for i := range in.Shape[0] {
		mm := Instr{Op: MatMul, TransA: in.TransA, TransB: in.TransB, Shape: in.Shape[1:]}
		for _, a := range in.Args {
			s := q.At(a).Shape[1:]
			mm.Args = append(mm.Args, q.read(a, View{Offset: i * s.Size(), Strides: s.Strides()}, s))
		}
		products = append(products, q.reshape(q.emit(mm), append(Shape{1}, mm.Shape...)))
	}
	if len(products) == 0 {
		return 0, false
	}
	return q.emit(Instr{Op: Concat, Args: products, Axes: []int{0}, Shape: in.Shape}), true
}
