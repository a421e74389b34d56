package graph

import (
	"fmt"
	"math"

	"github.com/stheno/stheno/ir"

	"gorgonia.org/gorgonia"
)

// window is how a pooling goes over an image: its size, how far it moves, and how many rows and columns of padding there are
// above and on the left.
type window struct {
	height, width             int // of the window
	stepDown, stepRight       int
	top, left                 int
	planes                    int // batch x channels
	inHeight, inWidth         int
	pooledHeight, pooledWidth int
}

// pooling is a kernel in both types: out is the result, in are the arguments of Gorgonia's op.
type pooling struct {
	name    string
	single  func(w window, out []float32, in [][]float32)
	double  func(w window, out []float64, in [][]float64)
	forward bool
}

var (
	maxPool         = pooling{"MaxPool", maxPooled[float32], maxPooled[float64], true}
	maxPoolDiff     = pooling{"MaxPool derivative", maxSpread[float32], maxSpread[float64], false}
	averagePool     = pooling{"AveragePool", averagePooled[float32], averagePooled[float64], true}
	averagePoolDiff = pooling{"AveragePool derivative", averageSpread[float32], averageSpread[float64], false}
)

// lowerPool runs a pooling as a host function that keeps nothing between forward and derivative. The results are Gorgonia's but for
// two of its faults: its AveragePool2D divides by the width of the image instead of the size of the window, and a NaN is no maximum.
func lowerPool(p pooling) rule {
	return func(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
		image, pooled := l.Shape(args[0]), shapeOf(n)
		if !p.forward {
			pooled = l.Shape(args[1])
		}
		w, ok := windowOf(n.Op(), image, pooled)
		if !ok {
			return 0, false
		}
		return l.Emit(ir.Instr{Op: ir.Host, Name: fmt.Sprintf("%s %dx%d", p.name, w.height, w.width), Args: args, Shape: shapeOf(n),
			Host: func(out any, in []any) error { return p.run(w, out, in) }}), true
	}
}

func windowOf(op gorgonia.Op, image, pooled ir.Shape) (window, bool) {
	f := fieldsOf(op)
	w := window{
		height: f.int("h"), width: f.int("w"), stepDown: f.int("strideH"), stepRight: f.int("strideW"),
		top: f.int("padNorth"), left: f.int("padWest"),
	}
	if f.bool("explicitPadding") { // of four paddings Gorgonia puts the second above and the fourth on the left
		w.top, w.left = f.int("padSouth"), f.int("padEast")
	}
	if f.missing || len(image) != 4 || len(pooled) != 4 {
		return w, false
	}
	w.planes, w.inHeight, w.inWidth = image[0]*image[1], image[2], image[3]
	w.pooledHeight, w.pooledWidth = pooled[2], pooled[3]
	return w, true
}

func (p *pooling) run(w window, out any, in []any) error {
	switch o := out.(type) {
	case []float32:
		p.single(w, o, slicesOf[float32](in))
	case []float64:
		p.double(w, o, slicesOf[float64](in))
	}
	return nil
}

func slicesOf[T any](in []any) [][]T {
	out := make([][]T, len(in))
	for i := range in {
		out[i] = in[i].([]T)
	}
	return out
}

// each calls f for every window with the position of its pooled value and the rows and columns of the image that it covers.
func (w window) each(f func(pooled, image, top, bottom, left, right int)) {
	for plane := range w.planes {
		image := plane * w.inHeight * w.inWidth
		for r := range w.pooledHeight {
			top := r*w.stepDown - w.top
			for c := range w.pooledWidth {
				left := c*w.stepRight - w.left
				f((plane*w.pooledHeight+r)*w.pooledWidth+c, image, max(top, 0), min(top+w.height, w.inHeight), max(left, 0), min(left+w.width, w.inWidth))
			}
		}
	}
}

// largest is the position of the largest number of a window, the first of equals, or of a NaN; -1 where the window lies in the padding.
func largest[T float32 | float64](w window, x []T, image, top, bottom, left, right int) int {
	at := -1
	for r := top; r < bottom; r++ {
		for i := image + r*w.inWidth + left; i < image+r*w.inWidth+right; i++ {
			if at < 0 || x[i] > x[at] || x[i] != x[i] && x[at] == x[at] {
				at = i
			}
		}
	}
	return at
}

// maxPooled: in is the image. A window that lies in the padding alone gives the lowest number of the type, as Gorgonia's does.
func maxPooled[T float32 | float64](w window, out []T, in [][]T) {
	w.each(func(pooled, image, top, bottom, left, right int) {
		if at := largest(w, in[0], image, top, bottom, left, right); at >= 0 {
			out[pooled] = in[0][at]
		} else {
			out[pooled] = lowest[T]()
		}
	})
}

func lowest[T float32 | float64]() T {
	if _, single := any(T(0)).(float32); single {
		return T(-math.MaxFloat32)
	}
	low := -math.MaxFloat64
	return T(low)
}

// maxSpread: in are image, pooled image and the gradient by the pooled image, which goes to where the largest number was.
func maxSpread[T float32 | float64](w window, out []T, in [][]T) {
	clear(out)
	w.each(func(pooled, image, top, bottom, left, right int) {
		if at := largest(w, in[0], image, top, bottom, left, right); at >= 0 {
			out[at] += in[2][pooled]
		}
	})
}

// averagePooled: the sum of a window by the window's size, its padding counted as zeros.
func averagePooled[T float32 | float64](w window, out []T, in [][]T) {
	size := T(w.height * w.width)
	w.each(func(pooled, image, top, bottom, left, right int) {
		sum := T(0)
		for r := top; r < bottom; r++ {
			for c := left; c < right; c++ {
				sum += in[0][image+r*w.inWidth+c]
			}
		}
		out[pooled] = sum / size
	})
}

func averageSpread[T float32 | float64](w window, out []T, in [][]T) {
	clear(out)
	size := T(w.height * w.width)
	w.each(func(pooled, image, top, bottom, left, right int) {
		share := in[2][pooled] / size
		for r := top; r < bottom; r++ {
			for c := left; c < right; c++ {
				out[image+r*w.inWidth+c] += share
			}
		}
	})
}
