package emit

import (
	"maps"
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

// stage is work that one launch can do: its groups side by side. Where groups is nil, each instruction needs its own launch.
type stage struct {
	phase  int // its first
	ids    []ir.ID
	groups []group
	params map[ir.ID]bool
}

func (s *stage) blocks() int {
	n := 0
	for i := range s.groups {
		n += s.groups[i].blocks()
	}
	return n
}

// own writes a kernel for this program alone and launches it.
func (e *emitter) own(name string, s *stage) {
	w := newPTX(e.p.DType)
	w.line("mov.u32 %s, %%tid.x", threadIndex)
	w.stage(s, w.compute("mov.u32", "%ctaid.x"))
	w.line("ret")
	e.source.WriteString(w.entry(name, formatIDs(s.ids)))
	e.out.Calls = append(e.out.Calls, w.calls...)
	e.out.Steps = append(e.out.Steps, Step{IDs: s.ids, Module: Own, Kernel: name, Grid: s.blocks(), Args: w.args})
}

// stage writes what the block of a number does: it finds its group and its rows.
func (w *ptx) stage(s *stage, number string) {
	done, first := w.mark(), 0
	for i := range s.groups {
		g, skip := &s.groups[i], w.mark()
		next := first + g.blocks()
		last := i+1 == len(s.groups)
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

// The bounds of what one kernel a phase is good for. A block of it reads the whole right-hand side of a product, and its
// tile has few rows; larger products are better served by launches of their own.
const (
	mostSide    = 1 << 17 // elements of a product's right-hand side
	mostProduct = Large   // multiplications
	mostRow     = 1 << 14 // elements of one row of anything else
	mostBlocks  = 264     // two on each multiprocessor of a large GPU
	mostParams  = 400     // of 8 bytes; a kernel can have 4 KB
)

// stages are what launches do, in order: a phase each. Phases of one block are one stage.
func (e *emitter) stages(phases []ir.Phase) []*stage {
	var all []*stage
	for n, ph := range phases {
		s := e.stage(n, ph)
		if last := len(all) - 1; last < 0 || !all[last].then(s) {
			all = append(all, s)
		}
	}
	return all
}

func (e *emitter) stage(number int, ph ir.Phase) *stage {
	s := &stage{phase: number, params: map[ir.ID]bool{}}
	together := true
	for _, g := range ph {
		out, ok := e.group(g, s)
		together = together && ok
		if len(out.tasks) > 0 {
			s.groups = append(s.groups, out)
		}
	}
	if !together || len(s.params) > mostParams {
		s.groups = nil
	}
	return s
}

// group adds a group's instructions to a stage and gives what its blocks do; false where they must be launched by themselves.
func (e *emitter) group(g ir.Group, s *stage) (out group, ok bool) {
	out, ok = group{rows: g.Rows, each: g.Rows}, true
	product := false
	for _, id := range g.Instrs {
		in := e.p.At(id)
		if in.Shape.Size() == 0 && in.Op != ir.Host {
			continue
		}
		s.ids = append(s.ids, id)
		t, each, can := e.task(id, in, g.Rows)
		if ok = ok && can; !ok {
			continue
		}
		product = product || in.Op == ir.MatMul
		out.tasks, out.each = append(out.tasks, t), min(out.each, each)
		s.params[id] = true
		for _, a := range in.Args {
			s.params[a] = true
		}
	}
	out.each = max(out.each, ceil(g.Rows, mostBlocks))
	if product {
		out.each = ceil(out.each, tileRows) * tileRows
	}
	return out, ok
}

// then puts a stage behind another where each has one block: the same block does both, one after the other.
func (s *stage) then(next *stage) bool {
	if s.blocks() != 1 || next.blocks() != 1 || len(s.params)+len(next.params) > mostParams {
		return false
	}
	g := &s.groups[0]
	for _, t := range next.groups[0].tasks {
		rows := next.groups[0].rows
		g.tasks = append(g.tasks, func(w *ptx, _, _ string) { t(w, w.compute("mov.u32", 0), w.compute("mov.u32", rows)) })
	}
	s.ids = append(s.ids, next.ids...)
	maps.Copy(s.params, next.params)
	return true
}

// task chooses how a block computes rows of an instruction, and how many rows at least are good for a block.
func (e *emitter) task(id ir.ID, in *ir.Instr, rows int) (t task, each int, ok bool) {
	if in.Op == ir.Host {
		return nil, 0, false
	}
	inner := in.Shape.Size() / rows
	switch {
	case in.Op == ir.MatMul:
		return e.matmulTask(id, in)
	case in.Op == ir.Sum || in.Op == ir.Max:
		return e.reduceTask(id, in, inner)
	case in.Op == ir.Softmax || in.Op == ir.Xent || in.Op == ir.XentGrad:
		return e.rowsTask(id, in, rows)
	case inner > mostRow:
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
