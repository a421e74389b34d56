package emit

import "github.com/stheno/stheno/ir"

// groupConv launches a convolution in groups, with its bias and its activation: a thread for each number.
func (e *emitter) groupConv(id ir.ID, in *ir.Instr) {
	form, mode, more := "n", plain, Arg{Kind: Null}
	if in.TransB {
		form = "t"
	}
	if in.Bias {
		mode, more = bias, pointer(in.Args[2])
	}
	n := in.Shape.Size()
	numbers := append([]int{n, mode, activations[in.Act], in.Groups, in.Shape[3]}, e.window(in)...)
	args := append([]Arg{pointer(in.Args[0]), pointer(in.Args[1]), pointer(id), more}, ints(numbers...)...)
	e.launch(id, "groups", "groupconv_"+form, ceil(n, block), args...)
}

// groupConvWeights launches a gradient by weights. As of an ordinary convolution the sums are cut into pieces, which are then added up in
// their order.
func (e *emitter) groupConvWeights(id ir.ID, in *ir.Instr) {
	g := e.p.At(in.Args[1]).Shape
	n, positions := in.Shape.Size(), g[:3].Size()
	each := max(fewTerms, ceil(positions, max(1, mostBlocks/max(1, ceil(n, block)))))
	parts := max(1, ceil(positions, each))
	to := pointer(id)
	if parts > 1 {
		to = e.scratch(parts * n)
	}
	numbers := append([]int{parts * n, n, positions, each, in.Groups, g[3]}, e.window(in)...)
	args := append([]Arg{pointer(in.Args[0]), pointer(in.Args[1]), to}, ints(numbers...)...)
	e.launch(id, "groups", "groupconvweights", ceil(parts*n, block), args...)
	if parts > 1 {
		e.reduceRuns(id, ir.Sum, to, pointer(id), runs(ir.Shape{parts, n}, []int{0}))
	}
}
