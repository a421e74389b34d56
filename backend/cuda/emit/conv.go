package emit

import (
	"strconv"

	"github.com/stheno/stheno/ir"
)

// imageTile is a tile of kernels/conv.cu and convweights.cu. Some exist only for channels that come in fours.
type imageTile struct {
	name          string
	rows, columns int
}

// The sides of tiles: for few channels, for many positions, for many of both; that of the others is wideTile.
const (
	slimColumns = 32
	slimRows    = 128
	wideRows    = 128
	slimTerms   = 64 // rows of a slim tile of a gradient by weights
	mostTerms   = 16 // of a tile at a time
)

// fewTerms is how many positions a block sums over at least, where those of a gradient by weights are cut; a multiple of the terms that a
// tile takes at a time.
const fewTerms = 128

// together is how many channels kernels for images read at once: fours where they can.
func together(channels ...int) int {
	for _, c := range channels {
		if c%4 != 0 {
			return 1
		}
	}
	return 4
}

// kinds are, for positions of the result that meet the same taps, how many there are: where a window is spread, those a multiple of the
// spread apart.
func kinds(s ir.Shape, spread [2]int) (n []int) {
	for i := range spread[0] {
		for j := range spread[1] {
			n = append(n, s[0]*max(0, ceil(s[1]-i, spread[0]))*max(0, ceil(s[2]-j, spread[1])))
		}
	}
	return n
}

// tiles is how many of so many rows the kinds have.
func tiles(kinds []int, rows int) (n int) {
	for _, positions := range kinds {
		n += ceil(positions, rows)
	}
	return n
}

// convolution is a convolution as the kernels see it, or a product, which is one of windows of one number.
type convolution struct {
	result           ir.Shape // images, rows, columns, channels
	groups, from, to int      // channels of a group before and after
	terms            int      // of a sum, at most
	spread           [2]int
	window           []int
}

func (e *emitter) convolution(in *ir.Instr) convolution {
	if in.Op == ir.MatMul {
		m, n, k := e.p.Dims(in)
		return convolution{ir.Shape{1, 1, m, n}, 1, k, n, k, [2]int{1, 1}, []int{1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, m, 1, m, k}}
	}
	image, result := e.planes(in)
	c := convolution{result: result, groups: max(1, in.Groups), spread: in.Window.Spread, window: e.window(in)}
	c.from, c.to = image[3]/c.groups, result[3]/c.groups
	c.terms = in.Window.Size[0] * in.Window.Size[1] * c.from
	return c
}

// tile chooses one for a convolution, and says how many blocks that are.
func (c *convolution) tile() (imageTile, int) {
	blocks := func(t imageTile) int {
		return c.groups * tiles(kinds(c.result, c.spread), t.rows) * ceil(c.to, t.columns)
	}
	tile := imageTile{"square", wideTile, wideTile}
	if c.to <= slimColumns {
		tile = imageTile{"slim", slimRows, slimColumns}
	} else if together(c.from, c.to) > 1 {
		broad, wide := imageTile{"broad", wideRows, wideRows}, imageTile{"wide", wideRows, wideTile}
		if c.to > wideTile && blocks(broad) >= mostBlocks/2 {
			tile = broad
		} else if blocks(wide) >= mostBlocks {
			tile = wide
		}
	}
	return tile, blocks(tile)
}

// Sums are cut where tiles leave three quarters of a large GPU idle, into pieces of so many terms at least, until each multiprocessor has
// three blocks. (Cut where half of it is idle, they took longer on an H200.)
const (
	fewBlocks = mostBlocks / 4
	longSum   = 128
	fullGPU   = mostBlocks * 3 / 2
)

// parts is in how many pieces the sums are cut, so many terms each.
func (c *convolution) parts() (parts, each int) {
	_, blocks := c.tile()
	if parts = min(fullGPU/max(1, blocks), c.terms/longSum); parts < 2 || blocks >= fewBlocks {
		return 1, c.terms
	}
	each = ceil(ceil(c.terms, parts), mostTerms) * mostTerms
	return ceil(c.terms, each), each
}

