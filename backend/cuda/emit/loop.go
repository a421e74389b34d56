package emit

import (
	"slices"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/ir"
)

// A loop is one kernel that does many runs of a program: its blocks go through the stages of the program again and again and wait
// for one another after each. That is a launch for all runs instead of some for each; the results are the same, to the bit. All
// blocks must be on the GPU at once.
//
// A round of a pipelined program does of a run what its updates need, and of the run before what follows them: the training step of
// the book's net takes two stages a round instead of four. Meanwhile the round makes what the feeds bring for the next run, which is
// kept three times, so that nobody waits for that. The buffers that are bound to the feeds' inputs are not used.

// LoopKernel is the name of a loop's kernel.
const LoopKernel = "loop"

// Loop writes the kernel that repeats a program on `rows` rows of each feed and keeps the first output of each run. What it repeats
// has a schedule and a memory of its own, which it gives, too; both are nil where a part of the program must be launched by itself, or
// on the host.
func Loop(u *backend.Unit, rows int, feeds []Feed) (*backend.Unit, *Code) {
	var batch []ir.ID
	for i := range u.Program.Instrs {
		in := u.Program.At(ir.ID(i))
		if in.Op == ir.Input && slices.ContainsFunc(feeds, func(f Feed) bool { return f.Name == in.Name }) {
			batch = append(batch, ir.ID(i))
		}
	}
	if p := ir.Pipeline(u.Program, batch...); p != nil {
		late := backend.Plan(p)
		if out := newLoop(late, rows, feeds, true).write(); out != nil {
			return late, out
		}
	}
	if out := newLoop(u, rows, feeds, false).write(); out != nil {
		return u, out
	}
	return nil, nil
}

// loop writes a loop; its strings are registers.
type loop struct {
	*ptx
	u                 *backend.Unit
	rows              int
	feeds             []Feed
	result            ir.ID
	pipelined         bool
	early             []bool // instructions that an update needs
	mixed             bool   // of one sweep some are early and some are not: it cannot be pipelined
	number, all       string // of this block, of blocks
	round, next, runs string
	goal              string // arrivals at the next barrier
	grid              int
}

func newLoop(u *backend.Unit, rows int, feeds []Feed, pipelined bool) *loop {
	l := &loop{ptx: newPTX(u.Program.DType), u: u, rows: rows, feeds: feeds, pipelined: pipelined, grid: 1,
		early: make([]bool, len(u.Program.Instrs))}
	for l.result = u.Program.Outputs[0]; u.Program.At(l.result).Op == ir.Reshape; {
		l.result = u.Program.At(l.result).Args[0]
	}
	for _, up := range u.Program.Updates {
		l.early[up.Value] = true
	}
	for i := len(l.early) - 1; i >= 0; i-- {
		for _, a := range u.Program.At(ir.ID(i)).Args {
			l.early[a] = l.early[a] || l.early[i]
		}
	}
	return l
}

// write gives the kernel and its launch, or nil.
func (l *loop) write() *Code {
	e := &emitter{p: l.u.Program, most: Large, out: &Code{}, within: l.within}
	stages := e.stages(l.u.Phases)
	alone := func(s *stage) bool { return len(s.groups) == 0 }
	computes := func(s *stage) bool { return slices.Contains(s.ids(), l.result) }
	if l.mixed || slices.ContainsFunc(stages, alone) || !slices.ContainsFunc(stages, computes) || len(l.u.Plan.Copies) > 0 {
		return nil
	}
	stages[0].groups = append(stages[0].groups, l.feed())
	l.line("mov.u32 %s, %%tid.x", threadIndex)
	l.number, l.all = l.compute("mov.u32", "%ctaid.x"), l.compute("mov.u32", "%nctaid.x")
	l.round, l.next, l.goal = l.integer(), l.compute("mov.u32", 0), l.compute("mov.u32", 0)
	l.runs = l.integer()
	l.line("ld.param.u32 %s, [p%d]", l.runs, l.param(Arg{Kind: Runs}))
	var rings [][]string
	for i := range l.feeds {
		rings = append(rings, l.ring(e, i))
	}
	l.stage([]group{l.feed()})

	again := l.mark()
	l.label(again)
	for _, r := range rings {
		l.rotate(r)
	}
	l.line("mov.u32 %s, %s", l.round, l.next)
	l.line("add.u32 %s, %s, 1", l.next, l.next)
	for _, s := range stages {
		l.stage(s.groups)
	}
	more := l.next
	if l.pipelined { // a last round for what is left of the last run
		more = l.round
	}
	l.jump("lt", more, l.runs, again)
	l.line("ret")
	e.out.Source, e.out.Calls = l.entry(LoopKernel, "all runs"), l.calls
	e.out.Launches = []Launch{{Module: Own, Kernel: LoopKernel, Grid: l.grid, Args: l.args}}
	return e.out
}

