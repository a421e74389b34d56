package cpu

import (
	"unsafe"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/blas/native"
	"github.com/stheno/stheno/ir"
)

// oneRow is a product of one row, such as a single sample, by a matrix that the program does not change. It leaves out the rows of the
// matrix that meet a zero, which changes no bit of the result as long as these are all numbers. That is seen once the matrix has stayed
// the same from one run to the next: to look at it costs as much as a product.
//
// Where rows of the matrix do not begin at cache lines, those of a copy do: fewer lines are then read.
type oneRow[T float] struct {
	watch[T]
	x, b  []T
	n     int
	lined numbers[T] // the copy; nil until it is made, and where there is none
	ld    int        // from row to row of what is read
	parts []int8     // by number of part: not seen, finite and lined up, not finite
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
			r := &oneRow[T]{watch: newWatch(input), x: c.mem[in.Args[0]], b: c.mem[in.Args[1]], n: n, ld: lines[T](n), parts: make([]int8, n/c.engine.plan.columns+1)}
			c.oneRows[in], c.exec.rows = r, append(c.exec.rows, r)
		}
	}
}

// lines is n rounded up to whole cache lines.
func lines[T float](n int) int {
	of := 64 / int(unsafe.Sizeof(T(0)))
	return (n + of - 1) / of * of
}

func (r *oneRow[T]) copies() bool { return r.ld != r.n }

// Bytes is the size of the copy, also before it is made: what a program is said to take does not grow.
func (r *oneRow[T]) Bytes() int {
	if !r.copies() {
		return 0
	}
	return len(r.x) * r.ld * int(unsafe.Sizeof(T(0)))
}

// begin sees whether the matrix is still what was looked at.
func (r *oneRow[T]) begin() {
	r.watch.begin()
	switch {
	case !r.fresh:
		clear(r.parts)
	case r.lined == nil && r.copies():
		r.lined = make(numbers[T], len(r.x)*r.ld)
	}
}

// mul computes columns from to to, the part of a number; false where that is for the dense product.
func (r *oneRow[T]) mul(part, from, to int, out []T) bool {
	if !r.fresh {
		return false
	}
	if r.parts[part] == unseen {
		r.parts[part] = r.see(from, to)
	}
	if r.parts[part] == infinite {
		return false
	}
	b := r.b
	if r.copies() {
		b = r.lined
	}
	native.MulRow(r.x, b[min(from, len(b)):], r.ld, to-from, out)
	return true
}

// see looks at some columns, and lines them up.
func (r *oneRow[T]) see(from, to int) int8 {
	b := r.b[min(from, len(r.b)):]
	if !native.Finite(b, r.n, len(r.x), to-from) {
		return infinite
	}
	if r.copies() {
		for i := range r.x {
			copy(r.lined[i*r.ld+from:][:to-from], b[i*r.n:])
		}
	}
	return finite
}
