package ir

import "slices"

// FuseConvolutions makes convolutions of the products that Gorgonia writes for them, whose factor is a matrix of patches: the
// convolution itself, and its gradients by the images and by the weights. No matrix of patches is left.
func FuseConvolutions(p *Program) *Program { return fuse(p, "convolution") }

// patchMatrix is a matrix with a row for each position of a result and a column for each number that meets it there.
type patchMatrix struct {
	*Instr       // the patches, or what becomes the image
	outer  bool  // columns go by channel, then tap; else by tap, then channel
	shape  Shape // of the patches: image, row, column, row and column of the tap, channel
}

// byTap are strides for row of the tap, column of the tap, channel, if the columns lie so far apart.
func (m *patchMatrix) byTap(apart int) []int {
	height, width, channels := m.shape[3], m.shape[4], m.shape[5]
	if m.outer {
		return []int{width * apart, apart, height * width * apart}
	}
	return []int{width * channels * apart, channels * apart, apart}
}

// columns is how many there are.
func (m *patchMatrix) columns() int { return m.shape[3:].Size() }

// outerOrder is the view that reads patches with channels outermost as they are with channels innermost, or back.
func outerOrder(patches Shape, back bool) (View, Shape) {
	s := patches
	mid := Shape{s[0], s[1], s[2], s[5], s[3], s[4]}
	if !back {
		st := s.Strides()
		return View{Strides: []int{st[0], st[1], st[2], st[5], st[3], st[4]}}, mid
	}
	st := mid.Strides()
	return View{Strides: []int{st[0], st[1], st[2], st[4], st[5], st[3]}}, s
}

// same tells whether two views read the same elements of a shape: the strides of dimensions of size 1 do not matter.
func (v View) same(w View, s Shape) bool {
	for d := range s {
		if s[d] != 1 && v.Strides[d] != w.Strides[d] {
			return false
		}
	}
	return v.Offset == w.Offset
}

// patches finds the patches behind a matrix.
func (p *Program) patches(id ID) (m patchMatrix, ok bool) {
	rows := p.At(id).Shape[0]
	in := p.behindReshape(id)
	if in.Op == ViewOp {
		source := p.behindReshape(in.Args[0])
		if source.Op != Patches {
			return m, false
		}
		if want, shape := outerOrder(source.Shape, false); !in.Shape.Eq(shape) || !in.Views[0].same(want, shape) {
			return m, false
		}
		m.outer, in = true, source
	}
	m.Instr, m.shape = in, in.Shape
	return m, in.Op == Patches && in.Shape[:3].Size() == rows
}

func (p *Program) behindReshape(id ID) *Instr {
	for p.At(id).Op == Reshape {
		id = p.At(id).Args[0]
	}
	return p.At(id)
}

// convolution: patches times weights.
func (s *site) convolution() (ID, bool) {
	if s.in.TransA || len(s.in.Args) != 2 || s.in.Act != None {
		return 0, false
	}
	m, ok := s.patches(s.in.Args[0])
	if !ok {
		return 0, false
	}
	n := s.in.Shape[1]
	w := s.weights(&m, s.in.Args[1], s.in.TransB, n)
	y := s.emit(Instr{Op: Conv, Args: []ID{m.Args[0], w}, Window: m.Window, Shape: append(slices.Clone(m.shape[:3]), n)})
	return s.reshape(y, s.in.Shape), true
}

// weights brings a matrix of patches x new channels, or its transpose, into the order of a convolution's.
func (p *Program) weights(m *patchMatrix, matrix ID, transposed bool, n int) ID {
	column, channel := n, 1
	if transposed {
		column, channel = 1, m.columns()
	}
	view := View{Strides: append(m.byTap(column), channel)}
	return p.read(matrix, view, append(slices.Clone(m.shape[3:]), n))
}

// convWeights: patches times a gradient, or a gradient times patches, over all positions.
func (s *site) convWeights() (ID, bool) {
	if !s.in.TransA || s.in.TransB || len(s.in.Args) != 2 || s.in.Act != None {
		return 0, false
	}
	for i, a := range s.in.Args {
		m, ok := s.patches(a)
		if !ok {
			continue
		}
		g := s.in.Args[1-i]
		n := s.At(g).Shape[1]
		g = s.reshape(g, append(slices.Clone(m.shape[:3]), n))
		w := s.emit(Instr{Op: ConvWeights, Args: []ID{m.Args[0], g}, Window: m.Window, Shape: append(slices.Clone(m.shape[3:]), n)})
		// from row, column, channel, new channel to the product's order
		st := s.At(w).Shape.Strides()
		axes := []int{0, 1, 2}
		if m.outer {
			axes = []int{2, 0, 1}
		}
		if axes = append(axes, 3); i == 1 { // new channels are the product's rows
			axes = append([]int{3}, axes[:3]...)
		}
		view, shape := View{}, Shape{}
		for _, a := range axes {
			view.Strides, shape = append(view.Strides, st[a]), append(shape, s.At(w).Shape[a])
		}
		return s.reshape(s.read(w, view, shape), s.in.Shape), true
	}
	return 0, false
}

// convData: a gradient times weights, added up to images.
func (s *site) convData() (ID, bool) {
	shape := s.At(s.in.Args[0]).Shape
	m := patchMatrix{Instr: &s.in, shape: shape}
	mm := s.behindReshape(s.in.Args[0])
	if mm.Op == ViewOp {
		if want, _ := outerOrder(shape, true); !mm.Shape.Eq(shape) || !mm.Views[0].same(want, shape) {
			return 0, false
		}
		m.outer, mm = true, s.behindReshape(mm.Args[0])
	}
	if mm.Op != MatMul || mm.TransA || len(mm.Args) != 2 || mm.Act != None || !mm.Shape.Eq(Shape{shape[:3].Size(), m.columns()}) {
		return 0, false
	}
	n := s.At(mm.Args[0]).Shape[1]
	g := s.reshape(mm.Args[0], append(slices.Clone(shape[:3]), n))
	w := s.weights(&m, mm.Args[1], !mm.TransB, n)
	return s.emit(Instr{Op: Conv, TransB: true, Args: []ID{g, w}, Window: s.in.Window.Adjoint(), Shape: s.in.Shape}), true
}
