package cpu

import (
	"github.com/stheno/stheno/blas/native"
	"github.com/stheno/stheno/ir"
)

// groupChannels is how many channels fill a kernel: a group has at most so many on both sides, or at least.
const groupChannels = 16

// groupSteps is for how many products with each number of a group it pays to copy its images, to be convolved by themselves.
const groupSteps = 1024

// hasGroups tells whether there is a kernel for a convolution in groups: else they are convolutions one by one.
func hasGroups(p *ir.Program, in *ir.Instr) bool {
	of := p.GroupsOf(in)
	few, most := min(of.From, of.To), max(of.From, of.To)
	return convolves(&in.Window) && (most <= groupChannels || few >= groupChannels) && in.Window.Taps()*most <= groupSteps &&
		(in.Op == ir.GroupConv || in.Window.Spread == [2]int{1, 1})
}

// groupCost is what an operation costs of a convolution in groups, in those of a product: it moves more memory.
const groupCost = 4

func groupConvKernel[T float](c *compiler[T], in *ir.Instr, out []rows[T]) kernel {
	from := c.p.At(in.Args[0]).Shape
	conv := native.NewGroupConv[T](imagesOf(&in.Window, from, in.Shape), in.Groups)
	c.prepareWeights(in, conv)
	images, results, scratch := c.rows(in.Args[0]), out[0], c.scratch(conv.Scratch())
	var bias []T
	without := *in // the sums begin with the bias
	if without.Bias = false; in.Bias {
		bias = c.mem[in.Args[2]]
	}
	finish := c.epilogue(&without, in.Shape[3])
	if from[0] == 1 && in.Shape.Size() > 0 {
		work := groupCost * c.p.Flops(in)
		if conv.Parts() > 1 {
			a := c.cutAlone(in, work, conv.Parts(), c.engine.plan.finer, func(worker, lo, hi int) {
				conv.RunParts(images.mem, results.mem, scratch(worker), bias, lo, hi)
			})
			if a != nil && finish != nil {
				a.after = func(_, _, _ int) { finish(results.mem) }
			}
		} else {
			c.cutAlone(in, work, conv.Rows(), c.engine.plan.finer, func(worker, lo, hi int) {
				conv.RunRows(images.mem, results.mem, scratch(worker), bias, lo, hi, finish)
			})
		}
	}
	return func(worker, lo, hi int) {
		conv.Run(images.of(worker, lo, hi), results.of(worker, lo, hi), scratch(worker), bias, finish)
	}
}

// groupWeightsKernel has the gradient computed in pieces, before its phase, as convWeightsKernel has.
func groupWeightsKernel[T float](c *compiler[T], in *ir.Instr, out []T) kernel {
	from, to := c.p.At(in.Args[0]).Shape, c.p.At(in.Args[1]).Shape
	conv := native.NewGroupConvWeights[T](imagesOf(&in.Window, from, to), in.Groups)
	images, results, scratch := c.mem[in.Args[0]], c.mem[in.Args[1]], c.scratch(conv.Scratch())
	image, result := inner(from), inner(to)
	parts, ranges := c.groupPieces(in, to)
	sums, beside := c.sums(in, parts, out)
	c.prepare(in, &preparation{parts * ranges, func(worker, piece int) {
		t, i := piece/ranges, piece%ranges
		lo, hi := cut(from[0], t, parts, 1), cut(from[0], t+1, parts, 1)
		conv.Run(hi-lo, images[lo*image:hi*image], results[lo*result:hi*result], sums[t], in.Groups*i/ranges, in.Groups*(i+1)/ranges, scratch(worker))
	}, beside})
	return c.addSums(in, sums, out)
}

// groupPieces says into how many ranges of groups a gradient by weights is cut, and into how many parts of the batch, where there are not
// enough channels for that: by the shapes and the work alone.
func (c *compiler[T]) groupPieces(in *ir.Instr, results ir.Shape) (parts, ranges int) {
	const channels = 32 // of a range at least: some lines of the cache
	cut, work := c.engine.plan, max(1, groupCost*c.p.Flops(in)/c.engine.plan.grain)
	ranges = max(1, min(in.Groups, results[3]/channels, cut.convRanges, work))
	if ranges < cut.convParts {
		parts = min(cut.convParts, results[0], work/ranges)
	}
	return max(1, parts), ranges
}
