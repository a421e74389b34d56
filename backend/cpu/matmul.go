package cpu

import (
	"github.com/stheno/stheno/blas"
	"github.com/stheno/stheno/ir"

	gonum "gonum.org/v1/gonum/blas"
)

// gemmFunc is C = alpha·op(A)·op(B) + beta·C in gonum's signature.
type gemmFunc[T float] func(tA, tB gonum.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)

func gemmOf[T float](b blas.Gemm) gemmFunc[T] {
	var f any = b.Dgemm
	if _, ok := any(*new(T)).(float32); ok {
		f = b.Sgemm
	}
	return gemmFunc[T](f.(func(tA, tB gonum.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)))
}

func trans(t bool) gonum.Transpose {
	if t {
		return gonum.Trans
	}
	return gonum.NoTrans
}

// product is rows = alpha·op(A)·op(B) + beta·rows, for rows lo to hi of the whole.
type product[T float] func(lo, hi int, alpha, beta T, rows []T)

// dense is the product as the engine's BLAS computes it.
func (c *compiler[T]) dense(in *ir.Instr) product[T] {
	m, n, k := c.p.Dims(in)
	a, b := c.mem[in.Args[0]], c.mem[in.Args[1]]
	lda, ldb := k, n
	rowA := k // distance in A between two rows of the result
	if in.TransA {
		lda, rowA = m, 1
	}
	if in.TransB {
		ldb = k
	}
	tA, tB := trans(in.TransA), trans(in.TransB)
	gemm := gemmOf[T](c.engine.gemm)
	return func(lo, hi int, alpha, beta T, rows []T) {
		gemm(tA, tB, hi-lo, n, k, alpha, a[lo*rowA:], lda, b, ldb, beta, rows, n)
	}
}

// fewRows tells whether a product has too few rows to be cut into some of them, and a right-hand side that is worth to be cut instead:
// each core then reads a part of it, and not all.
func (c *compiler[T]) fewRows(in *ir.Instr) bool {
	m, _, k := c.p.Dims(in)
	return m > 0 && k > 0 && !in.Acc && c.skips[in] == nil && (m == 1 || m < 2*c.engine.plan.minRows && c.large(in))
}

// columns is a product of few rows, for some columns: lo to hi, in steps of the plan.
func (c *compiler[T]) columns(in *ir.Instr, out []T) func(worker, lo, hi int) {
	m, n, k := c.p.Dims(in)
	a, b := c.mem[in.Args[0]], c.mem[in.Args[1]]
	lda, ldb, column := k, n, 1
	if in.TransA {
		lda = m
	}
	if in.TransB {
		ldb, column = k, k
	}
	tA, tB := trans(in.TransA), trans(in.TransB)
	gemm, step := gemmOf[T](c.engine.gemm), c.engine.plan.columns
	parts, row := n/step, c.oneRows[in]
	return func(_, lo, hi int) {
		from, to := lo*step, hi*step
		if hi == parts {
			to = n
		}
		if row == nil || !row.mul(lo, from, to, out[from:]) {
			gemm(tA, tB, m, to-from, k, 1, a, lda, b[from*column:], ldb, 0, out[from:], n)
		}
	}
}

// matmulKernel computes rows of a product and finishes them, bias and activation, while they are in the cache.
func matmulKernel[T float](c *compiler[T], in *ir.Instr, out []T) kernel {
	_, n, k := c.p.Dims(in)
	mul := c.dense(in)
	if s := c.skips[in]; s != nil {
		mul = s.mul(in, n, c.mem[in.Args[1]])
	} else if s := c.packed[in]; s != nil {
		mul = c.shared(s, in)
	} else if r := c.oneRows[in]; r != nil {
		dense := mul
		mul = func(lo, hi int, alpha, beta T, out []T) {
			if !r.mul(0, 0, n, out) {
				dense(lo, hi, alpha, beta, out)
			}
		}
	}
	finish := c.epilogue(in, n)
	var into, scale []T
	if in.Acc {
		into, scale = c.mem[in.Args[2]], c.mem[in.Args[3]]
	}
	if c.fewRows(in) {
		if a := c.cutAlone(in, max(elementCost*n*k, c.p.Flops(in)), n/c.engine.plan.columns, 1, c.columns(in, out)); a != nil {
			if finish != nil {
				a.after = func(_, _, _ int) { finish(out) }
			}
		}
	}
	inPlace := in.Acc && len(out) > 0 && &into[0] == &out[0]
	return func(_, lo, hi int) {
		rows := out[lo*n : hi*n]
		alpha, beta := T(1), T(0)
		if in.Acc {
			alpha, beta = scale[0], 1
			if !inPlace {
				copy(rows, into[lo*n:hi*n])
			}
		}
		switch {
		case len(rows) == 0:
			return
		case k > 0:
			mul(lo, hi, alpha, beta, rows)
		case !in.Acc:
			clear(rows)
		}
		if finish != nil {
			finish(rows)
		}
	}
}

// epilogue adds the bias to each row of n numbers and applies the activation; nil where there is neither.
func (c *compiler[T]) epilogue(in *ir.Instr, n int) func(rows []T) {
	if !in.Bias && in.Act == ir.None {
		return nil
	}
	add := vector[T](ir.Add)
	var act func(dst, a, b []T)
	if in.Act != ir.None {
		act = vector[T](in.Act)
	}
	var bias []T
	if in.Bias {
		bias = c.mem[in.Args[2]]
	}
	strip := max(1, c.engine.plan.epilogue/max(1, n)) * n
	return func(all []T) {
		for from := 0; from < len(all); from += strip {
			rows := all[from:min(from+strip, len(all))]
			if bias != nil {
				for at := 0; at < len(rows); at += n {
					row := rows[at : at+n]
					add(row, row, bias)
				}
			}
			if act != nil {
				act(rows, rows, rows)
			}
		}
	}
}
