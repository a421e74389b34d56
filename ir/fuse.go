package ir

// FuseSoftmax joins softmax with cross-entropy and with its gradient, which keeps both finite where the separate
// ops overflow, and computes the derivative of the sigmoid from its value, σ·(1 − σ), as the book does (5.5.2).
func FuseSoftmax(p *Program) *Program {
	return rewrite(p, func(q *Program, _ ID, in Instr) ID {
		switch in.Op {
		case Sum:
			return q.fuseXent(in)
		case XentGrad:
			return q.emit(q.fuseXentGrad(in))
		case Mul:
			return q.emit(q.fuseSigmoidGrad(in))
		case Log:
			return q.fuseLogSoftmax(in)
		}
		return q.emit(in)
	})
}

// fuseLogSoftmax: the logarithm of a softmax is taken at once, finite where the softmax itself is 0.
func (p *Program) fuseLogSoftmax(in Instr) ID {
	if soft := p.At(in.Args[0]); soft.Op == Softmax && !soft.Log {
		in = *soft
		in.Log = true
	}
	return p.emit(in)
}

// fuseXent: the sum over classes of t·log softmax(x) is xent(x, t); further axes are summed after it.
func (p *Program) fuseXent(in Instr) ID {
	mul := p.At(in.Args[0])
	last := len(mul.Shape) - 1
	if mul.Op != Mul || len(in.Axes) == 0 || in.Axes[len(in.Axes)-1] != last {
		return p.emit(in)
	}
	for i, a := range mul.Args {
		soft, t := p.At(a), mul.Args[1-i]
		if soft.Op != Softmax || !soft.Log || !p.At(t).Shape.Eq(soft.Shape) {
			continue
		}
		rows := p.emit(Instr{Op: Xent, Args: []ID{soft.Args[0], t}, Shape: mul.Shape[:last]})
		if len(in.Axes) == 1 {
			return rows
		}
		in.Args, in.Axes = []ID{rows}, in.Axes[:len(in.Axes)-1]
		return p.emit(in)
	}
	return p.emit(in)
}

// fuseXentGrad moves scalar factors of the targets into the op's own factor.
func (p *Program) fuseXentGrad(in Instr) Instr {
	for {
		mul := p.At(in.Args[1])
		if mul.Op != Mul {
			return in
		}
		t, s, ok := p.splitScalar(mul)
		if !ok {
			return in
		}
		if v, one := p.scalarConst(in.Args[2]); !one || v != 1 {
			s = p.product(in.Args[2], s)
		}
		in.Args = []ID{in.Args[0], t, s}
	}
}

// splitScalar reads a product as tensor times scalar; a scalar that was broadcast counts as one.
func (p *Program) splitScalar(mul *Instr) (tensor, scalar ID, ok bool) {
	for i, a := range mul.Args {
		other := mul.Args[1-i]
		if !p.At(other).Shape.Eq(mul.Shape) || len(mul.Shape) == 0 {
			continue
		}
		if len(p.At(a).Shape) == 0 {
			return other, a, true
		}
		if src := p.broadcastScalar(a); src >= 0 {
			return other, src, true
		}
	}
	return 0, 0, false
}

// broadcastScalar is the scalar behind a view that reads the same element everywhere, or -1.
func (p *Program) broadcastScalar(id ID) ID {
	view := p.At(id)
	if view.Op != ViewOp || !view.Views[0].IsScalar(view.Shape) || view.Views[0].Offset != 0 {
		return -1
	}
	src := p.At(view.Args[0])
	if src.Shape.Size() != 1 {
		return -1
	}
	if len(src.Shape) == 0 {
		return view.Args[0]
	}
	return p.emit(Instr{Op: Reshape, Args: view.Args, Shape: Shape{}})
}

