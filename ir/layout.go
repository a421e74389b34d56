package ir

import "slices"

// Layout moves transpositions of three and more axes past element-wise ops, reductions and concatenations, towards the ends of a program, where most
// of them meet their inverse and go. So a net of convolutions, whose graph has channels first, computes with channels last throughout:
// what is transposed are its inputs and what leaves the images for a dense layer. An element-wise op whose result is asked for, as an
// argument of it is, stays behind their transposition: else each of the two would be kept in both orders.
func Layout(p *Program) *Program {
	asked := map[ID]bool{} // of the program that there was
	for _, id := range p.Outputs {
		asked[id] = true
	}
	given := map[ID]bool{} // those of the new one
	return rewrite(p, func(q *Program, old ID, in Instr) ID {
		id := q.layOut(in, func(a ID) bool { return asked[old] && given[a] })
		if asked[old] {
			given[id] = true
		}
		return id
	})
}

// layOut appends an instruction, before a transposition of its arguments where there is one that it does not stay behind.
func (q *Program) layOut(in Instr, stays func(arg ID) bool) ID {
	switch {
	case in.Op.Elementwise():
		if slices.ContainsFunc(in.Args, stays) {
			break
		}
		for _, a := range in.Args {
			if axes, ok := q.transposition(a); ok {
				return q.elementwiseBefore(axes, in)
			}
		}
	case in.Op == Sum || in.Op == Max:
		if axes, ok := q.transposition(in.Args[0]); ok {
			return q.reduceBefore(axes, in)
		}
	case in.Op == Concat:
		for _, a := range in.Args {
			if axes, ok := q.transposition(a); ok {
				return q.concatBefore(axes, in)
			}
		}
	case in.Op == Reshape || in.Op == ViewOp:
		return q.fold(in)
	}
	return q.emit(in)
}

// transposition tells whether a value is another one with its axes exchanged: axis i is then axes[i] of that.
func (p *Program) transposition(id ID) (axes []int, ok bool) {
	in := p.At(id)
	if in.Op != ViewOp || len(in.Shape) < 3 || in.Views[0].Offset != 0 {
		return nil, false
	}
	source := p.At(in.Args[0]).Shape
	if source.Size() != in.Shape.Size() || source.Size() == 0 {
		return nil, false
	}
	if len(source) != len(in.Shape) { // behind a reshape, which views read through
		source = in.Views[0].order(in.Shape)
	}
	taken := make([]bool, len(source))
	strides := source.Strides()
	for i, n := range in.Shape {
		axis := -1
		for d := range source {
			if !taken[d] && source[d] == n && (n == 1 || strides[d] == in.Views[0].Strides[i]) {
				axis = d
				break
			}
		}
		if axis < 0 {
			return nil, false
		}
		taken[axis] = true
		axes = append(axes, axis)
	}
	return axes, true
}

// order is a shape with its axes in the order of a view's strides, the longest first.
func (v View) order(s Shape) Shape {
	axes := make([]int, len(s))
	for i := range axes {
		axes[i] = i
	}
	slices.SortStableFunc(axes, func(a, b int) int { return v.Strides[b] - v.Strides[a] })
	out := make(Shape, len(s))
	for i, a := range axes {
		out[i] = s[a]
	}
	return out
}

// exchange appends the value with axis i from axis axes[i], or what it is a transposition of.
func (p *Program) exchange(id ID, axes []int) ID {
	s := p.At(id).Shape
	strides := s.Strides()
	view, shape := View{}, Shape{}
	for _, a := range axes {
		view.Strides, shape = append(view.Strides, strides[a]), append(shape, s[a])
	}
	return p.fold(Instr{Op: ViewOp, Args: []ID{id}, Views: []View{view}, Shape: shape})
}

func inverse(axes []int) []int {
	back := make([]int, len(axes))
	for i, a := range axes {
		back[a] = i
	}
	return back
}

// elementwiseBefore computes an op before the transposition of one of its arguments: on it as it lies, and on the others transposed
// back.
func (p *Program) elementwiseBefore(axes []int, in Instr) ID {
	back := inverse(axes)
	in.Args = slices.Clone(in.Args)
	for i, a := range in.Args {
		if len(p.At(a).Shape) > 0 {
			in.Args[i] = p.exchange(a, back)
		}
	}
	in.Shape = p.At(in.Args[0]).Shape
	if len(in.Shape) == 0 {
		in.Shape = p.At(in.Args[1]).Shape
	}
	return p.exchange(p.emit(in), axes)
}

// reduceBefore reduces the axes where they lie.
func (p *Program) reduceBefore(axes []int, in Instr) ID {
	var kept, gone []int
	for i, a := range axes {
		if slices.Contains(in.Axes, i) {
			gone = append(gone, a)
		} else {
			kept = append(kept, a)
		}
	}
	slices.Sort(gone)
	source := p.exchange(in.Args[0], inverse(axes))
	ordered := slices.Sorted(slices.Values(kept))
	order := make([]int, len(kept)) // of the result's axes among those that are left
	for i, a := range kept {
		order[i] = slices.Index(ordered, a)
	}
	y := p.emit(Instr{Op: in.Op, Args: []ID{source}, Axes: gone, Shape: p.At(source).Shape.Without(gone)})
	if slices.IsSorted(order) {
		return y
	}
	return p.exchange(y, order)
}

// concatBefore puts values one after the other before the transposition of one of them, the others transposed back.
func (p *Program) concatBefore(axes []int, in Instr) ID {
	args := make([]ID, len(in.Args))
	for i, a := range in.Args {
		args[i] = p.exchange(a, inverse(axes))
	}
	before := Instr{Op: Concat, Args: args, Axes: []int{axes[in.Axes[0]]}}
	before.Shape, _ = p.Infer(&before)
	return p.exchange(p.emit(before), axes)
}
