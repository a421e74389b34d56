package cpu

import (
	"slices"
	"unsafe"

	"github.com/stheno/stheno/blas/native"
	"github.com/stheno/stheno/ir"
)

// preparation is what must be done for an instruction before its phase begins: all cores do it together, as tasks, and each then
// computes its rows with what came of it.
type preparation struct {
	tasks int
	run   func(worker, task int)
	made  store
}

// store is what a preparation fills.
type store interface {
	Bytes() int
	Poison()
}

// numbers are memory that is one slice.
type numbers[T float] []T

// Bytes is the size.
func (n numbers[T]) Bytes() int { return len(n) * int(unsafe.Sizeof(T(0))) }

// Poison fills it with NaN.
func (n numbers[T]) Poison() { native.FillNaN(n) }

// prepare notes what must be done for an instruction.
func (c *compiler[T]) prepare(in *ir.Instr, p *preparation) {
	if c.prepared == nil {
		c.prepared = map[*ir.Instr]*preparation{}
	}
	c.prepared[in] = p
	c.exec.prepared = append(c.exec.prepared, p)
}

// addPreparations puts a phase before the one that needs it.
func (c *compiler[T]) addPreparations(ph ir.Phase) {
	type task struct {
		*preparation
		number int
	}
	var tasks []task
	for _, g := range ph {
		for _, id := range g.Instrs {
			if in := c.p.At(id); c.prepared[in] != nil && !c.fedWithin(in, ph) {
				for t := range c.prepared[in].tasks {
					tasks = append(tasks, task{c.prepared[in], t})
				}
			}
		}
	}
	if len(tasks) == 0 {
		return
	}
	x := &phase{parallel: true}
	x.job.tasks = len(tasks)
	x.job.run = func(worker, t int) { tasks[t].run(worker, tasks[t].number) }
	c.exec.phases = append(c.exec.phases, x)
}

// fedWithin tells whether a phase makes what an instruction of it reads and could prepare from. This is so in a group of one row,
// which is computed in one piece.
func (c *compiler[T]) fedWithin(in *ir.Instr, ph ir.Phase) bool {
	for _, a := range in.Args {
		a = c.source(a)
		for _, g := range ph {
			if g.Rows == 1 && slices.Contains(g.Instrs, a) {
				return true
			}
		}
	}
	return false
}

// alone does all of it on one core.
func (p *preparation) alone(worker int) {
	for t := range p.tasks {
		p.run(worker, t)
	}
}

// withPreparation is a kernel for all rows that prepares for itself.
func withPreparation(p *preparation, k kernel) kernel {
	return func(worker, lo, hi int) {
		p.alone(worker)
		k(worker, lo, hi)
	}
}
