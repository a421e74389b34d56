package emit

import (
	"strconv"

	"github.com/stheno/stheno/ir"
)

// A phase whose instructions are small is one kernel: its blocks share out the groups and the rows of each, and a block takes
// its rows through all instructions of the group, with a barrier after each. No row needs another row of its group, so that no
// block waits for another.

// threadIndex is the register with a thread's number in its block.
const threadIndex = "%r0"

// task writes the code of an instruction for the rows between two registers.
type task func(w *ptx, lo, hi string)

// group is rows that a kernel computes, `each` rows a block, a multiple of tile.
type group struct {
	rows, each, tile int
	tasks            []task
}

func (g *group) blocks() int { return ceil(g.rows, g.each) }

func blocks(groups []group) int {
	n := 0
	for i := range groups {
		n += groups[i].blocks()
	}
	return n
}

// own writes a kernel for this program alone and launches it.
func (e *emitter) own(name string, ids []ir.ID, groups []group) {
	e.kernel(name, formatIDs(ids), ids, groups)
}

func (e *emitter) kernel(name, comment string, ids []ir.ID, groups []group) {
	w := newPTX(e.p.DType)
	w.line("mov.u32 %s, %%tid.x", threadIndex)
	w.groups(groups, w.compute("mov.u32", "%ctaid.x"))
	w.line("ret")
	e.source.WriteString(w.entry(name, comment))
	e.out.Calls = append(e.out.Calls, w.calls...)
	e.out.Launches = append(e.out.Launches, Launch{IDs: ids, Module: Own, Kernel: name, Grid: blocks(groups), Args: w.args})
}

// groups writes what the block of a number does: it finds its group and its rows.
func (w *ptx) groups(groups []group, number string) {
	done, first := w.mark(), 0
	for i := range groups {
		g, skip := &groups[i], w.mark()
		next := first + g.blocks()
		last := i+1 == len(groups)
		if !last {
			w.jump("ge", number, next, skip)
		}
		w.group(g, number, first)
		if !last {
			w.line("bra %s", done)
			w.label(skip)
		}
		first = next
	}
	w.label(done)
}

// group writes what a block does whose number is that of the stage's first block of the group, or more.
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

// The bounds of what such a kernel is good for. A block of it reads the whole right-hand side of a product, and its
// tile has few rows; larger products are better served by launches of their own.
const (
	mostSide    = 1 << 17 // elements of a product's right-hand side
	mostProduct = Large   // multiplications
	mostRow     = 1 << 14 // elements of one row of anything else
	mostBlocks  = 264     // two on each multiprocessor of a large GPU
	mostParams  = 400     // of 8 bytes; a kernel can have 4 KB
)

// block writes the call of a function of kernels/functions.cu that a whole block runs. Its last arguments are registers.
func (w *ptx) block(name string, pointers []Arg, ints []int, registers ...string) {
	var args []argument
	for _, p := range pointers {
		if p.Kind == Null {
			args = append(args, argument{64, "0"})
		} else {
			args = append(args, argument{64, w.pointer(p)})
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
