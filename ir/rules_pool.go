package ir

import (
	"fmt"
	"math"
)

// Poolings go over images with a Window that has no Spread. Which number of a window is the largest is a value of its own, so that a
// gradient needs nothing else of the images: they need not be kept until it is computed.

// poolRows are the poolings' rows of the table.
func poolRows() map[Op]row {
	return map[Op]row{
		MaxPool: {
			name: "maxpool", doc: "the largest x of each window", arity: 1,
			shape: poolShape, eval: maxPoolEval, local: firstRows, flops: poolFlops, print: printWindow, expand: expandMaxPool,
		},
		MaxPoolIndex: {
			name: "maxpoolindex", doc: "which x of each window is the first of the largest, counted from 0; plus the window's size where the rectifier is 0 there; -1 for a window without an image", arity: 1,
			shape: poolShape, eval: maxPoolIndexEval, local: firstRows, flops: poolFlops, print: printWindow,
		},
		MaxUnpool: {
			name: "maxunpool", doc: "each number where maxpoolindex says, times 0 where the rectifier is, and 0 elsewhere", arity: 2,
			shape: maxUnpoolShape, eval: maxUnpoolEval, local: firstRows, flops: poolFlops, print: printWindow,
		},
		MaxPoolGrad: {
			name: "maxpoolgrad", doc: "the gradient of maxpool from x and the gradient by the result, which goes to the first of the largest", arity: 2,
			shape: maxPoolGradShape, eval: maxPoolGradEval, local: firstRows, flops: poolFlops, print: printWindow, expand: expandMaxPoolGrad,
		},
		SumPool: {
			name: "sumpool", doc: "the sum of x over each window", arity: 1,
			shape: poolShape, eval: sumPoolEval, local: firstRows, flops: poolFlops, print: printWindow,
		},
	}
}

func poolShape(c *call) (Shape, error) {
	if c.Op == MaxPool && len(c.Data) != 1 {
		return nil, fmt.Errorf("maxpool: %d numbers: it has one, for a window without an image", len(c.Data))
	}
	if err := c.checkPool(); err != nil {
		return nil, err
	}
	return imageShape(c, 4, func(x Shape) Shape { return Shape{x[3]} })
}

// checkPool is for all poolings but sums, which may be spread.
func (c *call) checkPool() error {
	if c.Op != SumPool && c.Window.Spread != [2]int{1, 1} {
		return fmt.Errorf("%s: spread %v: its window has none", c.Op, c.Window.Spread)
	}
	if c.Act != None && !rectifies(c.Act) {
		return fmt.Errorf("%s of x times %s of 0 and x", c.Op, c.Act)
	}
	return nil
}

// rectifies tells whether x·op(0, x) is a rectifier.
func rectifies(op Op) bool { return op == Less || op == LessEq }

func maxPoolGradShape(c *call) (Shape, error) {
	x, g := c.shapes[0], c.shapes[1]
	if err := c.checkPool(); err != nil {
		return nil, err
	}
	if len(x) != 4 || len(g) != 4 || x[0] != g[0] || x[3] != g[3] {
		return nil, fmt.Errorf("maxpoolgrad: %v and %v are not an image and what a window makes of it", x, g)
	}
	return x, c.Window.check()
}

// maxUnpoolShape: the arguments have the shape of what maxpool makes, the result that of the images.
func maxUnpoolShape(c *call) (Shape, error) {
	index, g := c.shapes[0], c.shapes[1]
	if err := c.checkPool(); err != nil {
		return nil, err
	}
	if len(index) != 4 || !index.Eq(g) || len(c.Shape) != 4 || c.Shape[0] != g[0] || c.Shape[3] != g[3] {
		return nil, fmt.Errorf("maxunpool: indices %v and numbers %v to %v: images have the axes batch, row, column, channel", index, g, c.Shape)
	}
	return c.Shape, c.Window.check()
}

func maxPoolEval(c *call, out []float64) {
	x := c.rectified()
	at, _ := c.largest(x, c.shapes[0], c.Shape)
	for i, at := range at {
		if out[i] = c.Data[0]; at >= 0 {
			out[i] = x[at]
		}
	}
}

func maxPoolIndexEval(c *call, out []float64) {
	at, taps := c.largest(c.rectified(), c.shapes[0], c.Shape)
	for i, at := range at {
		if out[i] = float64(taps[i]); at >= 0 && c.Act != None && c.Act.Scalar(0, c.args[0][at]) == 0 {
			out[i] += float64(c.Window.Taps())
		}
	}
}

