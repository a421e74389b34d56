package ir

import "slices"

// FuseChains makes one pass over memory of element-wise ops that are computed at the same time: what only they read is never
// stored, what several read is read once, and broadcasts, transposes and reshapes of the arguments become the way they are read.
// A chain may have several results.
func FuseChains(p *Program) *Program {
	f := &fuser{p: p, q: &Program{Name: p.Name, DType: p.DType}, set: make([]int, len(p.Instrs)), at: make([]ID, len(p.Instrs))}
	for i := range f.at {
		f.set[i], f.at[i] = -1, -1
	}
	for _, members := range newJoiner(p).sets() {
		for _, id := range members {
			f.set[id] = len(f.sets)
		}
		f.sets = append(f.sets, members)
	}
	f.stored = p.stored(func(id, reader ID) bool { return f.set[id] == f.set[reader] && p.readsDirectly(id, reader) })
	for i := range p.Instrs {
		if f.set[i] < 0 || f.stored[i] {
			f.value(ID(i))
		}
	}
	f.q.Outputs = rename(p.Outputs, f.at)
	for _, u := range p.Updates {
		f.q.Updates = append(f.q.Updates, Update{Into: f.at[u.Into], Value: f.at[u.Value]})
	}
	return f.q
}

// fuser writes the program anew, a set of its element-wise instructions at a time.
type fuser struct {
	p, q   *Program
	sets   [][]ID // arguments before uses
	set    []int  // of each instruction; -1 for those that are no part of one
	stored []bool // values that something outside of their set reads
	at     []ID   // the value of q that stands for each of p; -1 where there is none yet
}

// value is the value of q that stands for one of p. What it needs is written first.
func (f *fuser) value(id ID) ID {
	switch {
	case f.at[id] >= 0:
	case f.set[id] >= 0:
		f.chain(f.sets[f.set[id]])
	default:
		in := f.p.Instrs[id]
		args := make([]ID, len(in.Args))
		for i, a := range in.Args {
			args[i] = f.value(a)
		}
		in.Args = args
		f.at[id] = f.q.emit(in)
	}
	return f.at[id]
}

// chain writes a set as one sweep. All loads come before the steps, so that they are collected first.
func (f *fuser) chain(members []ID) {
	c := chainBuilder{shape: f.p.At(members[0]).Shape}
	operand := map[ID]int{}
	for j, id := range members {
		operand[id] = j
	}
	read := func(a ID) (int, bool) {
		if step, ok := operand[a]; ok {
			return step, true
		}
		root, v := f.p.source(a, c.shape)
		return c.load(f.value(root), v), false
	}
	for _, id := range members {
		for _, a := range f.p.At(id).Args {
			read(a)
		}
	}
	for _, id := range members {
		in := f.p.At(id)
		at := make([]int, len(in.Args))
		for i, a := range in.Args {
			n, isStep := read(a)
			if at[i] = n; isStep {
				at[i] += len(c.args)
			}
		}
		c.body = append(c.body, Step{Op: in.Op, A: at[0], B: at[len(at)-1]})
	}
	for j, id := range members {
		if f.stored[id] {
			f.at[id] = f.q.emit(Instr{Op: Chain, Args: c.args, Views: c.views, Body: c.body, Back: len(members) - 1 - j, Shape: c.shape})
		}
	}
}

// readsDirectly tells whether an element-wise instruction reads a value of its own shape as it lies.
func (p *Program) readsDirectly(id, reader ID) bool {
	return p.At(reader).Op.Elementwise() && p.At(id).Op.Elementwise() && p.At(reader).Shape.Eq(p.At(id).Shape)
}

// stored tells of each value whether it is an output, or a new value of an input, or has a reader from whom it is not kept.
func (p *Program) stored(inside func(id, reader ID) bool) []bool {
	stored := make([]bool, len(p.Instrs))
	for i := range p.Instrs {
		for _, a := range p.Instrs[i].Args {
			stored[a] = stored[a] || !inside(a, ID(i))
		}
	}
	for _, o := range p.Outputs {
		stored[o] = true
	}
	for _, u := range p.Updates {
		stored[u.Value] = true
	}
	return stored
}

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
