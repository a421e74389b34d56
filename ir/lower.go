package ir

import "slices"

// Lower replaces the instructions that an engine has no kernel for: by simpler ops, where the row of the op says how, and else
// by a function on the host, which runs the reference kernel. What is left are instructions that the engine has, and Input,
// Const, Reshape and Host, which every engine has. has is asked about an instruction of the program that it gets with it.
func Lower(p *Program, has func(*Program, *Instr) bool) *Program {
	lacks := func(q *Program, in *Instr) bool {
		switch in.Op {
		case Input, Const, Reshape, Host:
			return false
		}
		return !has(q, in)
	}
	for slices.ContainsFunc(p.Instrs, func(in Instr) bool { return lacks(p, &in) }) {
		p = rewrite(p, func(q *Program, _ ID, in Instr) ID {
			if !lacks(q, &in) {
				return q.emit(in)
			}
			if expand := table[in.Op].expand; expand != nil {
				if id, ok := expand(q, in); ok {
					return id
				}
			}
			return q.emit(q.onHost(in))
		})
		p = Prune(p)
	}
	return besidePools(p)
}

// onHost is an instruction as a function that runs the reference kernel.
func (p *Program) onHost(in Instr) Instr {
	shapes := p.Shapes(&in)
	alone := in
	return Instr{Op: Host, Name: in.Op.String(), Args: in.Args, Shape: in.Shape, Host: func(out any, args []any) error {
		c := &call{Instr: &alone, shapes: shapes}
		for _, a := range args {
			c.args = append(c.args, wide(a))
		}
		if out, ok := out.([]float64); ok {
			table[alone.Op].eval(c, out)
			return nil
		}
		v := make([]float64, alone.Shape.Size())
		table[alone.Op].eval(c, v)
		for i, x := range v {
			out.([]float32)[i] = float32(x)
		}
		return nil
	}}
}

// wide is a host slice as float64.
func wide(s any) []float64 {
	if v, ok := s.([]float64); ok {
		return v
	}
	v := make([]float64, len(s.([]float32)))
	for i, x := range s.([]float32) {
		v[i] = float64(x)
	}
	return v
}

// apply appends an element-wise op, whose arguments have the shape or are scalars.
func (p *Program) apply(op Op, shape Shape, args ...ID) ID {
	in := Instr{Op: op, Args: args}
	in.Shape, _ = p.Infer(&in)
	id := p.emit(in)
	if !in.Shape.Eq(shape) { // of scalars
		return p.emit(Instr{Op: ViewOp, Args: []ID{id}, Views: []View{Broadcast(shape)}, Shape: shape})
	}
	return id
}

// read appends what brings a value to a shape through a view; nothing where it has that shape already, or is a scalar.
func (p *Program) read(id ID, v View, shape Shape) ID {
	src := p.At(id).Shape
	switch {
	case len(src) == 0:
		return id
	case src.Size() != shape.Size() || !v.IsIdentity(shape):
		return p.emit(Instr{Op: ViewOp, Args: []ID{id}, Views: []View{v}, Shape: shape})
	case !src.Eq(shape):
		return p.emit(Instr{Op: Reshape, Args: []ID{id}, Shape: shape})
	}
	return id
}

// alongRows repeats one number of each row for all of its elements.
func (p *Program) alongRows(id ID, shape Shape) ID {
	rows := p.At(id).Shape
	return p.emit(Instr{Op: ViewOp, Args: []ID{id}, Views: []View{{Strides: append(rows.Strides(), 0)}}, Shape: shape})
}

// reduceRows removes the last axis.
func (p *Program) reduceRows(op Op, id ID) ID {
	s := p.At(id).Shape
	last := len(s) - 1
	return p.emit(Instr{Op: op, Args: []ID{id}, Axes: []int{last}, Shape: s[:last]})
}

// expandChain makes an instruction of each step up to the value.
func expandChain(q *Program, in Instr) (ID, bool) {
	vals := make([]ID, 0, len(in.Args)+len(in.Body))
	for i, a := range in.Args {
		vals = append(vals, q.read(a, in.Views[i], in.Shape))
	}
	for _, s := range in.Body[:len(in.Body)-in.Back] {
		args := []ID{vals[s.A], vals[s.B]}[:s.Op.Arity()]
		vals = append(vals, q.apply(s.Op, in.Shape, args...))
	}
	return vals[in.Result()], true
}

// expandMatMul takes out what is done to the product, and then the transposes.
func expandMatMul(q *Program, in Instr) (ID, bool) {
	plain := in
	plain.Act, plain.Acc, plain.Bias, plain.Args = None, false, false, in.Args[:2:2]
	switch {
	case in.Act != None:
		before := in
		before.Act = None
		return q.apply(in.Act, in.Shape, q.emit(before)), true
	case in.Bias:
		row := q.emit(Instr{Op: ViewOp, Args: in.Args[2:3], Views: []View{{Strides: []int{0, 1}}}, Shape: in.Shape})
		return q.apply(Add, in.Shape, q.emit(plain), row), true
	case in.Acc:
		factor := q.emit(Instr{Op: Reshape, Args: in.Args[3:4], Shape: Shape{}})
		into := q.emit(Instr{Op: Reshape, Args: in.Args[2:3], Shape: in.Shape})
		return q.apply(Add, in.Shape, into, q.apply(Mul, in.Shape, q.emit(plain), factor)), true
	case in.TransA || in.TransB:
		for i, trans := range []*bool{&plain.TransA, &plain.TransB} {
			if s := q.At(plain.Args[i]).Shape; *trans {
				*trans = false
				flipped := Instr{Op: ViewOp, Args: []ID{plain.Args[i]}, Views: []View{{Strides: []int{1, s[1]}}}, Shape: Shape{s[1], s[0]}}
				plain.Args = []ID{plain.Args[0], plain.Args[1]}
				plain.Args[i] = q.emit(flipped)
			}
		}
		return q.emit(plain), true
	}
	return 0, false
}

// expandSoftmax: exp(x − top) / Σ exp(x − top), with the largest x of the row as top, or the logarithm of that.
func expandSoftmax(q *Program, in Instr) (ID, bool) {
	x := in.Args[0]
	shifted := q.apply(Sub, in.Shape, x, q.alongRows(q.reduceRows(Max, x), in.Shape))
	e := q.apply(Exp, in.Shape, shifted)
	sum := q.reduceRows(Sum, e)
	if in.Log {
		return q.apply(Sub, in.Shape, shifted, q.alongRows(q.apply(Log, q.At(sum).Shape, sum), in.Shape)), true
	}
	return q.apply(Div, in.Shape, e, q.alongRows(sum, in.Shape)), true
}

// expandLogLikelihoodGrad: s·(t − softmax(x)·Σt).
func expandLogLikelihoodGrad(q *Program, in Instr) (ID, bool) {
	x, t, s := in.Args[0], in.Args[1], in.Args[2]
	soft := q.emit(Instr{Op: Softmax, Args: []ID{x}, Shape: in.Shape})
	total := q.alongRows(q.reduceRows(Sum, t), in.Shape)
	return q.apply(Mul, in.Shape, q.apply(Sub, in.Shape, t, q.apply(Mul, in.Shape, soft, total)), s), true
}
