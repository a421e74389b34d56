package emit

import "github.com/stheno/stheno/ir"

// The tile of kernels/conv.cu for few channels, in place of a wide one.
const (
	slimRows    = 128
	slimColumns = 32
)

// fewTerms is how many positions a block sums over at least, where those of a gradient by weights are cut; a multiple of the terms that a
// tile takes at a time.
const fewTerms = 128

// imageTile is the tile for a product of m rows and n columns, and how many there are.
func imageTile(m, n int) (name string, tiles int) {
	if n <= slimColumns {
		return "slim", ceil(m, slimRows) * ceil(n, slimColumns)
	}
	return "wide", ceil(m, wideTile) * ceil(n, wideTile)
}

// conv launches a convolution with its bias and its activation.
func (e *emitter) conv(id ir.ID, in *ir.Instr) {
	m, n := in.Shape[:3].Size(), in.Shape[3]
	tile, tiles := imageTile(m, n)
	form, mode, more := "n", plain, Arg{Kind: Null}
	if in.TransB {
		form = "t"
	}
	if in.Bias {
		mode, more = bias, pointer(in.Args[2])
	}
	numbers := append([]int{m, n, mode, activations[in.Act]}, e.window(in)...)
	args := append([]Arg{pointer(in.Args[0]), pointer(in.Args[1]), pointer(id), more}, ints(numbers...)...)
	e.launch(id, "conv", "conv_"+tile+"_"+form, tiles, args...)
}

// convWeights launches a gradient by weights. Its results are few and its sums are long, so that these are cut into pieces, by their
// shapes alone, which are then added up in their order.
func (e *emitter) convWeights(id ir.ID, in *ir.Instr) {
	g := e.p.At(in.Args[1]).Shape
	m, n, k := in.Shape[:3].Size(), in.Shape[3], g[:3].Size()
	tile, tiles := imageTile(m, n)
	each := ceil(max(fewTerms, ceil(k, max(1, mostBlocks/tiles))), fewTerms) * fewTerms
	parts := max(1, ceil(k, each))
	to := pointer(id)
	if parts > 1 {
		to = e.scratch(parts * m * n)
	}
	numbers := append([]int{m, n, k, each}, e.window(in)...)
	args := append([]Arg{pointer(in.Args[0]), pointer(in.Args[1]), to}, ints(numbers...)...)
	e.launch(id, "conv", "convweights_"+tile, tiles*parts, args...)
	if parts > 1 {
		e.reduceRuns(id, ir.Sum, to, pointer(id), runs(ir.Shape{parts, m * n}, []int{0}))
	}
}
