package cpu

import (
	"slices"

	"github.com/stheno/stheno/ir"
)

// Of a batch of one nothing can be cut into rows, and of a small one a product with a large right-hand side is not. Products and
// convolutions are then cut in another direction, each on its own.

// pieces are an instruction cut on its own.
type pieces struct {
	count int
	run   func(worker, piece int)
	after kernel // what is to be done when all are there; or nil
}

// cutAlone notes how an instruction can be cut: into ranges of so many parts, where its work is worth it. Each grain of the work is cut so
// many times finer, for all cores to end at about the same time. A single core does it in one piece: no bit depends on the cuts.
func (c *compiler[T]) cutAlone(in *ir.Instr, work, parts, finer int, run func(worker, lo, hi int)) *pieces {
	grains := work / c.engine.plan.grain
	if grains < 2 || parts < 2 {
		return nil
	}
	n := min(parts, grains*finer, c.engine.plan.mostTasks)
	if c.engine.pool.workers == 1 {
		n = 1
	}
	a := &pieces{count: n, run: func(worker, piece int) { run(worker, parts*piece/n, parts*(piece+1)/n) }}
	if c.pieces == nil {
		c.pieces = map[*ir.Instr]*pieces{}
	}
	c.pieces[in] = a
	return a
}

// alone makes phases of stages that go over all rows at once: what lies between two instructions that are cut is one task.
func (c *compiler[T]) alone(stages []stage, rows int, ph ir.Phase) (out []*phase) {
	add := func(tasks int, run func(worker, task int)) {
		x := &phase{parallel: tasks > 1}
		x.job.tasks, x.job.run, x.job.near = tasks, run, true
		out = append(out, x)
	}
	var open []kernel
	end := func() {
		if kernels := open; len(kernels) > 0 {
			add(1, func(worker, _ int) {
				for _, k := range kernels {
					k(worker, 0, rows)
				}
			})
		}
		open = nil
	}
	for i := range stages {
		s := &stages[i]
		if !s.cut(c.pieces) {
			open = append(open, s.run)
			continue
		}
		for i, k := range s.kernels {
			a := c.pieces[s.instrs[i]]
			if a == nil {
				open = append(open, k)
				continue
			}
			end()
			if p := c.prepared[s.instrs[i]]; p != nil && c.fedWithin(s.instrs[i], ph) {
				add(p.tasks, p.run)
			}
			add(a.count, a.run)
			if a.after != nil {
				open = append(open, a.after)
			}
		}
	}
	end()
	return out
}

// cut tells whether an instruction of a stage is cut on its own. Of several rows it is the only one of its stage.
func (s *stage) cut(pieces map[*ir.Instr]*pieces) bool {
	return slices.ContainsFunc(s.instrs, func(in *ir.Instr) bool { return pieces[in] != nil })
}
