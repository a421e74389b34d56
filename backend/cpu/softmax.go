package cpu

import (
	"math"

	"github.com/stheno/stheno/blas/native"
	"github.com/stheno/stheno/ir"
)

// rowsOf describes an op on rows of classes: each of `per` consecutive rows belongs to one row of the leading
// dimension. A vector is one row.
func rowsOf(s ir.Shape) (classes, per int) {
	classes = s[len(s)-1]
	if len(s) == 1 {
		return classes, 1
	}
	return classes, s[1 : len(s)-1].Size()
}

// rowExp brings exp(x − largest x) of each row into scratch. Rows are exponentiated many at a time: a row is often
// as short as ten.
type rowExp[T float] struct {
	classes int
	many    int // rows at a time
	exp     func(dst, a, b []T)
	scratch func(worker int) []T // for many rows, and the largest number of each
}

func (c *compiler[T]) rowExp(classes int) rowExp[T] {
	many := c.rowsAtOnce(classes)
	return rowExp[T]{classes, many, vector[T](ir.Exp), c.scratch(many * (classes + 1))}
}

// rowsAtOnce is how many rows of classes make a block.
func (c *compiler[T]) rowsAtOnce(classes int) int {
	return max(1, c.engine.plan.block/max(1, classes))
}

// each calls use for every row of x, with the exponentials, the largest x and the sum of the exponentials.
func (r *rowExp[T]) each(worker int, x []T, use func(row int, e []T, top, sum T)) {
	if r.classes == 0 {
		return
	}
	e := r.scratch(worker)
	tops := e[r.many*r.classes:]
	for row := 0; row*r.classes < len(x); row += r.many {
		n := min(r.many, len(x)/r.classes-row)
		part := e[:n*r.classes]
		for k := range n {
			xr, er := x[(row+k)*r.classes:][:r.classes], part[k*r.classes:][:r.classes]
			tops[k] = top(xr)
			for j, v := range xr {
				er[j] = v - tops[k]
			}
		}
		r.exp(part, part, part)
		for k := range n {
			er := part[k*r.classes:][:r.classes]
			use(row+k, er, tops[k], sum(er))
		}
	}
}

// softmaxRows is the softmax of rows that follow each other.
func softmaxRows[T float]() func(dst, x []T, classes int) {
	var f any = native.Dsoftmax
	if _, ok := any(*new(T)).(float32); ok {
		f = native.Ssoftmax
	}
	return f.(func(dst, x []T, classes int))
}

// softmaxKernel is native's softmax, or its logarithm, whose error is at most 2 ulp and, for what the sum lost, 4 + classes/8
// units of rounding of 1.
func softmaxKernel[T float](c *compiler[T], in *ir.Instr, out []T) kernel {
	x := c.mem[in.Args[0]]
	classes, per := rowsOf(in.Shape)
	n := per * classes // elements of a row of the leading dimension
	if !in.Log {
		softmax := softmaxRows[T]()
		return func(_, lo, hi int) {
			if n > 0 {
				softmax(out[lo*n:hi*n], x[lo*n:hi*n], classes)
			}
		}
	}
	rows := c.rowExp(classes)
	return func(worker, lo, hi int) {
		xs, ys := x[lo*n:hi*n], out[lo*n:hi*n]
		rows.each(worker, xs, func(row int, _ []T, top, sum T) {
			y, log := ys[row*classes:][:classes], T(math.Log(float64(sum))) // not added to top: a large top would swallow it
			for j, v := range xs[row*classes:][:classes] {
				y[j] = v - top - log
			}
		})
	}
}

func logLikelihoodKernel[T float](c *compiler[T], in *ir.Instr, out []T) kernel {
	x, t := c.mem[in.Args[0]], c.mem[in.Args[1]]
	classes, per := rowsOf(c.p.At(in.Args[0]).Shape)
	rows := c.rowExp(classes)
	return func(worker, lo, hi int) {
		xs, ts := x[lo*per*classes:hi*per*classes], t[lo*per*classes:hi*per*classes]
		ys := out[lo*per : hi*per]
		clear(ys)
		rows.each(worker, xs, func(row int, _ []T, top, sum T) {
			log := T(math.Log(float64(sum)))
			xr, total := xs[row*classes:][:classes], T(0)
			for j, v := range ts[row*classes:][:classes] {
				if v != 0 {
					total += v * (xr[j] - top - log)
				}
			}
			ys[row] = total
		})
	}
}

func logLikelihoodGradKernel[T float](c *compiler[T], in *ir.Instr, out []T) kernel {
	x, t, scale := c.mem[in.Args[0]], c.mem[in.Args[1]], c.mem[in.Args[2]]
	classes, per := rowsOf(in.Shape)
	softmax := softmaxRows[T]()
	many := c.rowsAtOnce(classes)
	scratch := c.scratch(many * classes)
	return func(worker, lo, hi int) {
		s := scale[0]
		for row, end := lo*per, hi*per; row < end && classes > 0; row += many {
			from, to := row*classes, min(row+many, end)*classes
			p, ts, ys := scratch(worker)[:to-from], t[from:to], out[from:to]
			softmax(p, x[from:to], classes)
			for len(p) > 0 {
				y, tr, pr := ys[:classes], ts[:classes], p[:classes]
				total := sum(tr)
				for j, v := range pr {
					y[j] = s * (tr[j] - v*total)
				}
				p, ts, ys = p[classes:], ts[classes:], ys[classes:]
			}
		}
	}
}
