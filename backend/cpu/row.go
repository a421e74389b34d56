package cpu

import (
	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/blas/native"
	"github.com/stheno/stheno/ir"
)

// oneRow is a product of one row, such as a single sample, by a matrix that the program does not change. It leaves out the rows of the
// matrix that meet a zero, which changes no bit of the result as long as these are all numbers. That is seen once the matrix has stayed
// the same from one run to the next: to look at it costs as much as a product.
type oneRow[T float] struct {
	watch[T]
	x, b  []T
	n     int
	parts []int8 // by number of part: not seen, finite, not finite
}

const (
	unseen = iota
	finite
	infinite
)

// findRows finds such products.
func (c *compiler[T]) findRows(bind map[string]backend.Buffer) {
	c.oneRows = map[*ir.Instr]*oneRow[T]{}
	if !c.engine.native || !c.engine.skipZeros {
		return
	}
	for i := range c.p.Instrs {
		in := c.p.At(ir.ID(i))
		if in.Op != ir.MatMul || in.TransB || in.Acc || !c.constant(in.Args[1]) {
			continue
		}
		if m, n, k := c.p.Dims(in); m == 1 && n > 0 && k >= c.engine.plan.minSparseCols {
			input := bind[c.p.At(in.Args[1]).Name].(*buffer[T])
			r := &oneRow[T]{watch: newWatch(input), x: c.mem[in.Args[0]], b: c.mem[in.Args[1]], n: n, parts: make([]int8, n/c.engine.plan.columns+1)}
			c.oneRows[in], c.exec.rows = r, append(c.exec.rows, r)
		}
	}
}

// begin sees whether the matrix is still what was looked at.
func (r *oneRow[T]) begin() {
	if r.watch.begin(); !r.fresh {
		clear(r.parts)
	}
}

// mul computes columns from to to, the part of a number; false where that is for the dense product.
func (r *oneRow[T]) mul(part, from, to int, out []T) bool {
	if !r.fresh {
		return false
	}
	b := r.b[min(from, len(r.b)):]
	if r.parts[part] == unseen {
		r.parts[part] = infinite
		if native.Finite(b, r.n, len(r.x), to-from) {
			r.parts[part] = finite
		}
	}
	if r.parts[part] == infinite {
		return false
	}
	native.MulRow(r.x, b, r.n, to-from, out)
	return true
}
