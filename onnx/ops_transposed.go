package onnx

import (
	"slices"

	"github.com/stheno/stheno/graph"
)

// transposed are the numbers of a transposed convolution, for height and width.
type transposed struct {
	size, stride, dilation [2]int
	before, after          [2]int // what is cut off the result; negative is added
	out                    [2]int
}

// convTranspose is what leads back from the result of a convolution to its images.
func convTranspose(c *call) *value {
	x := c.image()
	filters, kernel, groups := c.filters()
	if c.err != nil {
		return x
	}
	w := c.transposed(x.shape, kernel)
	if c.err != nil {
		return x
	}
	channels, number := filters.shape[0], filters.shape[1]
	if groups < 1 || channels%groups != 0 || channels != x.shape[1] || !slices.Equal(kernel, filters.shape[2:]) {
		return c.refuse("filters of %v in %d groups on images of %v", filters.shape, groups, x.shape)
	}
	in, f := c.nodeOf(x), c.nodeOf(c.reshape(filters, channels, number, w.size[0], w.size[1]))
	if c.err != nil {
		return x
	}
	windows := graph.Windows{Groups: groups, Stride: w.stride, Dilation: w.dilation, Before: w.before}
	n := c.made(graph.GroupConvTranspose2d(in, f, windows, w.out[0], w.out[1]))
	y := c.of(n, x.shape[0], number*groups, w.out[0], w.out[1])
	if bias := c.input(2); bias != nil {
		y = c.add(y, c.reshape(bias, 1, number*groups, 1, 1))
	}
	return c.result(y)
}

// transposed reads the attributes.
func (c *call) transposed(shape, kernel []int) (w transposed) {
	w.size = c.planar("kernel_shape", kernel, 1)
	w.stride = c.planar("strides", c.ints("strides"), 1)
	w.dilation = c.planar("dilations", c.ints("dilations"), 1)
	more := c.planar("output_padding", c.ints("output_padding"), 0)
	want, pads, auto := c.ints("output_shape"), c.ints("pads"), c.text("auto_pad", "NOTSET")
	dims := len(c.in[0].shape) - 2
	if dims == 1 {
		more[0] = 0 // a signal's one row
	}
	if pads != nil && len(pads) != 2*dims || want != nil && len(want) < dims {
		c.refuse("pads %v of %v", pads, shape)
	}
	for i := range 2 {
		at := i - 2 + dims // among the attributes' numbers
		if w.size[i] < 1 || w.stride[i] < 1 || w.stride[i] > 1<<10 || w.dilation[i] < 1 || more[i] < 0 || more[i] > 1<<10 || c.err != nil {
			c.refuse("windows of %v, strides %v, dilations %v", w.size, w.stride, w.dilation)
			return w
		}
		whole := (shape[2+i]-1)*w.stride[i] + more[i] + (w.size[i]-1)*w.dilation[i] + 1
		switch {
		case at < 0:
		case want != nil || auto == "SAME_UPPER" || auto == "SAME_LOWER":
			target := shape[2+i] * w.stride[i]
			if want != nil {
				target = want[len(want)-2+i]
			}
			cut := whole - target
			w.before[i], w.after[i] = cut-cut/2, cut/2
			switch {
			case cut < 0: // what is missing is added behind
				w.before[i], w.after[i] = 0, cut
			case auto == "SAME_UPPER":
				w.before[i], w.after[i] = w.after[i], w.before[i]
			}
		case pads != nil:
			w.before[i], w.after[i] = pads[at], pads[dims+at]
		}
		w.after[i] -= more[i]
		if w.out[i] = whole - more[i] - w.before[i] - w.after[i]; w.out[i] < 1 || w.out[i] > 1<<24 {
			c.refuse("pads %v leave %v of %v", pads, w.out, shape)
			return w
		}
	}
	return w
}
