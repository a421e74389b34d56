package ir

// Pass rewrites a program into one of the same meaning. Passes never change their argument.
type Pass struct {
	Name string
	Run  func(*Program) *Program
}

// Passes is the compiler, in order.
var Passes = []Pass{
	{"prune", Prune},
	{"fold", Fold},
	{"share", Share},
	{"convolution", FuseConvolutions},
	{"layout", Layout},
	{"fold again", Fold},
	{"pool", FusePools},
	{"trim", Trim},
	{"softmax", FuseSoftmax},
	{"epilogue", FuseEpilogue},
	{"update", FuseUpdate},
	{"share again", Share}, // the passes above write the same small constants over and over
	{"recompute", Recompute},
	{"chain", FuseChains},
	{"snapshot", Snapshot},
}

// Optimize runs every pass; each is followed by Prune, so that a pass may leave behind what it replaced.
func Optimize(p *Program) *Program {
	for _, pass := range Passes {
		p = Prune(pass.Run(p))
	}
	return p
}

// rewrite builds a new program by asking f, for each instruction in order, which value of the new program stands
// for it. in has its arguments already renamed; f appends what it needs with emit.
func rewrite(p *Program, f func(q *Program, old ID, in Instr) ID) *Program {
	q := &Program{Name: p.Name, DType: p.DType, Instrs: make([]Instr, 0, len(p.Instrs))}
	at := make([]ID, len(p.Instrs))
	for i := range p.Instrs {
		in := p.Instrs[i]
		in.Args = rename(in.Args, at)
		at[i] = f(q, ID(i), in)
	}
	q.Outputs = rename(p.Outputs, at)
	for _, u := range p.Updates {
		q.Updates = append(q.Updates, Update{Into: at[u.Into], Value: at[u.Value]})
	}
	return q
}

// rewriteUses is rewrite for passes that must know whether a value of the new program is read only once.
func rewriteUses(p *Program, f func(q *Program, old ID, in Instr, single func(ID) bool) ID) *Program {
	uses := p.Uses()
	count := map[ID]int{}
	single := func(id ID) bool { return count[id] == 1 }
	return rewrite(p, func(q *Program, old ID, in Instr) ID {
		id := f(q, old, in, single)
		count[id] += uses[old]
		return id
	})
}

func rename(ids, at []ID) []ID {
	out := make([]ID, len(ids))
	for i, id := range ids {
		out[i] = at[id]
	}
	return out
}

// emit appends an instruction whose shape is already set.
func (p *Program) emit(in Instr) ID {
	p.Instrs = append(p.Instrs, in)
	return ID(len(p.Instrs) - 1)
}

// scalar appends a constant of rank 0.
func (p *Program) scalar(v float64) ID {
	return p.emit(Instr{Op: Const, Shape: Shape{}, Data: []float64{p.round(v)}})
}

// round rounds a folded value to the program's type, as computing it step by step would have.
func (p *Program) round(v float64) float64 {
	if p.DType == Float32 {
		return float64(float32(v))
	}
	return v
}

// Prune drops every value that no output and no update needs. Gorgonia differentiates every path: the gradient
// with respect to a network's input goes here.
func Prune(p *Program) *Program {
	live := make([]bool, len(p.Instrs))
	for _, o := range p.Outputs {
		live[o] = true
	}
	for _, u := range p.Updates {
		live[u.Into], live[u.Value] = true, true
	}
	for i := len(p.Instrs) - 1; i >= 0; i-- {
		if !live[i] {
			continue
		}
		for _, a := range p.Instrs[i].Args {
			live[a] = true
		}
	}
	return rewrite(p, func(q *Program, old ID, in Instr) ID {
		if !live[old] {
			return -1
		}
		return q.emit(in)
	})
}

// Share computes equal instructions once.
func Share(p *Program) *Program {
	seen := map[string]ID{}
	return rewrite(p, func(q *Program, _ ID, in Instr) ID {
		if in.Op == Input || in.Op == Host {
			return q.emit(in)
		}
		key := in.key()
		if id, ok := seen[key]; ok {
			return id
		}
		id := q.emit(in)
		seen[key] = id
		return id
	})
}

// Snapshot copies the old value of an updated input where it is an output or the new value of another input: when
// these are read, the input has its new value already.
func Snapshot(p *Program) *Program {
	q := p.Clone()
	updated := map[ID]bool{}
	for _, u := range q.Updates {
		updated[u.Into] = true
	}
	snapshot := func(id ID) ID {
		src := id
		for q.At(src).Op == Reshape {
			src = q.At(src).Args[0]
		}
		if !updated[src] {
			return id
		}
		s := q.At(id).Shape
		return q.emit(Instr{Op: ViewOp, Args: []ID{id}, Views: []View{Identity(s)}, Shape: s})
	}
	for i, o := range q.Outputs {
		q.Outputs[i] = snapshot(o)
	}
	for i, u := range q.Updates {
		if u.Value != u.Into {
			q.Updates[i].Value = snapshot(u.Value)
		}
	}
	return q
}