// ring is the addresses of what a feed brings for the next run, for this one and for the one before, in scratch memory. The first is
// where it is made; the others are the program's inputs.
func (l *loop) ring(e *emitter, number int) []string {
	var r []string
	f := l.feeds[number]
	for range 3 {
		r = append(r, l.pointer(e.scratch(l.rows*f.Width*f.Columns)))
	}
	l.held[Arg{Kind: Into, Int: number}] = r[0]
	for i, alias := range l.u.Plan.Alias {
		if in := l.u.Program.At(alias); in.Op == ir.Input && in.Name == f.Name {
			l.held[pointer(ir.ID(i))] = r[1]
		} else if in.Op == ir.Input && in.Name == ir.Late(f.Name) {
			l.held[pointer(ir.ID(i))] = r[2]
		}
	}
	return r
}

func (l *loop) rotate(r []string) {
	oldest := l.address()
	l.line("mov.u64 %s, %s", oldest, r[2])
	for i := len(r) - 1; i > 0; i-- {
		l.line("mov.u64 %s, %s", r[i], r[i-1])
	}
	l.line("mov.u64 %s, %s", r[0], oldest)
}

// within has the first round do nothing of a run before it, and the last nothing of a run after it; and it keeps the result.
func (l *loop) within(sweep []ir.ID, t task) task {
	for _, id := range sweep {
		l.mixed = l.mixed || l.pipelined && l.early[id] != l.early[sweep[0]]
	}
	return func(w *ptx, lo, hi string) {
		skip := w.mark()
		if l.pipelined && l.early[sweep[0]] {
			w.jump("ge", l.round, l.runs, skip)
		} else if l.pipelined {
			w.jump("eq", l.round, 0, skip)
		}
		t(w, lo, hi)
		if slices.Contains(sweep, l.result) {
			run := l.round
			if l.pipelined {
				run = w.compute("sub.u32", l.round, 1)
			}
			w.line("bar.sync 0")
			w.block("record", []Arg{pointer(l.result), {Kind: Results}}, nil, run)
		}
		w.label(skip)
	}
}

// feed makes what the next run gets, if there is one.
func (l *loop) feed() group {
	return group{l.rows, feedRows, 1, []task{func(w *ptx, lo, hi string) {
		skip := w.mark()
		w.jump("ge", l.next, l.runs, skip)
		first := w.compute("mul.lo.u32", l.next, l.rows)
		for i, f := range l.feeds {
			f.write(w, i, first, lo, hi)
		}
		w.label(skip)
	}}}
}

// stage shares out groups among the blocks that there are, which meet at its end.
func (l *loop) stage(groups []group) {
	all := blocks(groups)
	l.grid = max(l.grid, all)
	number, again, done := l.compute("mov.u32", l.number), l.mark(), l.mark()
	l.label(again) // no barrier between shares: what uses shared memory ends with one
	l.jump("ge", number, all, done)
	l.groups(groups, number)
	l.line("add.u32 %s, %s, %s", number, number, l.all)
	l.line("bra %s", again)
	l.label(done)
	l.line("add.u32 %s, %s, %s", l.goal, l.goal, l.all)
	l.call("block_barrier", "", []argument{{64, l.pointer(Arg{Kind: Counter})}, {32, l.goal}})
}
