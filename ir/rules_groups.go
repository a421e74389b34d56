package ir

import "fmt"

// A convolution in groups (Krizhevsky et al., 2012): the channels of an image, and the new ones, are cut into as many groups, and each new
// channel is made of the channels of its group alone. With one channel to a group it is depthwise. Its weights have the axes row, column,
// channel of the group, new channel.

// groupRows are the rows of the table.
func groupRows() map[Op]row {
	return map[Op]row{
		GroupConv: {
			name: "groupconv", doc: "images convolved with weights, group of channels by group, plus a bias and then an activation", arity: -1,
			shape: groupConvShape, eval: groupConvEval, local: firstRows, flops: groupConvFlops, print: printGroups, expand: expandGroupConv,
		},
		GroupConvWeights: {
			name: "groupconvweights", doc: "the gradient of a convolution in groups by its weights, from images and the gradient by the result", arity: 2,
			shape: groupConvWeightsShape, eval: groupConvWeightsEval, flops: groupConvFlops, print: printGroups, expand: expandGroupConvWeights,
		},
	}
}

// Grouped are the channels of a convolution in groups, as its weights have them: from is the side of the images, to that of the result
// of the convolution that does not lead back.
type Grouped struct{ Groups, From, To int } // the last two of each group

// GroupsOf are the channels of an instruction that convolves in groups.
func (p *Program) GroupsOf(in *Instr) Grouped { return p.call(in).grouped() }

func (c *call) grouped() Grouped {
	first, last := c.shapes[0], c.Shape
	switch {
	case c.Op == GroupConvWeights:
		last = c.shapes[1]
	case c.TransB:
		first, last = last, first
	}
	return Grouped{c.Groups, first[3] / max(1, c.Groups), last[3] / max(1, c.Groups)}
}

// weights is the shape of the weights.
func (g Grouped) weights(w *Window) Shape {
	return Shape{w.Size[0], w.Size[1], g.From, g.Groups * g.To}
}

// checkGroups finds channels that no group has.
func (c *call) checkGroups(image, result Shape) error {
	if len(image) != 4 || len(result) != 4 || image[0] != result[0] {
		return fmt.Errorf("%s: %v and %v are not images of one batch", c.Op, image, result)
	}
	if g := c.Groups; g < 1 || image[3]%g != 0 || result[3]%g != 0 {
		return fmt.Errorf("%s: %d groups of %d channels and of %d new ones", c.Op, g, image[3], result[3])
	}
	return c.Window.check()
}

func groupConvShape(c *call) (Shape, error) {
	want := 2
	if c.Bias {
		want = 3
	}
	if len(c.Args) != want {
		return nil, fmt.Errorf("groupconv takes %d arguments here, not %d", want, len(c.Args))
	}
	if c.Act != None && !activates(c.Act) {
		return nil, fmt.Errorf("groupconv: %s is no activation: those are the element-wise ops of one argument", c.Act)
	}
	if err := c.checkGroups(c.shapes[0], c.Shape); err != nil {
		return nil, err
	}
	if w := c.grouped().weights(&c.Window); !w.Eq(c.shapes[1]) {
		return nil, fmt.Errorf("groupconv: %v to %v in %d groups with weights %v, not %v: they have the axes row, column, channel of the group, new channel",
			c.shapes[0], c.Shape, c.Groups, c.shapes[1], w)
	}
	if c.Bias && c.shapes[2].Size() != c.Shape[3] {
		return nil, fmt.Errorf("groupconv: a bias of shape %v for %d channels", c.shapes[2], c.Shape[3])
	}
	return c.Shape, nil
}

func groupConvWeightsShape(c *call) (Shape, error) {
	if err := c.checkGroups(c.shapes[0], c.shapes[1]); err != nil {
		return nil, err
	}
	return c.grouped().weights(&c.Window), nil
}

// overGroups calls f for every product of the sum, with places in the result's and the image's numbers and in the weights: what a window
// meets, channel by channel of each group.
func (c *call) overGroups(image, result Shape, f func(o, at, w int)) {
	g := c.grouped()
	old, new, first, byTap := g.From, g.To, 0, g.From*g.Groups*g.To
	if c.TransB { // the taps in reverse
		old, new, first, byTap = new, old, (c.Window.Taps()-1)*byTap, -byTap
	}
	c.overWindows(image, result, func(o, tap, at int) {
		for n := range g.Groups {
			for i := range old {
				for j := range new {
					w := first + tap*byTap + i*g.Groups*g.To + n*g.To + j
					if c.TransB {
						w = first + tap*byTap + j*g.Groups*g.To + n*g.To + i
					}
					f(o+n*new+j, at+n*old+i, w)
				}
			}
		}
	})
}

func groupConvEval(c *call, out []float64) {
	clear(out)
	c.overGroups(c.shapes[0], c.Shape, func(o, at, w int) { out[o] += c.args[0][at] * c.args[1][w] })
	c.finish(out)
}

func groupConvWeightsEval(c *call, out []float64) {
	clear(out)
	c.overGroups(c.shapes[0], c.shapes[1], func(o, at, w int) { out[w] += c.args[0][at] * c.args[1][o] })
}

// groupConvFlops counts padding, too.
func groupConvFlops(c *call) int {
	g := c.grouped()
	if c.Op == GroupConvWeights {
		return 2 * c.Window.Taps() * g.From * c.shapes[1].Size()
	}
	old := g.From
	if c.TransB {
		old = g.To
	}
	return 2 * c.Window.Taps() * old * c.Shape.Size() / (c.Window.Spread[0] * c.Window.Spread[1])
}

