package cpu

import (
	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/blas/native"
	"github.com/stheno/stheno/ir"
)

// side is the right-hand side of a product, in the order of the kernels. One that is an input, which no program updates, is brought into
// it again only when it has changed.
type side[T float] struct {
	*native.Packed[T]
	input *watch[T] // or nil
}

// Poison fills with NaN what the next run makes anew.
func (s *side[T]) Poison() {
	if s.input == nil || !s.input.kept() {
		s.Packed.Poison()
	}
}

// findShared finds large products whose right-hand side all cores bring into order together, once, before each multiplies its rows
// with it.
func (c *compiler[T]) findShared(bind map[string]backend.Buffer) {
	c.packed = map[*ir.Instr]*native.Packed[T]{}
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
			p := &side[T]{Packed: native.NewPacked[T](k, n)}
			if c.constant(in.Args[1]) {
				w := newWatch(bind[c.p.At(in.Args[1]).Name].(*buffer[T]))
				p.input, c.exec.sides = &w, append(c.exec.sides, p)
			}
			c.packed[in] = p.Packed
			c.prepare(in, c.packing(p, func(lo, hi int) {
				if p.input == nil || !p.input.fresh {
					p.Pack(trans(in.TransB), b, ldb, lo, hi)
				}
			}))
		}
	}
}

// packs is a factor that can be brought into the order of the kernels, panel by panel.
type packs interface {
	store
	Panels() int
}

func (c *compiler[T]) packing(p packs, pack func(lo, hi int)) *preparation {
	panels, tasks := p.Panels(), min(c.engine.plan.packTasks, p.Panels())
	return &preparation{tasks, func(_, t int) { pack(panels*t/tasks, panels*(t+1)/tasks) }, p}
}

// shared is the product with a packed right-hand side.
func (c *compiler[T]) shared(p *native.Packed[T], in *ir.Instr) product[T] {
	m, n, k := c.p.Dims(in)
	a := c.mem[in.Args[0]]
	lda, rowA := k, k
	if in.TransA {
		lda, rowA = m, 1
	}
	tA := trans(in.TransA)
	return func(lo, hi int, alpha, beta T, rows []T) { p.Mul(tA, hi-lo, alpha, a[lo*rowA:], lda, beta, rows, n) }
}
