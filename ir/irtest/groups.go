package irtest

import "github.com/stheno/stheno/ir"

// groups draws the channels of a convolution in groups: depthwise, with one new channel to each or more, and in groups of a few or many.
func (g *Gen) groups(large bool) ir.Grouped {
	count := []int{1, 2, 3, 5, 16, 17, 35}
	of := ir.Grouped{Groups: count[g.R.IntN(len(count))], From: 1, To: 1}
	if large {
		of.Groups = []int{4, 33, 40}[g.R.IntN(3)]
	}
	switch g.R.IntN(5) {
	case 0:
		of.To = 1 + g.R.IntN(4)
	case 1:
		of.From = 1 + g.R.IntN(4)
	case 2:
		of.From, of.To = 1+g.R.IntN(9), 1+g.R.IntN(9)
	case 3: // which an engine may take one by one
		if of.Groups <= 5 && g.coin() {
			of.From, of.To = 15+g.R.IntN(5), 15+g.R.IntN(5)
		}
	}
	return of
}

// sampleGroups draws a convolution in groups, or its gradient by weights.
func sampleGroups(g *Gen, op ir.Op, s ir.Shape) ir.ID {
	im, of := g.images(s), g.groups(s.Size() > 1000)
	in := ir.Instr{Op: op, Window: im.Window, Groups: of.Groups}
	im.from[3], im.to[3] = of.Groups*of.From, of.Groups*of.To
	if op == ir.GroupConvWeights {
		in.Args = []ir.ID{g.Arg(im.from...), g.Arg(im.to...)}
		return g.Emit(in)
	}
	weights := ir.Shape{im.Size[0], im.Size[1], of.From, of.Groups * of.To}
	if in.TransB = g.coin(); in.TransB {
		im.from[3], im.to[3] = im.to[3], im.from[3]
	}
	in.Args, in.Shape = []ir.ID{g.Arg(im.from...), g.Arg(weights...)}, im.to
	if in.Bias = g.coin(); in.Bias {
		in.Args = append(in.Args, g.Arg(im.to[3]))
	}
	if g.rarely() {
		in.Act = ir.Tanh
	}
	return g.Emit(in)
}
