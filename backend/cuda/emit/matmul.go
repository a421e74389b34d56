package emit

import "github.com/stheno/stheno/ir"

// activations are the codes of kernels/common.cuh.
var activations = map[ir.Op]int{ir.None: 0, ir.Exp: 1, ir.Log: 2, ir.Sqrt: 3, ir.Tanh: 4, ir.Sigmoid: 5}

// The modes of a product's epilogue.
const (
	plain = iota
	bias
	accumulate
)

// The tiles of kernels/gemm.cu: narrow ones give a small result many blocks, wide ones read each element less often.
const (
	narrowTile = 8
	wideTile   = 64
	wideBlocks = 64 // so many wide tiles occupy a GPU
)

// Strips of rows of kernels/strip.cuh, where the right-hand side is read along its rows, or is small, or the sums are short. In
// a kernel with others a block has few rows and all columns; in one of its own more rows and some columns, for more blocks.
const (
	tileRows   = 4
	stripRows  = 8
	stripLanes = 32
	smallSide  = 1 << 11 // elements
	shortSum   = 32      // terms
)

// strips is how many threads lie side by side, at most `most`, and how many columns each has: two where they can be read at once.
// A thread has some rows, and less than twice as many threads side by side would be more slices than a block has room for.
func strips(n, rows, most int) (lanes, columns int) {
	if n%2 == 0 && n >= 4*rows {
		return min(n/2, most), 2
	}
	return min(max(n, 2*rows), most), 1
}

// Sums that lanes of threads share, for small products: all results of a block's rows at once.
const (
	dotTerms = 32 // of a thread, at most
	dotLanes = 32 // threads of a warp
)

// dots is how many threads share a sum of k terms, where n columns of them are a small product; 0 where it is none.
func dots(n, k int) int {
	lanes := dotLanes
	for lanes > 1 && lanes*n*tileRows > block {
		lanes /= 2
	}
	if lanes*n*tileRows > block || k > dotTerms*lanes {
		return 0
	}
	return lanes
}

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

// gemm chooses a product's kernel of kernels/gemm.cu, without its form, and its blocks; of strips, also how many threads lie side by side.
func (e *emitter) gemm(in *ir.Instr) (kernel string, grid int, lanes []int) {
	m, n, _ := e.p.Dims(in)
	if wide := ceil(m, wideTile) * ceil(n, wideTile); wide >= wideBlocks {
		return "gemm_wide_", wide, nil
	}
	if in.TransB {
		return "gemm_narrow_", ceil(m, narrowTile) * ceil(n, narrowTile), nil
	}
	side, columns := strips(n, stripRows, stripLanes)
	return [...]string{"gemm_strips_", "gemm_pairs_"}[columns-1], ceil(m, stripRows) * ceil(n, side*columns), []int{side}
}

func (e *emitter) matmul(id ir.ID, in *ir.Instr) {
	if e.large(in) {
		e.library(id, in)
		return
	}
	if e.cut(in) {
		e.conv(id, in)
		return
	}
	form, pointers, numbers := e.product(id, in)
	kernel, grid, lanes := e.gemm(in)
	if lanes != nil {
		form = form[:1]
	}
	e.launch(id, "gemm", kernel+form, grid, append(pointers, ints(append(numbers, lanes...)...)...)...)
}

func (e *emitter) matmulTask(p *piece) {
	m, n, k := e.p.Dims(p.in)
	if n*k > mostSide || m*n*k >= mostProduct {
		return
	}
	form, pointers, numbers := e.product(p.id, p.in)
	name := "tiles_" + form[:1]
	if lanes := dots(n, k); lanes > 0 {
		name, numbers = "dots_"+form, append(numbers, lanes)
	} else if lanes, columns := strips(n, tileRows, block); !p.in.TransB && columns == 2 {
		name, numbers = "pairs_"+form[:1], append(numbers, lanes)
	} else if !p.in.TransB || n*k <= smallSide || k <= shortSum {
		name, numbers = "strips_"+form, append(numbers, min(max(n, 2*tileRows), block))
	}
	p.each, p.tile = tileRows, tileRows
	p.task = func(w *ptx, lo, hi string) { w.block(name, pointers, numbers, lo, hi) }
}
