package emit

import (
	"fmt"
	"strconv"

	"stheno/ir"
)

// A phase whose groups are small is one kernel: its blocks share out the groups and the rows of each, and a block takes its
// rows through all instructions of the group, with a barrier after each. No row needs another row of its group, so that no
// block waits for another.

// threadIndex is the register with a thread's number in its block.
const threadIndex = "%r0"

// task writes the code of an instruction for the rows between two registers.
type task func(w *ptx, lo, hi string)

// group is rows that a kernel computes, `each` rows a block.
type group struct {
	rows, each int
	tasks      []task
}

func (g *group) blocks() int { return ceil(g.rows, g.each) }

// own writes a kernel for this program alone and launches it.
func (e *emitter) own(name string, ids []ir.ID, groups []group) {
	w := newPTX(e.p.DType)
	w.line("mov.u32 %s, %%tid.x", threadIndex)
	number := w.compute("mov.u32", "%ctaid.x")
	grid := 0
	for i := range groups {
		g, skip := &groups[i], w.mark()
		first := grid
		grid += g.blocks()
		if i+1 < len(groups) {
			w.jump("ge", number, grid, skip)
		}
		w.group(g, number, first)
		w.line("ret")
		if i+1 < len(groups) {
			w.label(skip)
		}
	}
	e.source.WriteString(w.entry(name, formatIDs(ids)))
	e.out.Calls = append(e.out.Calls, w.calls...)
	e.out.Steps = append(e.out.Steps, Step{IDs: ids, Module: Own, Kernel: name, Grid: grid, Args: w.args})
}

// group writes what a block does whose number is that of the kernel's first block of the group, or more.
func (w *ptx) group(g *group, number string, first int) {
	from := number
	if first > 0 {
		from = w.compute("sub.u32", number, first)
	}
	lo := w.compute("mul.lo.u32", from, g.each)
	hi := w.compute("min.u32", w.compute("add.u32", lo, g.each), g.rows)
	for i, t := range g.tasks {
		if i > 0 {
			w.line("bar.sync 0")
		}
		t(w, lo, hi)
	}
}

// The bounds of what one kernel a phase is good for. A block of it reads the whole right-hand side of a product, and its
// tile has few rows; larger products are better served by launches of their own.
const (
	mostSide    = 1 << 17 // elements of a product's right-hand side
	mostProduct = 1 << 26 // multiplications
	mostRow     = 1 << 14 // elements of one row of anything else
	mostBlocks  = 264     // two on each multiprocessor of a large GPU
	mostParams  = 400     // of 8 bytes; a kernel can have 4 KB
)

// fused makes one kernel of a phase; false where that is not possible or not good.
func (e *emitter) fused(number int, ph ir.Phase) bool {
	var groups []group
	var ids []ir.ID
	params := map[ir.ID]bool{}
	for _, g := range ph {
		if g.Rows == 0 {
			continue
		}
		out := group{rows: g.Rows, each: g.Rows}
		product := false
		for _, id := range g.Instrs {
			in := e.p.At(id)
			if in.Shape.Size() == 0 {
				continue
			}
			t, each, ok := e.task(id, in, g.Rows)
			if !ok {
				return false
			}
			product = product || in.Op == ir.MatMul
			out.tasks, out.each, ids = append(out.tasks, t), min(out.each, each), append(ids, id)
			params[id] = true
			for _, a := range in.Args {
				params[a] = true
			}
		}
		if len(out.tasks) == 0 {
			continue
		}
		out.each = max(out.each, ceil(g.Rows, mostBlocks))
		if product {
			out.each = ceil(out.each, tileRows) * tileRows
		}
		groups = append(groups, out)
	}
	if len(ids) < 2 || len(params) > mostParams {
		return false
	}
	e.own(fmt.Sprintf("phase%d", number), ids, groups)
	return true
}

// task chooses how a block computes rows of an instruction, and how many rows at least are good for a block.
func (e *emitter) task(id ir.ID, in *ir.Instr, rows int) (t task, each int, ok bool) {
	inner := in.Shape.Size() / rows
	switch {
	case in.Op == ir.MatMul:
		return e.matmulTask(id, in)
	case in.Op == ir.Sum || in.Op == ir.Max:
		return e.reduceTask(id, in, inner)
	case in.Op == ir.Softmax || in.Op == ir.Xent || in.Op == ir.XentGrad:
		return e.rowsTask(id, in, rows)
	case in.Op == ir.Host || inner > mostRow:
		return nil, 0, false
	}
	return e.chainTask(id, e.asChain(in), rows), max(1, block/inner), true
}

// block writes the call of a function of kernels/functions.cu that a whole block runs. Its last arguments are registers.
func (w *ptx) block(name string, pointers []Arg, ints []int, registers ...string) {
	var args []argument
	for _, p := range pointers {
		if p.Kind == Null {
			args = append(args, argument{64, "0"})
		} else {
			args = append(args, argument{64, w.pointer(p.Value)})
		}
	}
	for _, n := range ints {
		args = append(args, argument{32, strconv.Itoa(n)})
	}
	for _, r := range registers {
		args = append(args, argument{32, r})
	}
	w.call("block_"+name+"_"+w.typ(), "", args)
}
