package cpu

import (
	"github.com/stheno/stheno/blas/native"
	"github.com/stheno/stheno/ir"
)

// convWeightsKernel has the gradient computed in pieces, before its phase: each of some parts of the batch and of some panels of new
// channels. It then adds up what the parts give, in their order: the same bits on any number of cores.
func convWeightsKernel[T float](c *compiler[T], in *ir.Instr, out []T) kernel {
	from, to := c.p.At(in.Args[0]).Shape, c.p.At(in.Args[1]).Shape
	conv := native.NewConvWeights[T](imagesOf(&in.Window, from, to).Flat())
	images := c.mem[in.Args[0]]
	image := inner(from)
	parts, ranges := c.convPieces(in, conv.Panels())
	sums, beside := c.sums(in, parts, out)
	floats, ints := conv.Scratch((conv.Panels() + ranges - 1) / ranges)
	scratch, integers := c.scratch(floats), c.integers(ints)
	gradients := c.gradients(in, conv.Together(), floats)
	first := func(t int) int { return cut(from[0], t, parts, 1) }
	read := make([]func(i, n int) []T, parts*c.engine.pool.workers) // made here, for a run allocates nothing
	for i := range read {
		worker, lo := i/parts, first(i%parts)
		read[i] = func(i, n int) []T { return gradients(worker, lo+i, n) }
	}
	c.prepare(in, &preparation{parts * ranges, func(worker, piece int) {
		t, i := piece/ranges, piece%ranges
		lo, hi := first(t), first(t+1)
		from, to := conv.Panels()*i/ranges, conv.Panels()*(i+1)/ranges
		conv.Run(hi-lo, images[lo*image:hi*image], read[worker*parts+t], sums[t], from, to, scratch(worker), integers(worker))
	}, beside})
	n, add := inner(in.Shape), vector[T](ir.Add)
	return func(_, lo, hi int) {
		rows := out[lo*n : hi*n]
		if c.late[in] {
			copy(rows, sums[0][lo*n:hi*n])
		}
		for _, part := range sums[1:] {
			add(rows, rows, part[lo*n:hi*n])
		}
	}
}

// sums are the memory for what the parts give: that of the first is the result's, if nothing else may lie there any more when the phase is
// prepared.
func (c *compiler[T]) sums(in *ir.Instr, parts int, out []T) (sums [][]T, beside numbers[T]) {
	if !c.late[in] {
		sums = append(sums, out)
	}
	beside = make(numbers[T], (parts-len(sums))*len(out))
	for rest := beside; len(sums) < parts; rest = rest[len(out):] {
		sums = append(sums, rest[:len(out)])
	}
	return sums, beside
}

// convPieces says into how many parts a batch is cut, and into how many ranges its panels: by the shapes and the work alone. Each part
// has a sum of its own, which should be less to write than its images are to read; ranges have none, but each reads all images.
func (c *compiler[T]) convPieces(in *ir.Instr, panels int) (parts, ranges int) {
	cut, work := c.engine.plan, c.p.Flops(in)/c.engine.plan.grain
	images := c.p.At(in.Args[0]).Shape
	most := images.Size() / max(1, in.Shape.Size())
	if panels == 1 {
		most = max(2, most)
	}
	parts = max(1, min(images[0], cut.convParts, most, work))
	if parts < cut.convParts {
		ranges = min(panels, cut.convRanges, work/parts)
	}
	return parts, max(1, ranges)
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
// layer of a net is: they are computed image by image where they are read, and never stored as a whole. What they are computed from may
// lie where that phase writes its results.
func (c *compiler[T]) findDelayed() {
	c.delayed, c.late = map[*ir.Instr]*ir.Instr{}, map[*ir.Instr]bool{}
	uses, before := c.p.Uses(), map[ir.ID]bool{} // of the phase before
	for _, ph := range c.unit.Phases {
		here, weights, delays := map[ir.ID]bool{}, []*ir.Instr(nil), false
		for _, g := range ph {
			for _, id := range g.Instrs {
				here[id] = true
				in := c.p.At(id)
				if in.Op != ir.ConvWeights {
					continue
				}
				weights = append(weights, in)
				if grad := in.Args[1]; c.p.At(grad).Op == ir.MaxUnpool && uses[grad] == 1 && before[grad] {
					c.delayed[in], c.leaveOut[grad], delays = c.p.At(grad), true, true
				}
			}
		}
		for _, in := range weights {
			c.late[in] = delays
		}
		before = here
	}
}
