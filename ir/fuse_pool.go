package ir

// FusePools takes a rectifier into the pooling behind it, and into the gradient of that: neither its result nor its mask is stored.
func FusePools(p *Program) *Program { return fuse(p, "pool") }

// rectifiedBy finds x and the comparison behind x·(0 < x) or x·(0 ≤ x).
func (p *Program) rectifiedBy(id ID) (x ID, op Op, ok bool) {
	mul := p.At(id)
	if mul.Op != Mul {
		return 0, None, false
	}
	for i, a := range mul.Args {
		if op, of, ok := p.comparedWithZero(a); ok && of == mul.Args[1-i] {
			return of, op, true
		}
	}
	return 0, None, false
}

// comparedWithZero finds x behind 0 < x or 0 ≤ x.
func (p *Program) comparedWithZero(id ID) (op Op, x ID, ok bool) {
	in := p.At(id)
	if !rectifies(in.Op) {
		return None, 0, false
	}
	zero, ok := p.scalarConst(in.Args[0])
	return in.Op, in.Args[1], ok && zero == 0
}

// rectifiedPool: the largest of rectified numbers.
func (s *site) rectifiedPool() (ID, bool) {
	x, op, ok := s.rectifiedBy(s.in.Args[0])
	if !ok || s.in.Act != None {
		return 0, false
	}
	in := s.in
	in.Args, in.Act = []ID{x}, op
	return s.emit(in), true
}

// rectifiedPoolGrad: the gradient by the rectified numbers, times the rectifier's mask.
func (s *site) rectifiedPoolGrad() (ID, bool) {
	for i, a := range s.in.Args {
		op, x, ok := s.comparedWithZero(a)
		grad := *s.At(s.in.Args[1-i])
		if !ok || grad.Op != MaxPoolGrad || grad.Act != None || !s.single(s.in.Args[1-i]) {
			continue
		}
		if of, _, ok := s.rectifiedBy(grad.Args[0]); ok && of == x { // by either comparison it is the same number
			grad.Args, grad.Act = []ID{x, grad.Args[1]}, op
			return s.emit(grad), true
		}
	}
	return 0, false
}
