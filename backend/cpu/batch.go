package cpu

import "github.com/stheno/stheno/ir"

// batchMatMulKernel computes whole products, by the engine's BLAS.
func batchMatMulKernel[T float](c *compiler[T], in *ir.Instr, out []T) kernel {
	a, b := c.mem[in.Args[0]], c.mem[in.Args[1]]
	sa, sb := c.p.At(in.Args[0]).Shape, c.p.At(in.Args[1]).Shape
	m, n, k := in.Shape[1], in.Shape[2], sa[2]
	if in.TransA {
		k = sa[1]
	}
	tA, tB, gemm := trans(in.TransA), trans(in.TransB), gemmOf[T](c.engine.gemm)
	return func(_, lo, hi int) {
		if m*n*k == 0 { // a sum of nothing
			clear(out[lo*m*n : hi*m*n])
			return
		}
		for i := lo; i < hi; i++ {
			gemm(tA, tB, m, n, k, 1, a[i*m*k:], sa[2], b[i*k*n:], sb[2], 0, out[i*m*n:(i+1)*m*n], n)
		}
	}
}
