package ir

// groupBias: a number for each new channel that is added to a convolution in groups, whose kernels begin their sums with it.
func (s *site) groupBias() (ID, bool) {
	for i, a := range s.in.Args {
		conv := *s.At(a)
		if conv.Op != GroupConv || conv.Act != None || conv.Bias || !s.single(a) {
			continue
		}
		if bias := s.pixelBroadcast(s.in.Args[1-i], conv.Shape); bias >= 0 {
			conv.Bias, conv.Args = true, []ID{conv.Args[0], conv.Args[1], bias}
			return s.emit(conv), true
		}
	}
	return 0, false
}

// pixelBroadcast is the vector behind a view that repeats it for each pixel of images, or -1.
func (p *Program) pixelBroadcast(id ID, images Shape) ID {
	in := p.At(id)
	want := View{Strides: []int{0, 0, 0, 1}}
	if in.Op != ViewOp || !in.Shape.Eq(images) || p.At(in.Args[0]).Shape.Size() != images[3] || !in.Views[0].same(want, images) {
		return -1
	}
	return in.Args[0]
}
