package onnx

import (
	"math"
	"slices"

	"github.com/stheno/stheno/graph"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// imageOps go over images of (batch, channels, height, width), or signals of (batch, channels, length).
var imageOps = map[string]op{
	"Conv":          one(conv),
	"ConvTranspose": one(convTranspose),
	"MaxPool":       one(maxPool),
	"AveragePool":   one(averagePool),
	"Resize":        one(resize),
	"Upsample":      one(resize),
}

// window is how a convolution or a pooling reads an image, for its height and its width.
type window struct {
	size, stride, dilation [2]int
	before, after          [2]int // padding
	out                    [2]int
}

// image is the first input as images: a signal is an image of one row.
func (c *call) image() *value {
	x := c.in[0]
	switch len(x.shape) {
	case 4:
		return x
	case 3:
		return c.reshape(x, x.shape[0], x.shape[1], 1, x.shape[2])
	}
	return c.refuse("it reads %v: signals of three dimensions and images of four are computed", x.shape)
}

// planar is a list of one or two numbers for height and width.
func (c *call) planar(name string, list []int, missing int) (out [2]int) {
	out = [2]int{missing, missing}
	switch dims := len(c.in[0].shape) - 2; {
	case list == nil && dims == 1:
		out[0] = 1
	case list == nil:
	case len(list) == dims && dims == 1:
		out = [2]int{1, list[0]}
	case len(list) == dims && dims == 2:
		out = [2]int{list[0], list[1]}
	default:
		c.refuse("%s %v of %v", name, list, c.in[0].shape)
	}
	return out
}

// window reads the attributes of a convolution or a pooling with windows of a size over images of a shape.
func (c *call) window(shape, kernel []int) (w window) {
	w.size = c.planar("kernel_shape", kernel, 1)
	w.stride = c.planar("strides", c.ints("strides"), 1)
	w.dilation = c.planar("dilations", c.ints("dilations"), 1)
	pads := c.ints("pads")
	if pads != nil && len(pads) != 2*(len(c.in[0].shape)-2) {
		c.refuse("pads %v of %v", pads, c.in[0].shape)
		return w
	}
	switch n := len(pads) / 2; n {
	case 1:
		w.before[1], w.after[1] = pads[0], pads[1]
	case 2:
		w.before, w.after = [2]int{pads[0], pads[1]}, [2]int{pads[2], pads[3]}
	}
	auto, ceil := c.text("auto_pad", "NOTSET"), c.int("ceil_mode", 0) != 0
	for i := range 2 {
		if w.size[i] < 1 || w.stride[i] < 1 || w.dilation[i] < 1 || w.before[i] < 0 || w.after[i] < 0 || w.before[i]+w.after[i] > 1<<20 {
			c.refuse("windows of %v, strides %v, dilations %v, pads %v", w.size, w.stride, w.dilation, pads)
			return w
		}
		has, reach := shape[2+i], (w.size[i]-1)*w.dilation[i]+1
		if auto == "SAME_UPPER" || auto == "SAME_LOWER" {
			all := max((ceiling(has, w.stride[i])-1)*w.stride[i]+reach-has, 0)
			w.before[i], w.after[i] = all/2, all-all/2
			if auto == "SAME_LOWER" {
				w.before[i], w.after[i] = w.after[i], w.before[i]
			}
		}
		room := has + w.before[i] + w.after[i] - reach
		if room < 0 {
			c.refuse("windows of %v are larger than images of %v", w.size, shape)
			return w
		}
		w.out[i] = room/w.stride[i] + 1
		if ceil && room%w.stride[i] != 0 && w.out[i]*w.stride[i] < has+w.before[i] { // a window that starts in the padding behind is none
			w.out[i]++
		}
	}
	return w
}

func ceiling(a, b int) int { return (a + b - 1) / b }

// even gives images what Gorgonia cannot: padding that differs before and after, or with another number than it takes, and room for a last
// window that reaches over the edge.
func (c *call) even(x *value, w *window, fill float64, always bool) *value {
	differs := false
	var before, after [4]int
	for i := range 2 {
		reach := (w.out[i]-1)*w.stride[i] + (w.size[i]-1)*w.dilation[i] + 1
		over := max(reach-x.shape[2+i]-w.before[i]-w.after[i], 0)
		before[2+i], after[2+i] = w.before[i], w.after[i]+over
		differs = differs || w.before[i] != w.after[i] || over > 0 || always && w.before[i] > 0
	}
	if !differs {
		return x
	}
	w.before, w.after = [2]int{}, [2]int{}
	return c.padded(x, before[:], after[:], fill)
}

// padded has numbers before and after the elements of each axis.
func (b *builder) padded(x *value, before, after []int, fill float64) *value {
	for axis := range x.shape {
		parts := []*value{x}
		for i, n := range []int{before[axis], after[axis]} {
			if n == 0 {
				continue
			}
			shape := slices.Clone(x.shape)
			shape[axis] = n
			edge := b.of(b.filled(fill, shape), shape...)
			if i == 0 {
				parts = append([]*value{edge}, parts...)
			} else {
				parts = append(parts, edge)
			}
		}
		if len(parts) > 1 {
			x = b.concat(axis, parts...)
		}
	}
	return x
}

// result is images as the first input has them: with height and width, or with a length.
func (c *call) result(y *value) *value {
	if len(c.in[0].shape) == 3 && len(y.shape) == 4 {
		return c.reshape(y, y.shape[0], y.shape[1], y.shape[3])
	}
	return y
}

// filters are the second argument of a convolution, the size of its windows, and the number of its groups.
func (c *call) filters() (filters *value, kernel []int, groups int) {
	filters = c.in[1]
	if c.err != nil { // no images
		return filters, nil, 1
	}
	if len(filters.shape) != len(c.in[0].shape) {
		c.refuse("filters of %v on images of %v", filters.shape, c.in[0].shape)
		return filters, nil, 1
	}
	if kernel = c.ints("kernel_shape"); kernel == nil {
		kernel = filters.shape[2:]
	}
	return filters, kernel, c.int("group", 1)
}

func conv(c *call) *value {
	x := c.image()
	filters, kernel, groups := c.filters()
	if c.err != nil {
		return x
	}
	w := c.window(x.shape, kernel)
	if c.err != nil {
		return x
	}
	number, channels := filters.shape[0], filters.shape[1]
	if groups < 1 || number%groups != 0 || channels*groups != x.shape[1] || !slices.Equal(kernel, filters.shape[2:]) {
		return c.refuse("filters of %v in %d groups on images of %v", filters.shape, groups, x.shape)
	}
	filters = c.reshape(filters, number, channels, w.size[0], w.size[1])
	in, f := c.nodeOf(x), c.nodeOf(filters)
	if c.err != nil {
		return x
	}
	windows := graph.Windows{Groups: groups, Stride: w.stride, Dilation: w.dilation, Before: w.before}
	for i := range 2 { // as far as the windows reach
		windows.After[i] = (w.out[i]-1)*w.stride[i] + (w.size[i]-1)*w.dilation[i] + 1 - x.shape[2+i] - w.before[i]
	}
	n := c.made(graph.GroupConv2d(in, f, windows))
	y := c.of(n, x.shape[0], number, w.out[0], w.out[1])
	if bias := c.input(2); bias != nil {
		y = c.add(y, c.reshape(bias, 1, number, 1, 1))
	}
	return c.result(y)
}

func maxPool(c *call) *value {
	x := c.image()
	w := c.window(x.shape, c.ints("kernel_shape"))
	if c.int("storage_order", 0); c.err != nil {
		return x
	}
	if w.dilation != [2]int{1, 1} {
		return c.refuse("its windows are dilated")
	}
	x = c.even(x, &w, math.Inf(-1), false)
	n := c.nodeOf(x)
	if c.err != nil {
		return x
	}
	y := c.made(G.MaxPool2D(n, tensor.Shape(w.size[:]), w.before[:], w.stride[:]))
	return c.result(c.of(y, x.shape[0], x.shape[1], w.out[0], w.out[1]))
}

// averagePool divides by the pixels of the image under a window, or by all of it but what reaches over the padding.
func averagePool(c *call) *value {
	x := c.image()
	w := c.window(x.shape, c.ints("kernel_shape"))
	counts := c.counts(x.shape, w, c.int("count_include_pad", 0) != 0)
	if c.err != nil {
		return x
	}
	if w.dilation != [2]int{1, 1} {
		return c.refuse("its windows are dilated")
	}
	x = c.even(x, &w, 0, true)
	n := c.nodeOf(x)
	if c.err != nil {
		return x
	}
	y := c.of(c.made(G.AveragePool2D(n, tensor.Shape(w.size[:]), w.before[:], w.stride[:])), x.shape[0], x.shape[1], w.out[0], w.out[1])
	if counts != nil {
		y = c.mul(y, c.of(c.constant(counts, []int{1, 1, w.out[0], w.out[1]}), 1, 1, w.out[0], w.out[1]))
	}
	return c.result(y)
}

// counts are the factors from averages over whole windows to averages over the pixels that count; nil where all are 1.
func (c *call) counts(shape []int, w window, padding bool) (factors []float64) {
	seen := func(axis, i int) int {
		first, last := 0, shape[2+axis]
		if padding {
			first, last = -w.before[axis], last+w.after[axis]
		}
		from := i*w.stride[axis] - w.before[axis]
		return min(from+w.size[axis], last) - max(from, first)
	}
	whole := true
	for i := range w.out[0] {
		for j := range w.out[1] {
			n := seen(0, i) * seen(1, j)
			factors = append(factors, float64(w.size[0]*w.size[1])/float64(n))
			whole = whole && n == w.size[0]*w.size[1]
		}
	}
	if whole {
		return nil
	}
	return factors
}

// pad has its widths as an attribute, and its number too, before version 11.
func pad(c *call) *value {
	x := c.in[0]
	widths, axes, fill := c.list("pads", 1), []int(nil), c.real("value", 0)
	if v := c.input(2); v != nil {
		k := c.knownReals(v, "value")
		if len(k) != 1 {
			return c.refuse("it pads with one number")
		}
		fill = k[0]
	}
	if v := c.input(3); v != nil {
		axes = c.knownInts(v, "axes")
	} else {
		for i := range x.shape {
			axes = append(axes, i)
		}
	}
	if mode := c.text("mode", "constant"); mode != "constant" {
		return c.refuse("the mode %s: constant is computed", mode)
	}
	if len(widths) != 2*len(axes) {
		return c.refuse("%d pads for %d axes", len(widths), len(axes))
	}
	before, after := make([]int, len(x.shape)), make([]int, len(x.shape))
	for i, a := range axes {
		a = c.axis(a, len(x.shape))
		before[a], after[a] = widths[i], widths[len(axes)+i]
	}
	for a := range x.shape {
		if c.err != nil || before[a] > 1<<20 || after[a] > 1<<20 || x.shape[a]+min(before[a], 0)+min(after[a], 0) < 1 {
			return c.refuse("pads %v of %v", widths, x.shape)
		}
		x = c.slice(x, a, max(-before[a], 0), x.shape[a]+min(before[a], 0)+min(after[a], 0), 1)
		before[a], after[a] = max(before[a], 0), max(after[a], 0)
	}
	return c.padded(x, before, after, fill)
}

// resize repeats pixels a whole number of times: mode nearest.
func resize(c *call) *value {
	x := c.in[0]
	mode, rounds := c.text("mode", "nearest"), c.text("nearest_mode", "round_prefer_floor")
	where := c.text("coordinate_transformation_mode", "half_pixel")
	scales := c.scales()
	for _, name := range []string{"antialias", "exclude_outside", "cubic_coeff_a", "extrapolation_value"} {
		c.read[name] = true // they say nothing of whole repetitions
	}
	if policy := c.text("keep_aspect_ratio_policy", "stretch"); policy != "stretch" {
		return c.refuse("its keep_aspect_ratio_policy is %s: stretch is computed", policy)
	}
	if c.proto.op == "Upsample" || c.model.Opset < 11 {
		where, rounds = "asymmetric", "floor"
	}
	if c.err != nil || mode != "nearest" || len(scales) != len(x.shape) {
		return c.refuse("mode %s, scales %v of %v: nearest with whole scales is computed", mode, scales, x.shape)
	}
	for i, s := range scales {
		switch n := int(s); {
		case s == 1:
		case s != float64(n) || n < 1 || n > 1<<10:
			return c.refuse("scales %v: whole ones are computed", scales)
		case where == "asymmetric" && rounds == "floor", where == "half_pixel" && rounds == "round_prefer_floor", where == "half_pixel" && rounds == "round_prefer_ceil":
			outer, inner := x.shape[:i+1], x.shape[i+1:]
			shape := slices.Clone(x.shape)
			shape[i] *= n
			y := c.expand(c.reshape(x, size(outer), 1, size(inner)), []int{size(outer), n, size(inner)})
			x = c.reshape(y, shape...)
		default:
			return c.refuse("%s with %s: half_pixel with round_prefer_floor, and asymmetric with floor are computed", where, rounds)
		}
	}
	return x
}

// scales are those of a resize: attributes and inputs differ by version.
func (c *call) scales() []float64 {
	if a := c.attribute("scales", attributeFloats); a != nil {
		return converted[float64](a.floats)
	}
	at := 2
	if c.proto.op == "Upsample" || c.model.Opset < 11 {
		at = 1
	}
	if v := c.input(at); v != nil && size(v.shape) > 0 {
		return c.knownReals(v, "scales")
	}
	if v := c.input(3); v != nil {
		sizes := c.knownInts(v, "sizes")
		if len(sizes) != len(c.in[0].shape) {
			return nil
		}
		var scales []float64
		for i, n := range sizes {
			scales = append(scales, float64(n)/float64(c.in[0].shape[i]))
		}
		return scales
	}
	return nil
}
