package cpu

import (
	"slices"

	"github.com/stheno/stheno/blas/native"
	"github.com/stheno/stheno/ir"
)

// convWeightsKernel has the gradient computed in pieces, before its phase: each of some parts of the batch and of some new
// channels. It then adds up what the parts give, in their order: the same bits on any number of cores.
func convWeightsKernel[T float](c *compiler[T], in *ir.Instr, out []T) kernel {
	from, to := c.p.At(in.Args[0]).Shape, c.p.At(in.Args[1]).Shape
	conv := native.NewConvWeights[T](imagesOf(&in.Window, from, to).Flat())
	images := c.mem[in.Args[0]]
	image := inner(from)
	parts, ranges, unit := c.convPieces(in, conv.Halves(), conv.Parts())
	sums, beside := c.sums(in, parts, out)
	units := (conv.Halves() + unit - 1) / unit
	floats, ints := conv.Scratch((units + ranges - 1) / ranges * unit)
	scratch, integers := c.scratch(floats), c.integers(ints)
	gradients := c.gradients(in, conv.Together(), floats)
	convs := slices.Repeat([]*native.ConvWeights[T]{conv}, parts)
	samples := func(t int) (lo, hi int) { return cut(from[0], t, parts, 1), cut(from[0], t+1, parts, 1) }
	if from[0] == 1 {
		samples = func(int) (lo, hi int) { return 0, 1 }
		for t := range parts {
			convs[t] = conv.Part(conv.Parts()*t/parts, conv.Parts()*(t+1)/parts)
		}
	}
	read := make([]native.Results[T], parts*c.engine.pool.workers) // made here, for a run allocates nothing
	for i := range read {
		lo, hi := samples(i % parts)
		read[i] = gradients(i/parts, lo, hi)
	}
	c.prepare(in, &preparation{parts * ranges, func(worker, piece int) {
		t, i := piece/ranges, piece%ranges
		lo, hi := samples(t)
		from, to := units*i/ranges*unit, min(conv.Halves(), units*(i+1)/ranges*unit)
		convs[t].Run(hi-lo, images[lo*image:hi*image], read[worker*parts+t], sums[t], from, to, scratch(worker), integers(worker))
	}, beside})
	return c.addSums(in, sums, out)
}

// addSums adds up what the parts give, in their order.
func (c *compiler[T]) addSums(in *ir.Instr, sums [][]T, out []T) kernel {
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

// convPieces says into how many parts a batch is cut, and into how many ranges its new channels: by the shapes and the work alone. Each part
// has a sum of its own, which should be less to write than its images are to read: where it is next to nothing there are more parts, with
// which the cores end at about the same time. Ranges have none, but each reads all images. A single image with few new channels is cut
// itself, if it can be. The unit of ranges is halves of panels: one where whole panels, which are quicker, are too few for all cores; no
// number depends on it.
func (c *compiler[T]) convPieces(in *ir.Instr, halves, ofImage int) (parts, ranges, unit int) {
	cut, work := c.engine.plan, c.p.Flops(in)/c.engine.plan.grain
	images := c.p.At(in.Args[0]).Shape
	most := images.Size() / max(1, in.Shape.Size())
	if halves == 1 {
		most = max(2, most)
	}
	wholes := images[0]
	if wholes == 1 && halves == 1 {
		wholes = ofImage
	}
	finest := cut.convParts
	if most >= cut.convMany {
		finest *= 2
	}
	parts = max(1, min(wholes, finest, most, work))
	if unit = 2; parts*halves < unit*c.engine.pool.workers {
		unit = 1
	}
	if parts < cut.convParts {
		ranges = min((halves+unit-1)/unit, cut.convRanges, work/parts)
	}
	return parts, max(1, ranges), unit
}

// gradients are those by the result, of some images: as they lie, or computed when they are wanted, in a worker's scratch memory behind
// floats of the caller's.
func (c *compiler[T]) gradients(in *ir.Instr, together, floats int) func(worker, lo, hi int) native.Results[T] {
	size := inner(c.p.At(in.Args[1]).Shape)
	pool := c.delayed[in]
	if pool == nil {
		return func(_, lo, hi int) native.Results[T] {
			return native.Results[T]{All: c.mem[in.Args[1]][lo*size : hi*size]}
		}
	}
	room := floats + together*size
	unpool, scratch := newUnpool(c, pool, room), c.scratch(room)
	index, g := c.rows(pool.Args[0]), c.rows(pool.Args[1])
	return func(worker, lo, _ int) native.Results[T] {
		return native.Results[T]{Make: func(first, n int) []T {
			results := scratch(worker)[floats:room]
			for i := range n {
				at := lo + first + i
				unpool(worker, results[i*size:(i+1)*size], index.of(worker, at, at+1), g.of(worker, at, at+1))
			}
			return results[:n*size]
		}}
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
