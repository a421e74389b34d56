package cpu

import (
	"slices"
	"sync/atomic"

	"github.com/stheno/stheno/ir"
)

// made are the outputs that a group computes, and how many of its tasks are left to do.
type made struct {
	outputs []int
	tasks   int64
	left    atomic.Int64
	told    bool
}

// Announce has f called as outputs come.
func (x *exec[T]) Announce(f func(output int)) { x.tell = f }

// madeBy are the outputs that instructions compute; nil if none.
func (c *compiler[T]) madeBy(ids []ir.ID, tasks int) *made {
	m := &made{tasks: int64(tasks)}
	for i, id := range c.p.Outputs {
		if !c.copied(id) && slices.Contains(ids, c.source(id)) {
			m.outputs = append(m.outputs, i)
		}
	}
	if m.outputs == nil {
		return nil
	}
	return m
}

// copied tells whether an output is given its place only at the end of a run.
func (c *compiler[T]) copied(output ir.ID) bool {
	return slices.ContainsFunc(c.unit.Plan.Copies, func(u ir.Update) bool { return c.unit.Plan.Alias[u.Value] == c.unit.Plan.Alias[output] })
}

// unmade are the outputs that no group makes: what the program is given, and what the copies at the end put in its place.
func (c *compiler[T]) unmade() (outputs []int) {
	for i, id := range c.p.Outputs {
		if op := c.p.At(c.source(id)).Op; op == ir.Input || op == ir.Const || c.copied(id) {
			outputs = append(outputs, i)
		}
	}
	return outputs
}

// source is what reshapes are of.
func (c *compiler[T]) source(id ir.ID) ir.ID {
	for c.p.At(id).Op == ir.Reshape {
		id = c.p.At(id).Args[0]
	}
	return id
}

// expect is called before a phase.
func (ph *phase) expect() {
	for _, m := range ph.made {
		m.left.Store(m.tasks)
		m.told = false
	}
}

// ended is called after a task, of a group or of none that makes outputs, by the worker that did it.
func (ph *phase) ended(worker int, of *made, tell func(int)) {
	if of != nil {
		of.left.Add(-1)
	}
	if worker != 0 {
		return
	}
	tell(-1)
	for _, m := range ph.made {
		if m.left.Load() == 0 {
			m.tell(tell)
		}
	}
}

// tell tells of the outputs, once.
func (m *made) tell(f func(int)) {
	if m.told {
		return
	}
	m.told = true
	for _, o := range m.outputs {
		f(o)
	}
}

// rest is called after a phase: what the last workers have made has not been told.
func (ph *phase) rest(tell func(int)) {
	for _, m := range ph.made {
		m.tell(tell)
	}
}
