package ir

// The fusions that end in rows of classes, or in what comes before them.

// logSoftmax: the logarithm of a softmax is taken at once, finite where the softmax itself is 0.
func (s *site) logSoftmax() (ID, bool) {
	soft := *s.At(s.in.Args[0])
	if soft.Op != Softmax || soft.Log {
		return 0, false
	}
	soft.Log = true
	return s.emit(soft), true
}

// crossEntropy: the sum over classes of t·log softmax(x) is loglikelihood(x, t); further axes are summed after it.
func (s *site) crossEntropy() (ID, bool) {
	in, mul := s.in, s.At(s.in.Args[0])
	last := len(mul.Shape) - 1
	if mul.Op != Mul || len(in.Axes) == 0 || in.Axes[len(in.Axes)-1] != last {
		return 0, false
	}
	for i, a := range mul.Args {
		soft, t := s.At(a), mul.Args[1-i]
		if soft.Op != Softmax || !soft.Log || !s.At(t).Shape.Eq(soft.Shape) {
			continue
		}
		rows := s.emit(Instr{Op: LogLikelihood, Args: []ID{soft.Args[0], t}, Shape: mul.Shape[:last]})
		if len(in.Axes) == 1 {
			return rows, true
		}
		in.Args, in.Axes = []ID{rows}, in.Axes[:len(in.Axes)-1]
		return s.emit(in), true
	}
	return 0, false
}

// targetFactors moves scalar factors of the targets into the gradient's own factor.
func (s *site) targetFactors() (ID, bool) {
	in, moved := s.in, false
	for {
		mul := s.At(in.Args[1])
		if mul.Op != Mul {
			break
		}
		t, factor, ok := s.splitScalar(mul)
		if !ok {
			break
		}
		if v, one := s.scalarConst(in.Args[2]); !one || v != 1 {
			factor = s.product(in.Args[2], factor)
		}
		in.Args, moved = []ID{in.Args[0], t, factor}, true
	}
	if !moved {
		return 0, false
	}
	return s.emit(in), true
}

// sigmoidGrad: σ(x)·σ(−x), which is how Gorgonia writes the derivative, becomes σ(x)·(1 − σ(x)).
func (s *site) sigmoidGrad() (ID, bool) {
	in := s.in
	for i, a := range in.Args {
		z, minus := s.At(a), s.At(in.Args[1-i])
		if z.Op != Sigmoid || minus.Op != Sigmoid || !z.Shape.Eq(minus.Shape) {
			continue
		}
		neg := s.At(minus.Args[0])
		if neg.Op != Mul || neg.Args[0] != z.Args[0] {
			continue
		}
		if v, ok := s.scalarConst(neg.Args[1]); !ok || v != -1 {
			continue
		}
		one := s.scalar(1)
		in.Args = []ID{a, s.emit(Instr{Op: Sub, Args: []ID{one, a}, Shape: in.Shape})}
		return s.emit(in), true
	}
	return 0, false
}
