package ir

import "slices"

// fusion is a pattern of instructions and what stands for it.
type fusion struct {
	pass string
	name string
	at   func(Op) bool                  // the ops that the pattern can end with
	by   func(s *site) (id ID, ok bool) // writes what stands for it; false where the pattern is not there
}

// site is an instruction that may be the last of a pattern. Its arguments are of the new program.
type site struct {
	*Program // the new one
	in       Instr
	single   func(ID) bool // tells whether a value is read only once
	updates  bool          // the value is the new one of an input
}

// fusions are tried in this order.
var fusions = []fusion{
	{"convolution", "a product of patches and weights", ops(MatMul), (*site).convolution},
	{"convolution", "a product of patches and a gradient", ops(MatMul), (*site).convWeights},
	{"convolution", "patches of a product that add up to images", ops(Unpatch), (*site).convData},
	{"pool", "a pooling of what a rectifier gives", ops(MaxPool), (*site).rectifiedPool},
	{"pool", "the gradient of both", ops(Mul), (*site).rectifiedPoolGrad},
	{"softmax", "the logarithm of a softmax", ops(Log), (*site).logSoftmax},
	{"softmax", "cross-entropy", ops(Sum), (*site).crossEntropy},
	{"softmax", "factors of the targets of its gradient", ops(LogLikelihoodGrad), (*site).targetFactors},
	{"softmax", "the derivative of the sigmoid", ops(Mul), (*site).sigmoidGrad},
	{"epilogue", "a product that is transposed", ops(ViewOp), (*site).transposedProduct},
	{"epilogue", "an activation of a product", activates, (*site).activation},
	{"epilogue", "a bias of a product", ops(Add), (*site).bias},
	{"epilogue", "a bias of a convolution in groups", ops(Add), (*site).groupBias},
	{"epilogue", "a sum of two products", ops(Add), (*site).productSum},
	{"update", "a step along a product", ops(Sub, Add), (*site).descent},
}

func ops(these ...Op) func(Op) bool { return func(o Op) bool { return slices.Contains(these, o) } }

func activates(o Op) bool { return o.Elementwise() && o.Arity() == 1 }

// FuseSoftmax joins softmax with cross-entropy and with its gradient, which keeps both finite where the separate
// ops overflow, and computes the derivative of the sigmoid from its value, σ·(1 − σ), as the book does (5.5.2).
func FuseSoftmax(p *Program) *Program { return fuse(p, "softmax") }

// FuseEpilogue takes the bias and the activation into the product before them, where nothing else reads it, and a product into another
// that it is added to.
func FuseEpilogue(p *Program) *Program { return fuse(p, "epilogue") }

// FuseUpdate takes p − lr·dp into the product that makes dp: the gradient is added to the parameter as it is
// computed and is never stored.
func FuseUpdate(p *Program) *Program { return fuse(p, "update") }

func fuse(p *Program, pass string) *Program {
	var all []fusion
	for _, f := range fusions {
		if f.pass == pass {
			all = append(all, f)
		}
	}
	return p.fuse(all)
}

func (p *Program) fuse(all []fusion) *Program {
	updated := map[ID]bool{}
	for _, u := range p.Updates {
		updated[u.Value] = true
	}
	return rewriteUses(p, func(q *Program, old ID, in Instr, single func(ID) bool) ID {
		for _, f := range all {
			if !f.at(in.Op) {
				continue
			}
			if id, ok := f.by(&site{q, in, single, updated[old]}); ok {
				return id
			}
		}
		return q.emit(in)
	})
}

// transposedProduct: (A·B)ᵀ is Bᵀ·Aᵀ.
func (s *site) transposedProduct() (ID, bool) {
	product := s.in.Args[0]
	mm := *s.At(product)
	if mm.Op != MatMul || mm.Bias || mm.Acc || !s.single(product) || len(s.in.Shape) != 2 || s.in.Views[0].Offset != 0 {
		return 0, false
	}
	m, n := mm.Shape[0], mm.Shape[1]
	if m == 1 || n == 1 || !s.in.Shape.Eq(Shape{n, m}) || !slices.Equal(s.in.Views[0].Strides, []int{1, n}) {
		return 0, false
	}
	mm.Args, mm.Shape = []ID{mm.Args[1], mm.Args[0]}, Shape{n, m}
	mm.TransA, mm.TransB = !mm.TransB, !mm.TransA
	return s.emit(mm), true
}

// productSum: one product that is added to another as it is computed, where the result is larger than what it is made of: it is not
// written and read once more.
func (s *site) productSum() (ID, bool) {
	for i, a := range s.in.Args {
		mm, other := *s.At(a), s.in.Args[1-i]
		if mm.Op != MatMul || mm.Bias || mm.Acc || mm.Act != None || !s.single(a) || s.At(other).Op != MatMul || !s.single(other) {
			continue
		}
		if m, n, k := s.Dims(&mm); !s.At(other).Shape.Eq(mm.Shape) || m*n <= k*(m+n) {
			continue
		}
		mm.Acc, mm.Args = true, []ID{mm.Args[0], mm.Args[1], other, s.scalar(1)}
		return s.emit(mm), true
	}
	return 0, false
}

// activation: the product's own, or that of a convolution in groups.
func (s *site) activation() (ID, bool) {
	mm := *s.At(s.in.Args[0])
	if mm.Op != MatMul && mm.Op != GroupConv || mm.Act != None || mm.Acc || !s.single(s.in.Args[0]) {
		return 0, false
	}
	mm.Act = s.in.Op
	return s.emit(mm), true
}

// bias: a vector that is added to each row of a product.
func (s *site) bias() (ID, bool) {
	for i, a := range s.in.Args {
		mm := *s.At(a)
		if mm.Op != MatMul || mm.Act != None || mm.Acc || mm.Bias || !s.single(a) {
			continue
		}
		if bias := s.rowBroadcast(s.in.Args[1-i], mm.Shape); bias >= 0 {
			mm.Bias = true
			mm.Args = []ID{mm.Args[0], mm.Args[1], bias}
			return s.emit(mm), true
		}
	}
	return 0, false
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

// descent: the new value of an input, itself and a product times a number, added or subtracted.
func (s *site) descent() (ID, bool) {
	param, delta := s.in.Args[0], s.in.Args[1]
	if !s.updates || s.At(param).Op != Input || s.At(delta).Op != Mul || !s.single(delta) {
		return 0, false
	}
	grad, scale, ok := s.splitScalar(s.At(delta))
	if !ok || s.At(grad).Op != MatMul || !s.single(grad) {
		return 0, false
	}
	mm := *s.At(grad)
	if mm.Bias || mm.Act != None || mm.Acc || !s.At(param).Shape.Eq(mm.Shape) {
		return 0, false
	}
	if s.in.Op == Sub {
		scale = s.product(scale, s.scalar(-1))
	}
	mm.Acc = true
	mm.Args = []ID{mm.Args[0], mm.Args[1], param, scale}
	return s.emit(mm), true
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
