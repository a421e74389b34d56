package emit

import (
	"strconv"

	"github.com/stheno/stheno/ir"
)

// Kernels for each channel by itself: channels that eight threads beside one another have, and taps of a window that a thread sums up
// gradients for.
const (
	depthwiseLanes = 8
	depthwiseTaps  = 9
)

// fewChannels are groups that leave most of a tile empty.
const fewChannels = 4

// tiled says whether a convolution in groups is done in tiles.
func (e *emitter) tiled(in *ir.Instr) bool {
	c := e.convolution(in)
	return min(c.from, c.to) >= fewChannels
}

// groupConv launches a convolution in groups, with its bias and its activation.
func (e *emitter) groupConv(id ir.ID, in *ir.Instr) {
	if e.tiled(in) {
		e.conv(id, in)
		return
	}
	c := e.convolution(in)
	form, mode, more := e.epilogue(in)
	pointers := []Arg{pointer(in.Args[0]), pointer(in.Args[1]), pointer(id), more}
	n, numbers := in.Shape.Size(), []int{mode, activations[in.Act]}
	if c.from == 1 && c.to == 1 {
		vector := together(c.groups)
		n /= vector
		numbers = append(append([]int{n}, numbers...), c.window...)
		e.launch(id, "groups", "depthwise_"+form+strconv.Itoa(vector), ceil(n, block), append(pointers, ints(numbers...)...)...)
		return
	}
	numbers = append(append(append([]int{n}, numbers...), c.groups, in.Shape[3]), c.window...)
	e.launch(id, "groups", "groupconv_"+form, ceil(n, block), append(pointers, ints(numbers...)...)...)
}

// groupConvWeights launches a gradient by weights.
func (e *emitter) groupConvWeights(id ir.ID, in *ir.Instr) {
	if e.tiled(in) {
		e.convWeights(id, in)
		return
	}
	c := e.convolution(in)
	pointers := []Arg{pointer(in.Args[0]), pointer(in.Args[1])}
	if c.from == 1 && c.to == 1 {
		vector := together(c.groups)
		one := ceil(c.groups, depthwiseLanes*vector) * ceil(in.Shape[:2].Size(), depthwiseTaps)
		e.inParts(id, in, one, func(positions, each, parts int, to Arg) {
			args := append(append(pointers, to), ints(append([]int{positions, each}, c.window...)...)...)
			e.launch(id, "groups", "depthwiseweights_"+strconv.Itoa(vector), one*parts, args...)
		})
		return
	}
	n := in.Shape.Size()
	e.inParts(id, in, ceil(n, block), func(positions, each, parts int, to Arg) {
		numbers := append([]int{parts * n, n, positions, each, c.groups, in.Shape[3]}, c.window...)
		e.launch(id, "groups", "groupconvweights", ceil(parts*n, block), append(append(pointers, to), ints(numbers...)...)...)
	})
}
