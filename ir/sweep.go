package ir

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
		c.body = append(c.body, ScalarOp{Op: in.Op, A: at[0], B: at[len(at)-1]})
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
