package ir

// Trim leaves out the last rows and columns of a convolution that the pooling behind it never reads, as of an image of odd size: nothing
// is computed there, and no gradient comes back.
func Trim(p *Program) *Program {
	read := map[ID][2]int{} // rows and columns of convolutions that are trimmed
	for i := range p.Instrs {
		if in := p.At(ID(i)); in.Op == Conv {
			if most, ok := p.mostRead(ID(i)); ok && (most[0] < in.Shape[1] || most[1] < in.Shape[2]) {
				read[ID(i)] = most
			}
		}
	}
	if len(read) == 0 {
		return p
	}
	trimmed := func(s Shape, most [2]int) Shape { return Shape{s[0], most[0], most[1], s[3]} }
	return rewrite(p, func(q *Program, old ID, in Instr) ID {
		if most, ok := read[old]; ok {
			in.Shape = trimmed(in.Shape, most)
		} else if in.Op == MaxPoolGrad {
			if most, ok := read[p.At(old).Args[0]]; ok {
				in.Shape = trimmed(in.Shape, most)
			}
		}
		return q.emit(in)
	})
}

// mostRead is how many rows and columns of a convolution are read, where all its readers are poolings and their gradients, and the
// readers of these are convolutions, for which what is missing is as good as zero.
func (p *Program) mostRead(conv ID) (most [2]int, ok bool) {
	for _, o := range p.Outputs {
		if o == conv {
			return most, false
		}
	}
	for i := range p.Instrs {
		in := p.At(ID(i))
		for j, a := range in.Args {
			if a != conv {
				continue
			}
			result := in.Shape
			switch {
			case in.Op == MaxPoolGrad && j == 0 && p.onlyConvolved(ID(i)):
				result = p.At(in.Args[1]).Shape
			case in.Op != MaxPool:
				return most, false
			}
			for axis := range 2 {
				w := &in.Window
				end := (result[1+axis]-1)*w.Step[axis] + (w.Size[axis]-1)*w.Dilation[axis] - w.Before[axis] + 1
				most[axis] = max(most[axis], min(end, p.At(conv).Shape[1+axis]))
			}
		}
	}
	return most, most[0] > 0 && most[1] > 0
}

// onlyConvolved tells whether a gradient is read by convolutions and gradients by weights only, as images that they go over.
func (p *Program) onlyConvolved(grad ID) bool {
	for _, o := range p.Outputs {
		if o == grad {
			return false
		}
	}
	for _, u := range p.Updates {
		if u.Value == grad {
			return false
		}
	}
	for i := range p.Instrs {
		in := p.At(ID(i))
		for j, a := range in.Args {
			if a == grad && !(in.Op == Conv && j == 0) && !(in.Op == ConvWeights && j == 1) {
				return false
			}
		}
	}
	return true
}
