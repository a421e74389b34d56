package emit

import (
	"slices"

	"stheno/backend"
	"stheno/ir"
)

// A loop is one kernel that does many steps: its blocks go through the stages of the program again and again and wait for
// one another after each. That is a launch for all steps instead of some for each; a stage's result is the same, to the bit.
// All blocks must be on the GPU at once, one on each multiprocessor.

// Feed says on what a loop repeats a program: the batch of a step is written to its inputs X and, as rows with a 1, T. An input
// that the program does not have is -1.
type Feed struct {
	X, T                   ir.ID
	Batch, Pixels, Classes int
}

// LoopKernel is the name of a loop's kernel.
const LoopKernel = "loop"

// Loop writes the kernel that repeats a program and keeps the first output of each step; nil where a part of the program must
// be launched by itself, or on the host.
func Loop(u *backend.Unit, f Feed) *Program {
	e := &emitter{p: u.Program, most: Large, out: &Program{}}
	stages := e.stages(u.Phases)
	for _, s := range stages {
		if len(s.groups) == 0 {
			return nil
		}
	}
	if len(u.Plan.Copies) > 0 {
		return nil
	}
	l := &loop{ptx: newPTX(u.Program.DType), feed: f, grid: 1}
	l.write(u, stages)
	e.out.Source = l.entry(LoopKernel, "all steps")
	e.out.Calls = l.calls
	e.out.Steps = []Step{{Module: Own, Kernel: LoopKernel, Grid: l.grid, Args: l.args}}
	return e.out
}

// loop writes a loop; its fields are registers.
type loop struct {
	*ptx
	feed              Feed
	number, all       string // of this block, of blocks
	step, next, steps string
	goal              string // arrivals at the next barrier
	grid              int
}

func (l *loop) write(u *backend.Unit, stages []*stage) {
	l.line("mov.u32 %s, %%tid.x", threadIndex)
	l.number, l.all = l.compute("mov.u32", "%ctaid.x"), l.compute("mov.u32", "%nctaid.x")
	l.step, l.next, l.goal = l.compute("mov.u32", 0), l.compute("mov.u32", 1), l.compute("mov.u32", 0)
	l.steps = l.integer()
	l.line("ld.param.u32 %s, [p%d]", l.steps, l.param(Arg{Kind: Steps}))
	l.stage([]group{l.gather(l.step)}, "")

	again, done := l.mark(), l.mark()
	l.label(again)
	l.jump("ge", l.step, l.steps, done)
	stages, last := l.ending(u, stages)
	for _, s := range stages {
		l.stage(s.groups, "")
	}
	l.stage(last, l.next)
	l.line("mov.u32 %s, %s", l.step, l.next)
	l.line("add.u32 %s, %s, 1", l.next, l.next)
	l.line("bra %s", again)
	l.label(done)
	l.line("ret")
}

// ending has the last stage keep the loss, after it was computed, and gather the next batch, when nobody reads this one. It gives
// the stages before that and the groups of the last.
func (l *loop) ending(u *backend.Unit, stages []*stage) ([]*stage, []group) {
	record := func(w *ptx, _, _ string) {
		w.block("record", []Arg{pointer(u.Program.Outputs[0]), {Kind: Losses}}, nil, l.step)
	}
	last := group{1, 1, 1, []task{record}}
	if n := len(stages) - 1; n >= 0 && blocks(stages[n].groups) == 1 && !stages[n].uses(u, l.feed) {
		last = stages[n].groups[0]
		last.tasks, stages = append(slices.Clone(last.tasks), record), stages[:n]
	}
	return stages, []group{last, l.gather(l.next)}
}

// uses says whether a stage needs the batch.
func (s *stage) uses(u *backend.Unit, f Feed) bool {
	return slices.ContainsFunc(s.ids(), func(id ir.ID) bool {
		return slices.ContainsFunc(append(slices.Clone(u.Program.At(id).Args), id), func(a ir.ID) bool {
			return u.Plan.Alias[a] == f.X || u.Plan.Alias[a] == f.T
		})
	})
}

// gather makes the batch of a step, a row a block.
func (l *loop) gather(step string) group {
	return group{l.feed.Batch, 1, 1, []task{func(w *ptx, lo, hi string) {
		pointers := []Arg{{Kind: Images}, {Kind: Labels}, {Kind: Indices}, {Kind: BatchX}, {Kind: BatchT}}
		w.block("gather", pointers, []int{l.feed.Pixels, l.feed.Classes}, w.compute("mul.lo.u32", step, l.feed.Batch), lo, hi)
	}}}
}

// stage shares out groups among the blocks that there are, which meet at its end. Where a register with the number of a step
// is given, the last group is work for that step, and is done only if there is such a step.
func (l *loop) stage(groups []group, step string) {
	all := blocks(groups)
	l.grid = max(l.grid, all)
	end := l.compute("mov.u32", all)
	if step != "" {
		more := l.mark()
		l.line("mov.u32 %s, %d", end, blocks(groups[:len(groups)-1]))
		l.jump("ge", step, l.steps, more)
		l.line("mov.u32 %s, %d", end, all)
		l.label(more)
	}
	number, again, done := l.compute("mov.u32", l.number), l.mark(), l.mark()
	l.label(again) // no barrier between shares: what uses shared memory ends with one
	l.jump("ge", number, end, done)
	l.groups(groups, number)
	l.line("add.u32 %s, %s, %s", number, number, l.all)
	l.line("bra %s", again)
	l.label(done)
	l.line("add.u32 %s, %s, %s", l.goal, l.goal, l.all)
	l.call("block_barrier", "", []argument{{64, l.pointer(Arg{Kind: Arrived})}, {32, l.goal}})
}