// cut says whether a product's or a convolution's sums are cut.
func (e *emitter) cut(in *ir.Instr) bool {
	switch in.Op {
	case ir.MatMul:
		_, n, k := e.p.Dims(in)
		if _, grid, _ := e.gemm(in); in.Acc || in.TransA || n*k <= mostSide || e.large(in) || grid >= fewBlocks {
			return false
		}
	case ir.Conv:
	case ir.GroupConv:
		if !e.tiled(in) {
			return false
		}
	default:
		return false
	}
	c := e.convolution(in)
	parts, _ := c.parts()
	return parts > 1
}

// conv launches a convolution with its bias and its activation; or, where its sums are cut, without these.
func (e *emitter) conv(id ir.ID, in *ir.Instr) {
	c := e.convolution(in)
	tile, blocks := c.tile()
	parts, each := c.parts()
	form, mode, more := e.epilogue(in)
	to, act := pointer(id), activations[in.Act]
	if parts > 1 {
		to, mode, more, act = e.scratch(parts*in.Shape.Size()), plain, Arg{Kind: Null}, 0
	}
	numbers := append([]int{c.result[0], tiles(kinds(c.result, c.spread), tile.rows), c.groups, c.result[3], each, mode, act}, c.window...)
	args := append([]Arg{pointer(in.Args[0]), pointer(in.Args[1]), to, more}, ints(numbers...)...)
	module, vectors := "conv", strconv.Itoa(together(c.from))+strconv.Itoa(together(c.to))
	if vectors == "41" {
		vectors = "11"
	}
	if e.tensor && vectors == "44" {
		module = "tensor"
	}
	e.launch(id, module, module+"_"+tile.name+"_"+form+vectors, blocks*parts, args...)
	e.join(id, in, parts, to)
}

// join adds up the parts of a value, in their order.
func (e *emitter) join(id ir.ID, in *ir.Instr, parts int, from Arg) {
	if parts > 1 {
		e.reduceRuns(id, ir.Sum, from, pointer(id), runs(ir.Shape{parts, in.Shape.Size()}, []int{0}))
	}
}

// epilogue is a convolution's form, n or back to images t, and what is added to its sums.
func (e *emitter) epilogue(in *ir.Instr) (form string, mode int, more Arg) {
	form, mode, more = "n", plain, Arg{Kind: Null}
	if in.TransB {
		form = "t"
	}
	if in.Bias {
		mode, more = bias, pointer(in.Args[2])
	}
	return form, mode, more
}

// convWeights launches a gradient by weights.
func (e *emitter) convWeights(id ir.ID, in *ir.Instr) {
	c := e.convolution(in)
	vector, rows := together(c.from, c.to), in.Shape[:3].Size()
	tile := imageTile{"square", wideTile, wideTile}
	switch {
	case c.to <= slimColumns:
		tile = imageTile{"slim", slimTerms, slimColumns}
	case vector > 1 && rows >= 4*wideRows:
		tile = imageTile{"wide", wideRows, wideTile}
	}
	one := c.groups * ceil(rows, tile.rows) * ceil(c.to, tile.columns)
	e.inParts(id, in, one, func(positions, each, parts int, to Arg) {
		numbers := append([]int{positions, each, c.groups, in.Shape[3]}, c.window...)
		args := append([]Arg{pointer(in.Args[0]), pointer(in.Args[1]), to}, ints(numbers...)...)
		module, kernel := "convweights", "convweights_"
		if e.tensor && vector == 4 {
			module, kernel = "tensor", "tensorweights_"
		}
		e.launch(id, module, kernel+tile.name+"_"+strconv.Itoa(vector), one*parts, args...)
	})
}

// inParts cuts the sums of a gradient by weights, whose results are few and whose sums are long, into pieces, by their shapes alone, which
// are then added up in their order. One piece takes so many blocks.
func (e *emitter) inParts(id ir.ID, in *ir.Instr, blocks int, launch func(positions, each, parts int, to Arg)) {
	g := e.p.At(in.Args[1]).Shape
	n, positions := in.Shape.Size(), g[:3].Size()
	each := ceil(max(fewTerms, ceil(positions, max(1, 2*mostBlocks/max(1, blocks)))), fewTerms) * fewTerms
	parts := max(1, ceil(positions, each))
	to := pointer(id)
	if parts > 1 {
		to = e.scratch(parts * n)
	}
	launch(positions, each, parts, to)
	e.join(id, in, parts, to)
}
