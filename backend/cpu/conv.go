package cpu

import (
	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/blas/native"
	"github.com/stheno/stheno/ir"
)

// Images are cut into blocks of whole images.

// imagesOf is a window over images of the shape from, with results of the shape to.
func imagesOf(w *ir.Window, from, to ir.Shape) native.Images {
	return native.Images{
		From: [2]int{from[1], from[2]}, To: [2]int{to[1], to[2]}, Channels: from[3], NewChannels: to[3],
		Size: w.Size, Step: w.Step, Dilation: w.Dilation, Before: w.Before, Spread: w.Spread,
	}
}

// convolves tells whether blas/native has the window.
func convolves(w *ir.Window) bool {
	return (w.Step[0] == 1 || w.Spread[0] == 1) && (w.Step[1] == 1 || w.Spread[1] == 1)
}

func convKernel[T float](c *compiler[T], in *ir.Instr, out []rows[T]) kernel {
	from := c.p.At(in.Args[0]).Shape
	geometry := imagesOf(&in.Window, from, in.Shape)
	if from[0] > 1 {
		geometry = geometry.Flat()
	}
	conv := native.NewConv[T](geometry)
	c.prepareWeights(in, conv)
	images, results := c.rows(in.Args[0]), out[0]
	floats, ints := conv.Scratch()
	scratch, integers := c.scratch(floats), c.integers(ints)
	finish := c.epilogue(in, in.Shape[3])
	if from[0] == 1 && in.Shape.Size() > 0 {
		c.cutConv(in, conv, images.mem, results.mem, scratch, finish)
	}
	return func(worker, lo, hi int) {
		y := results.of(worker, lo, hi)
		conv.Run(images.of(worker, lo, hi), y, scratch(worker), integers(worker))
		if finish != nil {
			finish(y)
		}
	}
}

// cutConv cuts the convolution of a single image: into rows of the result, or, where there are more weights than numbers of images, into
// new channels, so that each weight is read once.
func (c *compiler[T]) cutConv(in *ir.Instr, conv *native.Conv[T], image, result []T, scratch func(worker int) []T, finish func(rows []T)) {
	if conv.ManyWeights() {
		a := c.cutAlone(in, c.p.Flops(in), conv.Panels(), 1, func(worker, lo, hi int) { conv.RunPanels(image, result, scratch(worker), lo, hi) })
		if a != nil && finish != nil {
			a.after = func(_, _, _ int) { finish(result) }
		}
		return
	}
	row := in.Shape[2] * in.Shape[3]
	c.cutAlone(in, c.p.Flops(in), conv.Rows(), c.engine.plan.finer, func(worker, lo, hi int) {
		conv.RunRows(image, result, scratch(worker), lo, hi)
		if finish != nil {
			finish(result[lo*row : hi*row])
		}
	})
}

// weights are those of a convolution that are an input: they are brought into the order of the kernels only when they have changed. Those
// that are read in another order are brought into both at once. A net that answers one question after the other does so once.
type weights[T float] struct {
	watch[T]
	conv    ordered[T]
	ordered numbers[T] // as the convolution reads them, where that is another order than the input's; or nil
}

// ordered is a convolution with its weights in the order of its kernels.
type ordered[T float] interface {
	packs
	Pack(weights []T, back bool, lo, hi int)
}

// findWeights finds the weights that are inputs. What reads them in the order of a convolution, and for convolutions alone, is then
// not to be computed.
func (c *compiler[T]) findWeights(bind map[string]backend.Buffer) {
	c.weights = map[*ir.Instr]*weights[T]{}
	readers := map[ir.ID]int{} // convolutions that have taken the weights behind a view
	for i := range c.p.Instrs {
		in := c.p.At(ir.ID(i))
		if in.Op != ir.Conv && in.Op != ir.GroupConv {
			continue
		}
		source := in.Args[1]
		read := c.p.At(source)
		if read.Op == ir.ViewOp {
			source = read.Args[0]
		}
		if c.p.At(source).Op == ir.Reshape {
			source = c.p.At(source).Args[0]
		}
		if read.Shape.Size() == 0 || !c.constant(source) {
			continue
		}
		w := &weights[T]{watch: newWatch(bind[c.p.At(source).Name].(*buffer[T]))}
		if read.Op == ir.ViewOp {
			w.ordered = make(numbers[T], read.Shape.Size())
			readers[in.Args[1]]++
		}
		c.weights[in] = w
		c.exec.weights = append(c.exec.weights, w)
	}
	uses := c.p.Uses()
	for id, n := range readers {
		if n == uses[id] {
			c.leaveOut[id] = true
		}
	}
}

// prepareWeights brings weights into the order of the kernels.
func (c *compiler[T]) prepareWeights(in *ir.Instr, conv ordered[T]) {
	w := c.weights[in]
	if w == nil || w.ordered == nil {
		values := c.mem[in.Args[1]]
		p := c.packing(conv, func(lo, hi int) {
			if w == nil || !w.fresh {
				conv.Pack(values, in.TransB, lo, hi)
			}
		})
		if c.prepare(in, p); w != nil {
			w.conv, p.made = conv, w
		}
		return
	}
	view := c.p.At(in.Args[1])
	bring := viewOf(c.mem[view.Args[0]], view.Views[0], view.Shape)
	w.conv = conv
	c.prepare(in, &preparation{1, func(_, _ int) {
		if !w.fresh {
			bring(w.ordered, 0, view.Shape.Rows())
			conv.Pack(w.ordered, in.TransB, 0, conv.Panels())
		}
	}, w})
}

// Bytes is the memory of the weights, in both orders.
func (w *weights[T]) Bytes() int { return w.ordered.Bytes() + w.conv.Bytes() }

// Poison fills with NaN what the next run makes anew.
func (w *weights[T]) Poison() {
	if !w.kept() {
		w.ordered.Poison()
		w.conv.Poison()
	}
}
