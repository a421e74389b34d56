package cpu

import (
	"github.com/stheno/stheno/blas/native"
	"github.com/stheno/stheno/ir"
)

// sharedSide is the right-hand side of a large product: all cores bring it into order together, before the phase of the
// product, and then each multiplies its rows with it.
type sharedSide[T float] struct {
	*native.Packed[T]
	pack func(lo, hi int) // panels
}

func (c *compiler[T]) findShared() {
	c.packed = map[*ir.Instr]*sharedSide[T]{}
	for i := range c.p.Instrs {
		in := c.p.At(ir.ID(i))
		if !c.engine.native || !c.large(in) || c.skips[in] != nil {
			continue
		}
		if m, n, k := c.p.Dims(in); m >= 2*c.engine.plan.minRows {
			b, ldb := c.mem[in.Args[1]], n
			if in.TransB {
				ldb = k
			}
			p := native.NewPacked[T](k, n)
			s := &sharedSide[T]{p, func(lo, hi int) { p.Pack(trans(in.TransB), b, ldb, lo, hi) }}
			c.packed[in], c.exec.shared = s, append(c.exec.shared, s)
		}
	}
}

// addPacking puts a phase before the one whose products share what it packs.
func (c *compiler[T]) addPacking(ph ir.Phase) {
	for _, g := range ph {
		for _, id := range g.Instrs {
			if s := c.packed[c.p.At(id)]; s != nil {
				x := &phase{parallel: true}
				x.job.tasks = min(c.engine.plan.packTasks, s.Panels())
				x.job.run = func(_, t int) { s.pack(s.Panels()*t/x.job.tasks, s.Panels()*(t+1)/x.job.tasks) }
				c.exec.phases = append(c.exec.phases, x)
			}
		}
	}
}

// withPacking is a kernel for all rows that packs for itself.
func (c *compiler[T]) withPacking(in *ir.Instr, k kernel) kernel {
	s := c.packed[in]
	if s == nil {
		return k
	}
	return func(worker, lo, hi int) {
		s.pack(0, s.Panels())
		k(worker, lo, hi)
	}
}

func (s *sharedSide[T]) mul(c *compiler[T], in *ir.Instr) product[T] {
	m, n, k := c.p.Dims(in)
	a := c.mem[in.Args[0]]
	lda, rowA := k, k
	if in.TransA {
		lda, rowA = m, 1
	}
	tA := trans(in.TransA)
	return func(lo, hi int, alpha, beta T, rows []T) { s.Mul(tA, hi-lo, alpha, a[lo*rowA:], lda, beta, rows, n) }
}
