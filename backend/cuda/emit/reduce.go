package emit

import (
	"slices"

	"github.com/stheno/stheno/ir"
)

// axis is a run of axes of a source that lie together in memory and are all kept, or all removed.
type axis struct {
	size, stride int
	gone         bool
}

// runs joins the axes of a shape into as few as say the same. Axes of size 1 vanish.
func runs(s ir.Shape, removed []int) []axis {
	var out []axis
	strides := s.Strides()
	for d, size := range s {
		a := axis{size, strides[d], slices.Contains(removed, d)}
		if last := len(out) - 1; size == 1 {
			continue
		} else if last >= 0 && out[last].gone == a.gone && out[last].stride == size*a.stride {
			out[last] = axis{out[last].size * size, a.stride, a.gone}
		} else {
			out = append(out, a)
		}
	}
	return out
}

// reduce removes axes. A kernel takes two runs of removed and two of kept axes; where there are more, the last removed one
// goes first, into scratch memory.
func (e *emitter) reduce(id ir.ID, in *ir.Instr) {
	src, axes := pointer(in.Args[0]), runs(e.p.At(in.Args[0]).Shape, in.Axes)
	for tooMany(axes) {
		last := len(axes) - 1
		for !axes[last].gone {
			last--
		}
		axes[last].gone = false // it stays while the others go
		step := slices.Clone(axes)
		for i := range step {
			step[i].gone = i == last
		}
		n := 1
		for i, a := range step {
			if i != last {
				n *= a.size
			}
		}
		dst := e.scratch(n)
		e.reduceRuns(id, in.Op, src, dst, dense(step))
		src, axes = dst, dense(slices.Delete(axes, last, last+1))
	}
	e.reduceRuns(id, in.Op, src, pointer(id), axes)
}

// dense joins kept neighbours and gives the strides of memory without holes.
func dense(axes []axis) []axis {
	var s ir.Shape
	var gone []int
	for i, a := range axes {
		s = append(s, a.size)
		if a.gone {
			gone = append(gone, i)
		}
	}
	return runs(s, gone)
}

func count(axes []axis, gone bool) int {
	n := 0
	for _, a := range axes {
		if a.gone == gone {
			n++
		}
	}
	return n
}

func tooMany(axes []axis) bool { return count(axes, true) > 2 || count(axes, false) > 2 }

// pair is two runs of axes as kernels/reduce.cu takes them: element i is at (i / inner)·outerStride + (i % inner)·stride.
type pair struct{ size, inner, outerStride, stride int }

func pairOf(axes []axis, gone bool) pair {
	p := pair{size: 1, inner: 1}
	for _, a := range axes {
		if a.gone != gone {
			continue
		}
		p = pair{p.size * a.size, a.size, p.stride, a.stride}
	}
	p.inner = max(p.inner, 1) // of no elements: nothing is divided by 0
	return p
}

// numbers are a reduction's sizes as the kernels take them, for a block that computes `results` of them at a time: the size
// and the walks of kept and removed axes, then the threads for each result and whether neighbours belong to different ones.
func numbers(axes []axis, results int) (kept, gone pair, more []int) {
	kept, gone = pairOf(axes, false), pairOf(axes, true)
	lanes, across := power(gone.size, 1, block), 0
	if results > 1 && len(axes) > 0 && !axes[len(axes)-1].gone {
		side := 32
		if results < fewResults && gone.size >= deepSum {
			side = 8
		}
		lanes = min(lanes, block/power(results, 1, side), power(manyThreads/results, 1, block))
		across = 1
	}
	return kept, gone, []int{kept.inner, kept.outerStride, kept.stride, gone.inner, gone.outerStride, gone.stride, lanes, across}
}

// manyThreads occupy a large GPU: where there are so many results, one has a thread for itself.
const manyThreads = 1 << 18

// Few results that are sums of many terms are those of 8 neighbours a block, which are read at once as well, not of 32.
const (
	fewResults = 32 * wideBlocks
	deepSum    = 128
)

func (e *emitter) reduceRuns(id ir.ID, op ir.Op, src, dst Arg, axes []axis) {
	kept, gone, more := numbers(axes, pairOf(axes, false).size)
	args := append([]Arg{src, dst}, ints(append([]int{kept.size, gone.size}, more...)...)...)
	lanes := more[len(more)-2]
	e.launch(id, "reduce", op.String(), ceil(kept.size, block/lanes), args...)
}

// reduceRows is how many rows of results a block takes: few, because each is made of many terms.
const reduceRows = 8

// reduceTask: each row of the group has `inner` results.
func (e *emitter) reduceTask(p *piece, inner int) {
	axes := runs(e.p.At(p.in.Args[0]).Shape, p.in.Axes)
	_, gone, more := numbers(axes, reduceRows*inner)
	if tooMany(axes) || gone.size*inner > mostRow {
		return
	}
	pointers := []Arg{pointer(p.in.Args[0]), pointer(p.id)}
	p.each = reduceRows
	p.task = func(w *ptx, lo, hi string) {
		from, to := w.compute("mul.lo.u32", lo, inner), w.compute("mul.lo.u32", hi, inner)
		w.block(p.in.Op.String(), pointers, append([]int{gone.size}, more...), from, to)
	}
}
