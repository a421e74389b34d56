package emit

import "stheno/ir"

// activations are the codes of kernels/common.cuh.
var activations = map[ir.Op]int{ir.None: 0, ir.Exp: 1, ir.Log: 2, ir.Sqrt: 3, ir.Tanh: 4, ir.Sigmoid: 5}

// The modes of a product's epilogue in kernels/gemm.cuh.
const (
	plain = iota
	bias
	accumulate
)

// The tiles of kernels/gemm.cu: narrow ones give a small result many blocks, wide ones read each element less often. A block
// of a phase has tiles of tileRows rows.
const (
	narrowTile = 8
	wideTile   = 64
	wideBlocks = 64 // so many wide tiles occupy a GPU
	tileRows   = 4
)

// product is what the kernels of all sizes want to know.
func (e *emitter) product(id ir.ID, in *ir.Instr) (form string, pointers []Arg, numbers []int) {
	for _, t := range []bool{in.TransA, in.TransB} {
		if t {
			form += "t"
		} else {
			form += "n"
		}
	}
	mode, more, scale := plain, Arg{Kind: Null}, Arg{Kind: Null}
	switch {
	case in.Bias:
		mode, more = bias, pointer(in.Args[2])
	case in.Acc:
		mode, more, scale = accumulate, pointer(in.Args[2]), pointer(in.Args[3])
	}
	m, n, k := e.p.Dims(in)
	return form, []Arg{pointer(in.Args[0]), pointer(in.Args[1]), pointer(id), more, scale}, []int{m, n, k, mode, activations[in.Act]}
}

func (e *emitter) matmul(id ir.ID, in *ir.Instr) {
	form, pointers, numbers := e.product(id, in)
	m, n := in.Shape[0], in.Shape[1]
	kernel, tile := "gemm_narrow_", narrowTile
	if ceil(m, wideTile)*ceil(n, wideTile) >= wideBlocks {
		kernel, tile = "gemm_wide_", wideTile
	}
	e.launch(id, "gemm", kernel+form, ceil(m, tile)*ceil(n, tile), append(pointers, ints(numbers...)...)...)
}

func (e *emitter) matmulTask(id ir.ID, in *ir.Instr) (task, int, bool) {
	m, n, k := e.p.Dims(in)
	if n*k > mostSide || m*n*k > mostProduct {
		return nil, 0, false
	}
	form, pointers, numbers := e.product(id, in)
	return func(w *ptx, lo, hi string) { w.block("gemm_"+form, pointers, numbers, lo, hi) }, tileRows, true
}
