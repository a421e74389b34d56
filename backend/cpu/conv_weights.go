package cpu

import (
	"github.com/stheno/stheno/blas/native"
	"github.com/stheno/stheno/ir"
)

// convWeightsKernel adds up what parts of the batch give, in their order: the same bits on any number of cores.
func convWeightsKernel[T float](c *compiler[T], in *ir.Instr, out []T) kernel {
	from, to := c.p.At(in.Args[0]).Shape, c.p.At(in.Args[1]).Shape
	conv := native.NewConvWeights[T](imagesOf(&in.Window, from, to).Flat())
	images := c.mem[in.Args[0]]
	image := inner(from)
	parts := c.parts(in)
	sums := make(numbers[T], parts*len(out))
	floats, ints := conv.Scratch()
	scratch, integers := c.scratch(floats), c.integers(ints)
	gradients := c.gradients(in, conv.Together(), floats)
	first := func(t int) int { return cut(from[0], t, parts, 1) }
	read := make([]func(i, n int) []T, parts*c.engine.pool.workers) // made here, for a run allocates nothing
	for i := range read {
		worker, lo := i/parts, first(i%parts)
		read[i] = func(i, n int) []T { return gradients(worker, lo+i, n) }
	}
	c.prepare(in, &preparation{parts, func(worker, t int) {
		lo, hi := first(t), first(t+1)
		conv.Run(hi-lo, images[lo*image:hi*image], read[worker*parts+t], sums[t*len(out):(t+1)*len(out)], scratch(worker), integers(worker))
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

// gradients are those by the result, of n images from the first on: as they lie, or computed when they are asked for, in scratch memory
// behind floats of the caller's.
func (c *compiler[T]) gradients(in *ir.Instr, together, floats int) func(worker, first, n int) []T {
	size := inner(c.p.At(in.Args[1]).Shape)
	pool := c.delayed[in]
	if pool == nil {
		results := c.mem[in.Args[1]]
		return func(_, first, n int) []T { return results[first*size : (first+n)*size] }
	}
	room := floats + together*size
	unpool, scratch := newUnpool(c, pool, room), c.scratch(room)
	index, g := c.rows(pool.Args[0]), c.rows(pool.Args[1])
	return func(worker, first, n int) []T {
		results := scratch(worker)[floats:room]
		for i := range n {
			at := first + i
			unpool(worker, results[i*size:(i+1)*size], index.of(worker, at, at+1), g.of(worker, at, at+1))
		}
		return results[:n*size]
	}
}

// findDelayed finds gradients of poolings that nobody but a gradient by weights reads, in the phase behind theirs, as that of the first
// layer of a net is: they are computed image by image where they are read, and never stored as a whole.
func (c *compiler[T]) findDelayed() {
	c.delayed = map[*ir.Instr]*ir.Instr{}
	phase := map[ir.ID]int{}
	for n, ph := range c.unit.Phases {
		for _, g := range ph {
			for _, id := range g.Instrs {
				phase[id] = n
			}
		}
	}
	uses := c.p.Uses()
	for id, n := range phase {
		in := c.p.At(id)
		if in.Op != ir.ConvWeights {
			continue
		}
		grad := in.Args[1]
		if c.p.At(grad).Op == ir.MaxUnpool && uses[grad] == 1 && phase[grad] == n-1 {
			c.delayed[in], c.leaveOut[grad] = c.p.At(grad), true
		}
	}
}
