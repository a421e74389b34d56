package cpu

import (
	"slices"

	"github.com/stheno/stheno/ir"
)

// rows is where the rows of a value lie: one behind the other; or, of a value that lives only while a strip is computed, in memory of the
// worker's that the next strip uses again. Such memory stays in the cache, and nothing of it is ever written to the main memory.
type rows[T float] struct {
	mem   []T
	row   int   // numbers of a row
	local [][]T // of each worker, where the value lives for a strip
	at    int   // its place there
}

// of are the rows lo to hi. Of a value that lives for a strip these are all that there are.
func (r *rows[T]) of(worker, lo, hi int) []T {
	if r.local != nil {
		return r.local[worker][r.at:][:(hi-lo)*r.row]
	}
	return r.mem[lo*r.row : hi*r.row]
}

// same tells whether two values lie in the same place.
func (r *rows[T]) same(o *rows[T]) bool {
	if r.local != nil || o.local != nil {
		return r.local != nil && o.local != nil && r.at == o.at
	}
	return len(r.mem) == len(o.mem) && len(r.mem) > 0 && &r.mem[0] == &o.mem[0]
}

// rows is where a value lies.
func (c *compiler[T]) rows(id ir.ID) rows[T] {
	if r, ok := c.places[id]; ok {
		return r
	}
	return rows[T]{mem: c.mem[id], row: inner(c.p.At(id).Shape)}
}

// results are those of a sweep.
func (c *compiler[T]) results(ids []ir.ID) []rows[T] {
	out := make([]rows[T], len(ids))
	for i, id := range ids {
		out[i] = c.rows(id)
	}
	return out
}

// takesStrips tells whether the kernel of an instruction reads an argument, or writes its result (argument -1), through rows.
func (c *compiler[T]) takesStrips(in *ir.Instr, arg int) bool {
	switch in.Op {
	case ir.Conv, ir.GroupConv:
		return arg <= 0
	case ir.MaxPool, ir.MaxPoolIndex, ir.MaxUnpool, ir.SumPool:
		return true
	case ir.Chain:
		return arg < 0 || in.Views[arg].IsIdentity(in.Shape)
	}
	return in.Op.Elementwise() && (arg < 0 || c.p.At(in.Args[arg]).Shape.Eq(in.Shape))
}

// life is when the memory of a value, and of what overwrites it, is in use within a stage.
type life struct {
	values      []ir.ID
	first, last int // instructions
	size, at    int
}

// placeInStrips finds the values of a stage that nobody outside of it reads, and gives them memory of the workers'.
func (c *compiler[T]) placeInStrips(s *stage) {
	when := map[ir.ID]int{}
	for i, ids := range s.sweeps(c.p) {
		for _, id := range ids {
			when[id] = i
		}
	}
	var placed []*life
	top := 0
	for _, id := range s.ids {
		if l := c.lifeInStage(id, when); l != nil {
			l.size = pad(s.strip * inner(c.p.At(id).Shape))
			l.place(placed)
			placed, top = append(placed, l), max(top, l.at+l.size)
		}
	}
	for w, mem := range c.exec.local {
		if len(mem) < top {
			c.exec.local[w] = make([]T, top)
		}
	}
	for _, l := range placed {
		for _, id := range l.values {
			c.places[id] = rows[T]{row: inner(c.p.At(id).Shape), local: c.exec.local, at: l.at}
		}
	}
}

// pad is a number of elements whose end is no neighbour of what follows in a cache line.
func pad(n int) int { return (n + 31) &^ 31 }

// place takes the first gap that is free while the value lives.
func (l *life) place(placed []*life) {
	busy := slices.DeleteFunc(slices.Clone(placed), func(o *life) bool { return o.last < l.first || l.last < o.first })
	slices.SortFunc(busy, func(a, b *life) int { return a.at - b.at })
	for _, o := range busy {
		if l.at+l.size <= o.at {
			break
		}
		l.at = max(l.at, o.at+o.size)
	}
}

// lifeInStage is nil where a value, or one that shares its memory, is read or written elsewhere, or in another way than through rows.
func (c *compiler[T]) lifeInStage(root ir.ID, when map[ir.ID]int) *life {
	plan := c.unit.Plan
	if plan.Alias[root] != root || plan.Offset[root] < 0 {
		return nil
	}
	shares := func(id ir.ID) bool { return plan.Alias[id] == root }
	if slices.ContainsFunc(c.p.Outputs, shares) || slices.ContainsFunc(c.p.Updates, func(u ir.Update) bool { return shares(u.Value) || shares(u.Into) }) {
		return nil
	}
	l := &life{first: when[root]}
	for i := range c.p.Instrs {
		id, in := ir.ID(i), c.p.At(ir.ID(i))
		at, here := when[id]
		if shares(id) {
			if !here || !c.takesStrips(in, -1) {
				return nil
			}
			l.values, l.last = append(l.values, id), max(l.last, at)
		}
		for j, a := range in.Args {
			if shares(a) {
				if !here || !c.takesStrips(in, j) {
					return nil
				}
				l.last = max(l.last, at)
			}
		}
	}
	return l
}
