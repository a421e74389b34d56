package cpu

import (
	"slices"
	"time"

	"github.com/stheno/stheno/ir"
)

// staged is a group, or a section of one, in stages.
type staged struct {
	ir.Group
	stages []stage
}

func (c *compiler[T]) addPhase(ph ir.Phase) {
	var groups []staged
	for _, g := range ph {
		groups = append(groups, staged{g, c.stages(g, ph)})
	}
	c.addPreparations(ph) // the kernels have said what is to be prepared
	switch {
	case len(groups) > 1:
		c.addTasks(groups)
	case ph[0].Rows == 1:
		c.addAlone(groups[0], ph)
	default:
		for _, section := range c.sections(groups[0]) {
			if c.blocks(section.Group) == 1 && slices.ContainsFunc(section.stages, func(s stage) bool { return s.cut(c.pieces) }) {
				c.addAlone(section, ph)
			} else {
				c.addTasks([]staged{section})
			}
		}
	}
}

// addAlone has all rows computed at once, but for what is cut on its own.
func (c *compiler[T]) addAlone(g staged, ph ir.Phase) {
	phases := c.alone(g.stages, g.Rows, ph)
	c.exec.phases = append(c.exec.phases, phases...)
	if m := c.madeBy(g.Instrs, 0); m != nil {
		last := c.exec.phases[len(c.exec.phases)-1]
		last.made = append(last.made, m)
	}
}

// addTasks cuts groups into blocks, which all cores take together.
func (c *compiler[T]) addTasks(groups []staged) {
	type task struct {
		stages []stage
		lo, hi int
		made   *made
	}
	var tasks []task
	x, total := &phase{}, 0
	for _, g := range groups {
		total += groupWork(c.p, g.Group)
		x.job.near = x.job.near || slices.ContainsFunc(g.stages, func(s stage) bool { return s.images })
		n, step := c.blocks(g.Group), c.step(g.Group)
		m := c.madeBy(g.Instrs, n)
		if m != nil {
			x.made = append(x.made, m)
		}
		for b := range n {
			tasks = append(tasks, task{g.stages, cut(g.Rows, b, n, step), cut(g.Rows, b+1, n, step), m})
		}
	}
	x.parallel = total > c.engine.plan.grain
	x.job.tasks = len(tasks)
	exec := c.exec
	x.job.run = func(worker, t int) {
		for i := range tasks[t].stages {
			tasks[t].stages[i].run(worker, tasks[t].lo, tasks[t].hi)
		}
		if exec.tell != nil {
			x.ended(worker, tasks[t].made, exec.tell)
		}
	}
	c.exec.phases = append(c.exec.phases, x)
}

// sections are the parts of a group that are cut in ways of their own: images one by one, where there are as many cores, and rows of
// matrices by the dozen, for each block of a product brings the other factor in.
func (c *compiler[T]) sections(g staged) []staged {
	var out []staged
	for _, s := range g.stages {
		if n := len(out); n == 0 || out[n-1].stages[0].images != s.images {
			out = append(out, staged{Group: ir.Group{Rows: g.Rows}})
		}
		last := &out[len(out)-1]
		last.stages = append(last.stages, s)
		last.Instrs = append(last.Instrs, s.ids...)
	}
	return out
}

// step is the number of rows that a group's blocks should be a multiple of.
func (c *compiler[T]) step(g ir.Group) int {
	for _, id := range g.Instrs {
		if in := c.p.At(id); in.TransA && c.skips[in] != nil {
			return c.skips[in].Block()
		}
	}
	return 1
}

// stage is a run of instructions of a group that go over the rows strip by strip, each strip through all of them, so that
// what one writes is still in the cache when the next reads it.
type stage struct {
	kernels  []kernel
	prepared []*preparation // what must be done before each of them, where that is not done before the phase or by itself; or nil
	instrs   []*ir.Instr    // theirs
	first    []ir.ID        // theirs
	ids      []ir.ID        // these, and those that are computed beside them
	strip    int            // rows
	images   bool
}

// stages cuts a group's instructions at those that must take all rows at once, and makes their kernels.
func (c *compiler[T]) stages(g ir.Group, ph ir.Phase) []stage {
	out := c.cutStages(g)
	for i := range out {
		s := &out[i]
		if s.images && g.Rows > 1 {
			c.placeInStrips(s)
		}
		for _, ids := range s.sweeps(c.p) {
			in, k := c.p.At(ids[0]), c.kernel(ids)
			prepared := c.prepared[in]
			if prepared != nil && c.fedWithin(in, ph) {
				k, prepared = withPreparation(prepared, k), nil
			}
			s.kernels, s.prepared, s.first = append(s.kernels, k), append(s.prepared, prepared), append(s.first, ids[0])
		}
		c.exec.steps = append(c.exec.steps, step{*s, g.Rows})
	}
	return out
}

// sweeps are the stage's instructions as they are computed.
func (s *stage) sweeps(p *ir.Program) [][]ir.ID { return p.Sweeps(ir.Group{Instrs: s.ids}) }

func (c *compiler[T]) cutStages(g ir.Group) (out []stage) {
	open := false // the last stage takes more instructions
	for _, ids := range c.p.Sweeps(g) {
		in := c.p.At(ids[0])
		if c.leaveOut[ids[0]] {
			continue
		}
		if c.whole(in) {
			out, open = append(out, stage{instrs: []*ir.Instr{in}, ids: ids, strip: max(1, g.Rows), images: ofImages(in)}), false
			continue
		}
		if !open || out[len(out)-1].images != ofImages(in) {
			out, open = append(out, stage{strip: max(1, g.Rows), images: ofImages(in)}), true
		}
		s := &out[len(out)-1]
		s.instrs, s.ids = append(s.instrs, in), append(s.ids, ids...)
		least := c.engine.plan.stripRows
		if ofImages(in) {
			least = 1
		}
		s.strip = min(s.strip, max(least, c.engine.plan.strip/max(1, inner(in.Shape))))
	}
	return out
}

// whole tells whether an instruction prepares so much for each call that it must take all rows at once.
func (c *compiler[T]) whole(in *ir.Instr) bool {
	return c.skips[in] != nil || c.large(in)
}

func (s *stage) run(worker, lo, hi int) {
	for from := lo; from < hi; from += s.strip {
		to := min(from+s.strip, hi)
		for _, k := range s.kernels {
			k(worker, from, to)
		}
	}
}

// time runs the stage as run does, and adds the time of each instruction, with that of its preparation.
func (s *stage) time(rows int, times []time.Duration) {
	add := func(i int, f func()) {
		began := time.Now()
		f()
		times[s.first[i]] += time.Since(began)
	}
	for i, p := range s.prepared {
		if p != nil {
			add(i, func() { p.alone(0) })
		}
	}
	for from := 0; from < rows; from += s.strip {
		for i, k := range s.kernels {
			add(i, func() { k(0, from, min(from+s.strip, rows)) })
		}
	}
}