func maxUnpoolEval(c *call, out []float64) {
	clear(out)
	c.overWindows(c.Shape, c.shapes[0], func(o, tap, at int) {
		for i := range c.Shape[3] {
			switch c.args[0][o+i] {
			case float64(tap):
				out[at+i] += c.args[1][o+i]
			case float64(tap + c.Window.Taps()):
				out[at+i] += 0 * c.args[1][o+i]
			}
		}
	})
}

// rectified is what a pooling reads.
func (c *call) rectified() []float64 {
	if c.Act == None {
		return c.args[0]
	}
	y := make([]float64, len(c.args[0]))
	for i, v := range c.args[0] {
		y[i] = v * c.Act.Scalar(0, v)
	}
	return y
}

func maxPoolGradEval(c *call, out []float64) {
	clear(out)
	at, _ := c.largest(c.rectified(), c.shapes[0], c.shapes[1])
	for i, at := range at {
		if at >= 0 {
			out[at] += c.args[1][i]
		}
	}
	if c.Act != None {
		for i, v := range c.args[0] {
			out[i] *= c.Act.Scalar(0, v)
		}
	}
}

// largest is where each window's largest number is, the first of equals or of NaNs, in the images and in the window; -1 where all of the
// window is padding.
func (c *call) largest(x []float64, image, result Shape) (where, taps []int) {
	where, taps = make([]int, result.Size()), make([]int, result.Size())
	for i := range where {
		where[i], taps[i] = -1, -1
	}
	c.overWindows(image, result, func(o, tap, at int) {
		for i := range image[3] {
			if best := &where[o+i]; *best < 0 || x[at+i] > x[*best] || math.IsNaN(x[at+i]) && !math.IsNaN(x[*best]) {
				*best, taps[o+i] = at+i, tap
			}
		}
	})
	return where, taps
}

func sumPoolEval(c *call, out []float64) {
	clear(out)
	c.overWindows(c.shapes[0], c.Shape, func(o, _, at int) {
		for i, v := range c.args[0][at:][:c.Shape[3]] {
			out[o+i] += v
		}
	})
}

// poolFlops: one for each tap.
func poolFlops(c *call) int {
	if c.Op == MaxPoolGrad || c.Op == MaxUnpool {
		return c.Window.Taps() * c.shapes[1].Size()
	}
	return c.Window.Taps() * c.Shape.Size()
}

// expandMaxPool writes the rectifier as ops of its own.
func expandMaxPool(q *Program, in Instr) (ID, bool) {
	if in.Act == None {
		return 0, false
	}
	in.Args = []ID{q.rectify(in.Args[0], in.Act)}
	in.Act = None
	return q.emit(in), true
}

// expandMaxPoolGrad: where the largest are, and the gradient there.
func expandMaxPoolGrad(q *Program, in Instr) (ID, bool) {
	index := Instr{Op: MaxPoolIndex, Args: in.Args[:1:1], Window: in.Window, Act: in.Act, Shape: q.At(in.Args[1]).Shape}
	in.Op, in.Act, in.Args = MaxUnpool, None, []ID{q.emit(index), in.Args[1]}
	return q.emit(in), true
}

// rectify appends x·op(0, x).
func (p *Program) rectify(x ID, op Op) ID {
	s := p.At(x).Shape
	return p.apply(Mul, s, x, p.apply(op, s, p.scalar(0), x))
}

// besidePools moves indices behind the pooling of the same images, for both are computed in one pass.
func besidePools(p *Program) *Program {
	indices := map[string]Instr{}
	for _, in := range p.Instrs {
		if in.Op == MaxPoolIndex {
			indices[in.key()] = in
		}
	}
	if len(indices) == 0 {
		return p
	}
	at := map[string]ID{} // where they are now
	return rewrite(p, func(q *Program, old ID, in Instr) ID {
		before := p.At(old)
		switch before.Op {
		case MaxPool:
			id, key := q.emit(in), before.index().key()
			if index, ok := indices[key]; ok {
				index.Args = in.Args
				if _, there := at[key]; !there {
					at[key] = q.emit(index)
				}
			}
			return id
		case MaxPoolIndex:
			if id, there := at[before.key()]; there {
				return id
			}
			at[before.key()] = q.emit(in)
			return at[before.key()]
		}
		return q.emit(in)
	})
}

// index is the instruction for the indices of a pooling.
func (in *Instr) index() *Instr {
	index := *in
	index.Op, index.Data = MaxPoolIndex, nil
	return &index
}
