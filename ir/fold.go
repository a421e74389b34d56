package ir

// foldLimit is the most elements a constant may grow to: folding must not bloat the program.
const foldLimit = 4096

// Fold computes what depends on constants only, and takes out reads that move no data and factors that change
// nothing: sizes of shapes, reshapes to the same shape, transposes that a product can read as they are.
func Fold(p *Program) *Program {
	return rewrite(p, func(q *Program, _ ID, in Instr) ID {
		if !in.Op.Elementwise() {
			return q.fold(in)
		}
		for i, a := range in.Args {
			in.Args[i] = q.uniform(a)
		}
		if s, _ := q.Infer(&in); !s.Eq(in.Shape) { // nothing but scalars is left: one value is repeated
			view := Instr{Op: ViewOp, Views: []View{Broadcast(in.Shape)}, Shape: in.Shape}
			in.Shape = s
			view.Args = []ID{q.fold(in)}
			return q.fold(view)
		}
		return q.fold(in)
	})
}

// fold appends the instruction, or less.
func (p *Program) fold(in Instr) ID {
	if id, ok := p.foldConst(&in); ok {
		return id
	}
	switch in.Op {
	case Mul, Div:
		if id, ok := p.foldOne(&in); ok {
			return id
		}
	case Reshape:
		return p.foldReshape(in)
	case ViewOp:
		return p.foldView(in)
	case MatMul:
		in = p.foldTranspose(in)
	}
	return p.emit(in)
}

// uniform replaces a constant that is the same everywhere by its scalar.
func (p *Program) uniform(id ID) ID {
	in := p.At(id)
	if in.Op != Const || len(in.Data) != 1 || len(in.Shape) == 0 {
		return id
	}
	return p.scalar(in.Data[0])
}

// foldConst runs the reference kernel on constant arguments. Uniform constants stay uniform.
func (p *Program) foldConst(in *Instr) (ID, bool) {
	if len(in.Args) == 0 || in.Op == Host {
		return 0, false
	}
	uniform := in.Op == Reshape || in.Op == ViewOp || in.Op.Elementwise()
	c := p.call(in)
	for _, a := range in.Args {
		arg := p.At(a)
		if arg.Op != Const || arg.Shape.Size() > foldLimit {
			return 0, false
		}
		uniform = uniform && len(arg.Data) == 1
		c.args = append(c.args, arg.Fill())
	}
	n := in.Shape.Size()
	if n > foldLimit && !uniform || n == 0 {
		return 0, false
	}
	out := make([]float64, n)
	if uniform {
		out = out[:1]
		if in.Op == Reshape || in.Op == ViewOp {
			out[0] = c.args[0][0]
			return p.emit(Instr{Op: Const, Shape: in.Shape, Data: out}), true
		}
	}
	table[in.Op].eval(c, out)
	for i := range out {
		out[i] = p.round(out[i])
	}
	return p.emit(Instr{Op: Const, Shape: in.Shape, Data: out}), true
}

// foldOne: x·1 and x/1 are x.
func (p *Program) foldOne(in *Instr) (ID, bool) {
	x, y := in.Args[0], in.Args[1]
	if v, ok := p.scalarConst(y); ok && v == 1 && p.At(x).Shape.Eq(in.Shape) {
		return x, true
	}
	if v, ok := p.scalarConst(x); ok && v == 1 && in.Op == Mul && p.At(y).Shape.Eq(in.Shape) {
		return y, true
	}
	return 0, false
}

func (p *Program) foldReshape(in Instr) ID {
	src := p.At(in.Args[0])
	if src.Op == Reshape {
		in.Args = src.Args
		src = p.At(in.Args[0])
	}
	if src.Shape.Eq(in.Shape) {
		return in.Args[0]
	}
	return p.emit(in)
}

// foldView reads through reshapes, which do not move elements, and through other views.
func (p *Program) foldView(in Instr) ID {
	for {
		src := p.At(in.Args[0])
		if src.Op == Reshape {
			in.Args = src.Args
			continue
		}
		if src.Op == ViewOp {
			if v, ok := src.Views[0].Then(src.Shape, in.Views[0], in.Shape); ok {
				in.Args, in.Views = src.Args, []View{v}
				continue
			}
		}
		break
	}
	src := p.At(in.Args[0])
	if src.Shape.Size() == in.Shape.Size() && in.Views[0].IsIdentity(in.Shape) {
		return p.foldReshape(Instr{Op: Reshape, Args: in.Args, Shape: in.Shape})
	}
	return p.emit(in)
}

// foldTranspose lets a product read a transposed matrix where it lies.
func (p *Program) foldTranspose(in Instr) Instr {
	flip := [2]*bool{&in.TransA, &in.TransB}
	for i, t := range flip {
		src := p.At(in.Args[i])
		if src.Op != ViewOp {
			continue
		}
		from := p.At(src.Args[0]).Shape
		v := src.Views[0]
		if len(from) == 2 && v.Offset == 0 && src.Shape.Eq(Shape{from[1], from[0]}) &&
			v.Strides[0] == 1 && v.Strides[1] == from[1] {
			in.Args[i] = src.Args[0]
			*t = !*t
		}
	}
	return in
}
