package emit

import "github.com/stheno/stheno/ir"

// lines describes an op on rows of classes: its kernel, where it reads and writes, and its numbers.
func (e *emitter) lines(id ir.ID, in *ir.Instr) (kernel string, shape ir.Shape, pointers []Arg, more []int) {
	shape = e.p.At(in.Args[0]).Shape
	for _, a := range in.Args {
		pointers = append(pointers, pointer(a))
	}
	pointers = append(pointers, pointer(id))
	if in.Op == ir.Softmax {
		log := 0
		if in.Log {
			log = 1
		}
		more = append(more, log)
	}
	return in.Op.String(), shape, pointers, more
}

// lanesFor is how many threads work on a row of classes: as many as it needs, up to a whole block.
func lanesFor(classes int) int { return power(classes, 8, block) }

func (e *emitter) rows(id ir.ID, in *ir.Instr) {
	kernel, shape, pointers, more := e.lines(id, in)
	classes := shape[len(shape)-1]
	rows, lanes := shape[:len(shape)-1].Size(), lanesFor(classes)
	args := append(pointers, ints(append([]int{rows, classes, lanes}, more...)...)...)
	e.launch(id, "rows", kernel, ceil(rows, block/lanes), args...)
}

// rowsTask: some consecutive rows of classes belong to one row of the group.
func (e *emitter) rowsTask(p *piece, rows int) {
	kernel, shape, pointers, more := e.lines(p.id, p.in)
	classes := shape[len(shape)-1]
	per := shape[:len(shape)-1].Size() / rows
	if per*classes > mostRow {
		return
	}
	lanes := lanesFor(classes)
	p.each = max(1, block/lanes/per)
	p.task = func(w *ptx, lo, hi string) {
		w.block(kernel, pointers, append([]int{classes, lanes}, more...), w.compute("mul.lo.u32", lo, per), w.compute("mul.lo.u32", hi, per))
	}
}
