package cpu

import (
	"github.com/stheno/stheno/blas/native"
	"github.com/stheno/stheno/ir"
)

// Images are cut into blocks of whole images.

// imagesOf is a window over images of the shape from, with results of the shape to.
func imagesOf(w *ir.Window, from, to ir.Shape) native.Images {
	return native.Images{
		From: [2]int{from[1], from[2]}, To: [2]int{to[1], to[2]}, Channels: from[3], NewChannels: to[3],
		Size: w.Size, Step: w.Step, Dilation: w.Dilation, Before: w.Before, Spread: w.Spread,
	}
}

// convolves tells whether blas/native has the window.
func convolves(w *ir.Window) bool {
	return (w.Step[0] == 1 || w.Spread[0] == 1) && (w.Step[1] == 1 || w.Spread[1] == 1)
}

func convKernel[T float](c *compiler[T], in *ir.Instr, out []T) kernel {
	from := c.p.At(in.Args[0]).Shape
	conv := native.NewConv[T](imagesOf(&in.Window, from, in.Shape))
	images, weights := c.mem[in.Args[0]], c.mem[in.Args[1]]
	c.prepare(in, c.packing(conv, func(lo, hi int) { conv.Pack(weights, in.TransB, lo, hi) }))
	floats, ints := conv.Scratch()
	scratch, integers := c.scratch(floats), c.integers(ints)
	image, result, pixels := inner(from), inner(in.Shape), in.Shape[1]*in.Shape[2]
	finish := c.epilogue(in, out, in.Shape[3])
	return func(worker, lo, hi int) {
		conv.Run(images[lo*image:hi*image], out[lo*result:hi*result], scratch(worker), integers(worker))
		if finish != nil {
			finish(worker, lo*pixels, hi*pixels)
		}
	}
}

// convWeightsKernel adds up what parts of the batch give, in their order: the same bits on any number of cores.
func convWeightsKernel[T float](c *compiler[T], in *ir.Instr, out []T) kernel {
	from, to := c.p.At(in.Args[0]).Shape, c.p.At(in.Args[1]).Shape
	conv := native.NewConvWeights[T](imagesOf(&in.Window, from, to))
	images, results := c.mem[in.Args[0]], c.mem[in.Args[1]]
	image, result := inner(from), inner(to)
	parts := c.parts(in)
	sums := make(numbers[T], parts*len(out))
	floats, ints := conv.Scratch()
	scratch, integers := c.scratch(floats), c.integers(ints)
	c.prepare(in, &preparation{parts, func(worker, t int) {
		lo, hi := cut(from[0], t, parts, 1), cut(from[0], t+1, parts, 1)
		conv.Run(hi-lo, images[lo*image:hi*image], results[lo*result:hi*result], sums[t*len(out):(t+1)*len(out)], scratch(worker), integers(worker))
	}, sums})
	n, add := inner(in.Shape), vector[T](ir.Add)
	return func(_, lo, hi int) {
		rows := out[lo*n : hi*n]
		copy(rows, sums[lo*n:hi*n])
		for t := 1; t < parts; t++ {
			add(rows, rows, sums[t*len(out)+lo*n:t*len(out)+hi*n])
		}
	}
}

// parts says into how many parts a batch is cut: by the shapes and the work alone. Each has a sum of its own, which should be less to
// write than its images are to read.
func (c *compiler[T]) parts(in *ir.Instr) int {
	cut := c.engine.plan
	images := c.p.At(in.Args[0]).Shape
	most := min(images[0], cut.convParts, max(2, images.Size()/max(1, in.Shape.Size())))
	return max(1, min(most, c.p.Flops(in)/cut.grain))
}