// product multiplies two scalars, at once where both are constant.
func (p *Program) product(a, b ID) ID {
	x, okX := p.scalarConst(a)
	y, okY := p.scalarConst(b)
	if okX && okY {
		return p.scalar(x * y)
	}
	return p.emit(Instr{Op: Mul, Args: []ID{a, b}, Shape: Shape{}})
}

// fuseSigmoidGrad: σ(x)·σ(−x), which is how Gorgonia writes the derivative, becomes σ(x)·(1 − σ(x)).
func (p *Program) fuseSigmoidGrad(in Instr) Instr {
	for i, a := range in.Args {
		z, minus := p.At(a), p.At(in.Args[1-i])
		if z.Op != Sigmoid || minus.Op != Sigmoid || !z.Shape.Eq(minus.Shape) {
			continue
		}
		neg := p.At(minus.Args[0])
		if neg.Op != Mul || neg.Args[0] != z.Args[0] {
			continue
		}
		if v, ok := p.scalarConst(neg.Args[1]); !ok || v != -1 {
			continue
		}
		one := p.scalar(1)
		in.Args = []ID{a, p.emit(Instr{Op: Sub, Args: []ID{one, a}, Shape: in.Shape})}
		return in
	}
	return in
}

// FuseEpilogue takes the bias and the activation into the product before them, where nothing else reads it.
func FuseEpilogue(p *Program) *Program {
	return rewriteUses(p, func(q *Program, _ ID, in Instr, single func(ID) bool) ID {
		if !in.Op.Elementwise() {
			return q.emit(in)
		}
		for i, a := range in.Args {
			mm := *q.At(a)
			if mm.Op != MatMul || mm.Act != None || mm.Acc || !single(a) {
				continue
			}
			if in.Op.Arity() == 1 {
				mm.Act = in.Op
				return q.emit(mm)
			}
			if in.Op != Add || mm.Bias {
				continue
			}
			if bias := q.rowBroadcast(in.Args[1-i], mm.Shape); bias >= 0 {
				mm.Bias = true
				mm.Args = []ID{mm.Args[0], mm.Args[1], bias}
				return q.emit(mm)
			}
		}
		return q.emit(in)
	})
}

// rowBroadcast is the vector behind a view that repeats it for each row of a matrix, or -1.
func (p *Program) rowBroadcast(id ID, matrix Shape) ID {
	in := p.At(id)
	if in.Op != ViewOp || len(in.Shape) != 2 || in.Views[0].Offset != 0 {
		return -1
	}
	v := in.Views[0]
	if p.At(in.Args[0]).Shape.Size() != matrix[1] || v.Strides[0] != 0 && matrix[0] > 1 || v.Strides[1] != 1 && matrix[1] > 1 {
		return -1
	}
	return in.Args[0]
}

// FuseUpdate takes p − lr·dp into the product that makes dp: the gradient is added to the parameter as it is
// computed and is never stored.
func FuseUpdate(p *Program) *Program {
	updated := map[ID]bool{}
	for _, u := range p.Updates {
		updated[u.Value] = true
	}
	return rewriteUses(p, func(q *Program, old ID, in Instr, single func(ID) bool) ID {
		if !updated[old] || in.Op != Sub && in.Op != Add {
			return q.emit(in)
		}
		param, delta := in.Args[0], in.Args[1]
		if q.At(param).Op != Input || q.At(delta).Op != Mul || !single(delta) {
			return q.emit(in)
		}
		grad, scale, ok := q.splitScalar(q.At(delta))
		if !ok || q.At(grad).Op != MatMul || !single(grad) {
			return q.emit(in)
		}
		mm := *q.At(grad)
		if mm.Bias || mm.Act != None || mm.Acc || !q.At(param).Shape.Eq(mm.Shape) {
			return q.emit(in)
		}
		if in.Op == Sub {
			scale = q.product(scale, q.scalar(-1))
		}
		mm.Acc = true
		mm.Args = []ID{mm.Args[0], mm.Args[1], param, scale}
		return q.emit(mm)
	})
}
