package cpu

import (
	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/blas/native"
	"github.com/stheno/stheno/ir"
)

// skipper is an input that may be full of zeros, such as a batch of images. The first product that reads it packs it,
// row by row; later ones find it packed. Whether zeros are skipped is seen at each run from the data alone, and changes
// no bit of the result.
type skipper[T float] struct {
	*native.Sparse[T]
	watch[T]
	packer       *ir.Instr
	phase, group int // of the packer
}

// findSkippers looks for the products that can skip an input's zeros: those that read it as it stands in the packer's
// group or later, and those that read it transposed in a later phase, when all rows are packed.
func (c *compiler[T]) findSkippers(bind map[string]backend.Buffer) {
	c.skips = map[*ir.Instr]*skipper[T]{}
	if !c.engine.skipZeros {
		return
	}
	of := map[ir.ID]*skipper[T]{} // by input
	for phase, groups := range c.unit.Phases {
		for group, g := range groups {
			for _, id := range g.Instrs {
				in := c.p.At(id)
				if in.Op != ir.MatMul || in.TransB || !c.mayBeSparse(in.Args[0]) {
					continue
				}
				s := of[in.Args[0]]
				switch {
				case s == nil && !in.TransA && in.Shape[1] > 0: // a product without columns packs nothing
					s = c.newSkipper(in, phase, group, bind[c.p.At(in.Args[0]).Name])
					of[in.Args[0]] = s
					c.exec.skips = append(c.exec.skips, s)
				case s == nil || phase == s.phase && (group != s.group || in.TransA):
					continue
				}
				c.skips[in] = s
			}
		}
	}
}

// mayBeSparse tells whether a value is data from outside, large enough, that the program does not change.
func (c *compiler[T]) mayBeSparse(id ir.ID) bool {
	in := c.p.At(id)
	if len(in.Shape) != 2 || !c.constant(id) {
		return false
	}
	cut := c.engine.plan
	return in.Shape[0] >= cut.minSparseRows && in.Shape[1] >= cut.minSparseCols && native.SparseFits[T](in.Shape[0], in.Shape[1])
}

// newSkipper prepares to skip the zeros of an input, as large as its first product needs.
func (c *compiler[T]) newSkipper(packer *ir.Instr, phase, group int, input backend.Buffer) *skipper[T] {
	rows, n, cols := c.p.Dims(packer)
	m := native.NewSparse(native.Gemm[T](gemmOf[T](c.engine.gemm)), c.mem[packer.Args[0]], rows, cols, n)
	return &skipper[T]{Sparse: m, packer: packer, phase: phase, group: group, watch: newWatch(input.(*buffer[T]))}
}

// mul is the product for rows lo to hi of an instruction's value.
func (s *skipper[T]) mul(in *ir.Instr, n int, b []T) product[T] {
	switch {
	case in.TransA:
		return func(lo, hi int, alpha, beta T, rows []T) { s.MulTrans(lo, hi, n, alpha, b, n, beta, rows, n) }
	case in == s.packer:
		return func(lo, hi int, alpha, beta T, rows []T) {
			if !s.fresh {
				s.Pack(lo, hi)
			}
			s.Mul(lo, hi, n, alpha, b, n, beta, rows, n)
		}
	}
	return func(lo, hi int, alpha, beta T, rows []T) { s.Mul(lo, hi, n, alpha, b, n, beta, rows, n) }
}
