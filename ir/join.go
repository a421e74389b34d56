package ir

import "slices"

// moment is when an element-wise value is computed. Values of one moment and shape can be computed in one pass: whatever lies on a
// way from one to the other is of that moment and shape, too.
type moment struct {
	phase int
	level int // other instructions on the longest way to it
}

// joiner finds what is computed in one pass.
type joiner struct {
	p       *Program
	at      []moment
	group   []int // of each instruction, within its phase
	readers [][]ID
}

func newJoiner(p *Program) *joiner {
	s := newScheduler(p)
	j := &joiner{p: p, at: make([]moment, len(p.Instrs)), group: s.group, readers: p.readers()}
	for i := range p.Instrs {
		in, m := p.At(ID(i)), moment{phase: s.phase[i]}
		for _, a := range in.Args {
			m.level = max(m.level, j.at[a].level)
		}
		if !in.Op.Elementwise() {
			m.level++
		}
		j.at[i] = m
	}
	for i := len(p.Instrs) - 1; i >= 0; i-- {
		j.delay(ID(i))
	}
	return j
}

// readers lists who reads each value: once for each time, and -1 for outputs and updates.
func (p *Program) readers() [][]ID {
	readers := make([][]ID, len(p.Instrs))
	for i := range p.Instrs {
		for _, a := range p.Instrs[i].Args {
			readers[a] = append(readers[a], ID(i))
		}
	}
	for _, o := range p.Outputs {
		readers[o] = append(readers[o], -1)
	}
	for _, u := range p.Updates {
		readers[u.Value] = append(readers[u.Value], -1)
	}
	return readers
}

// delay computes a value when it is read, where that is at one moment: it need not be stored then.
func (j *joiner) delay(id ID) {
	readers := j.readers[id]
	for _, r := range readers {
		if r < 0 || !j.p.readsDirectly(id, r) || j.at[r] != j.at[readers[0]] {
			return
		}
	}
	if len(readers) > 0 {
		j.at[id], j.group[id] = j.at[readers[0]], j.group[readers[0]]
	}
}

// sets are the element-wise instructions that are computed together.
func (j *joiner) sets() [][]ID {
	var out [][]ID
	for _, members := range j.connected() {
		if j.fits(members) {
			out = j.beside(out, members)
			continue
		}
		from := 0
		for n := range members {
			if n > from && !j.fits(members[from:n+1]) {
				out, from = append(out, members[from:n]), n
			}
		}
		out = append(out, members[from:])
	}
	return out
}

// connected are the element-wise instructions of one moment that read one another. In each list arguments come before uses, and
// soon before them: a list that is too long for one chain is cut.
func (j *joiner) connected() [][]ID {
	seen, listed := make([]bool, len(j.p.Instrs)), make([]bool, len(j.p.Instrs))
	var out [][]ID
	for i := range j.p.Instrs {
		if !j.p.At(ID(i)).Op.Elementwise() || seen[i] {
			continue
		}
		all := []ID{ID(i)}
		seen[i] = true
		for n := 0; n < len(all); n++ {
			for _, near := range slices.Concat(j.p.At(all[n]).Args, j.readers[all[n]]) {
				if near >= 0 && !seen[near] && j.joined(min(near, all[n]), max(near, all[n])) {
					seen[near] = true
					all = append(all, near)
				}
			}
		}
		slices.Sort(all)
		var members []ID
		for _, id := range all {
			if !slices.ContainsFunc(j.readers[id], func(r ID) bool { return r >= 0 && j.joined(id, r) }) {
				members = j.list(members, id, listed)
			}
		}
		out = append(out, members)
	}
	return out
}

// list puts an instruction behind those that it reads.
func (j *joiner) list(members []ID, id ID, listed []bool) []ID {
	if listed[id] {
		return members
	}
	listed[id] = true
	for _, a := range j.p.At(id).Args {
		if j.joined(a, id) {
			members = j.list(members, a, listed)
		}
	}
	return append(members, id)
}

func (j *joiner) joined(id, reader ID) bool {
	return j.p.readsDirectly(id, reader) && j.at[id] == j.at[reader]
}

// fits tells whether a chain of these instructions is not too long.
func (j *joiner) fits(members []ID) bool {
	return len(members) <= maxSteps && len(j.loads(members).args) <= maxLoads
}

// loads are what a chain of these instructions reads.
func (j *joiner) loads(members []ID) *chainBuilder {
	c := &chainBuilder{shape: j.p.At(members[0]).Shape}
	for _, id := range members {
		for _, a := range j.p.At(id).Args {
			if !slices.Contains(members, a) {
				c.load(j.p.source(a, c.shape))
			}
		}
	}
	return c
}

// beside adds a set to the others: to one of the same group and moment that reads the same array, where both have room in a chain.
func (j *joiner) beside(sets [][]ID, members []ID) [][]ID {
	mine := j.loads(members)
	for i, set := range sets {
		a, b := set[0], members[0]
		if j.at[a] != j.at[b] || j.group[a] != j.group[b] || !j.p.At(a).Shape.Eq(mine.shape) || !shareArray(j.loads(set), mine) {
			continue
		}
		if both := slices.Concat(set, members); j.fits(both) {
			sets[i] = both
			return sets
		}
	}
	return append(sets, members)
}

func shareArray(a, b *chainBuilder) bool {
	for i, id := range a.args {
		if k := slices.Index(b.args, id); k >= 0 && a.views[i].IsIdentity(a.shape) && b.views[k].IsIdentity(a.shape) {
			return a.shape.Size() > 1
		}
	}
	return false
}