func printGroups(in *Instr, args []string, steps map[int]string) []string {
	words := printWindow(in, args, steps)
	at := 1 + min(2, len(args)) // behind the op and what it is of
	rest := append([]string{fmt.Sprintf("%d groups,", in.Groups)}, words[at:]...)
	return append(words[:at:at], rest...)
}

// fewGroups is how many groups, at most, are taken one by one where there is no kernel for them; and manyChannels how many channels fill
// a kernel: groups of as many are taken so, too.
const fewGroups, manyChannels = 4, 16

// oneByOne tells whether each group is to be a convolution of its own.
func (g Grouped) oneByOne() bool { return g.Groups <= fewGroups || min(g.From, g.To) >= manyChannels }

// expandGroupConv: a convolution for each group, where these are few or large; else all products at once, and their sums.
func expandGroupConv(q *Program, in Instr) (ID, bool) {
	if in.Bias || in.Act != None {
		return q.epilogue(in), true
	}
	g := q.GroupsOf(&in)
	x, new := q.At(in.Args[0]).Shape, in.Shape[3]/in.Groups
	if g.oneByOne() {
		return q.eachGroup(in, func(n int) ID {
			one := Instr{Op: Conv, TransB: in.TransB, Window: in.Window, Shape: Shape{in.Shape[0], in.Shape[1], in.Shape[2], new}}
			one.Args = []ID{q.channels(in.Args[0], n, x[3]/g.Groups), q.channels(in.Args[1], n, g.To)}
			return q.emit(one)
		}), true
	}
	if in.TransB {
		s, axes := q.groupProducts(in.Args[0], -1, in.Args[1], Shape{x[0], x[1], x[2]}, g, in.Window)
		sum := q.emit(Instr{Op: Sum, Args: []ID{s}, Axes: []int{7}, Shape: axes[:7]})
		patches := q.reshape(sum, Shape{x[0], x[1], x[2], in.Window.Size[0], in.Window.Size[1], in.Shape[3]})
		return q.emit(Instr{Op: Unpatch, Args: []ID{patches}, Window: in.Window.Adjoint(), Shape: in.Shape}), true
	}
	// of the axes batch, row, column, tap's row and column, group, channel, new channel
	s, axes := q.groupProducts(-1, in.Args[0], in.Args[1], in.Shape[:3], g, in.Window)
	gone := []int{3, 4, 6}
	return q.reshape(q.emit(Instr{Op: Sum, Args: []ID{s}, Axes: gone, Shape: axes.Without(gone)}), in.Shape), true
}

// expandGroupConvWeights is expandGroupConv for the gradient.
func expandGroupConvWeights(q *Program, in Instr) (ID, bool) {
	g := q.GroupsOf(&in)
	if g.oneByOne() {
		return q.eachGroup(in, func(n int) ID {
			one := Instr{Op: ConvWeights, Window: in.Window, Shape: Shape{in.Shape[0], in.Shape[1], g.From, g.To}}
			one.Args = []ID{q.channels(in.Args[0], n, g.From), q.channels(in.Args[1], n, g.To)}
			return q.emit(one)
		}), true
	}
	s, axes := q.groupProducts(in.Args[1], in.Args[0], -1, q.At(in.Args[1]).Shape[:3], g, in.Window)
	gone := []int{0, 1, 2}
	sum := q.emit(Instr{Op: Sum, Args: []ID{s}, Axes: gone, Shape: axes.Without(gone)}) // tap's row and column, group, channel, new channel
	st := axes.Without(gone).Strides()
	view := View{Strides: []int{st[0], st[1], st[3], st[2], st[4]}}
	shape := Shape{in.Shape[0], in.Shape[1], g.From, g.Groups, g.To}
	return q.reshape(q.read(sum, view, shape), in.Shape), true
}

// eachGroup puts the results of the groups one after the other along the last axis.
func (p *Program) eachGroup(in Instr, one func(n int) ID) ID {
	if in.Groups == 1 {
		return one(0)
	}
	var parts []ID
	for n := range in.Groups {
		parts = append(parts, one(n))
	}
	return p.emit(Instr{Op: Concat, Args: parts, Axes: []int{3}, Shape: in.Shape})
}

// channels are those of group n, each of so many.
func (p *Program) channels(x ID, n, each int) ID {
	s := p.At(x).Shape
	return p.read(x, View{Offset: n * each, Strides: s.Strides()}, Shape{s[0], s[1], s[2], each})
}

// groupProducts are the products of two of three, of the gradient by a result, the patches of images, and weights, the third being -1:
// with the axes batch, row, column, row and column of the tap, group, channel and new channel.
func (p *Program) groupProducts(result, image, weights ID, positions Shape, g Grouped, w Window) (ID, Shape) {
	shape := Shape{positions[0], positions[1], positions[2], w.Size[0], w.Size[1], g.Groups, g.From, g.To}
	var args []ID
	add := func(x ID, strides ...int) {
		args = append(args, p.emit(Instr{Op: ViewOp, Args: []ID{x}, Views: []View{{Strides: strides}}, Shape: shape}))
	}
	if result >= 0 {
		st := p.At(result).Shape.Strides()
		add(result, st[0], st[1], st[2], 0, 0, g.To, 0, 1)
	}
	if image >= 0 {
		patches := p.emit(Instr{Op: Patches, Args: []ID{image}, Window: w, Shape: Shape{shape[0], shape[1], shape[2], shape[3], shape[4], g.Groups * g.From}})
		st := p.At(patches).Shape.Strides()
		add(patches, st[0], st[1], st[2], st[3], st[4], g.From, 1, 0)
	}
	if weights >= 0 {
		st := p.At(weights).Shape.Strides()
		add(weights, 0, 0, 0, st[0], st[1], g.To, st[2], 1)
	}
	return p.apply(Mul, shape, args...), shape
}
