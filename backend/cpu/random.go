package cpu

import (
	"github.com/stheno/stheno/internal/philox"
	"github.com/stheno/stheno/ir"
)

// uniformKernel draws numbers by their positions: the same on any number of cores.
func uniformKernel[T float](c *compiler[T], in *ir.Instr, out []T) kernel {
	state, n := c.mem[in.Args[0]], inner(in.Shape)
	return func(_, lo, hi int) {
		philox.Uniform(out[lo*n:hi*n], in.Stream(func(i int) float64 { return float64(state[i]) }), lo*n)
	}
}
