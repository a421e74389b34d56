package graph

import (
	"fmt"
	"hash"
	"hash/fnv"

	"github.com/stheno/stheno/ir"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Windows says how a convolution in groups goes over images, for rows and for columns. Where one of these is 0, Stride and Dilation are 1.
type Windows struct {
	Groups           int    // into which the channels are cut; 0 counts as 1
	Stride, Dilation [2]int // from window to window, and from number to number within one
	Before, After    [2]int // rows and columns of zeros around an image: above it and on its left, below it and on its right
}

// GroupConv2d convolves images of (batch, channels, rows, columns), which Gorgonia's Conv2d does for one group alone: with filters of
// (new channels, channels of a group, rows, columns), each of which goes over the channels of its group. With as many groups as channels
// the convolution is depthwise. The padding may differ on all sides. Gorgonia's machines run it, too.
func GroupConv2d(images, filters *gorgonia.Node, w Windows) (*gorgonia.Node, error) {
	op, err := newGroupConv(filters.Shape(), w)
	if err == nil {
		err = op.goOver(images.Shape(), w)
	}
	return applied(op, images, filters, err)
}

// applied is the node of an op, if there was no error; an error names the nodes that it reads.
func applied(op *groupConvOp, a, filters *gorgonia.Node, err error) (n *gorgonia.Node, _ error) {
	if err == nil {
		n, err = gorgonia.ApplyOp(op, a, filters)
	}
	if err != nil {
		return nil, fmt.Errorf("convolution of %v by %v: %w", a.Name(), filters.Name(), err)
	}
	return n, nil
}

// goOver finds how many rows and columns the result has.
func (o *groupConvOp) goOver(images tensor.Shape, w Windows) error {
	if len(images) != 4 {
		return fmt.Errorf("images of the shape %v: they have the axes batch, channel, row, column", images)
	}
	for axis := range 2 {
		reach := (o.window.Size[axis]-1)*o.window.Dilation[axis] + 1
		room := images[2+axis] + w.Before[axis] + w.After[axis] - reach
		if room < 0 {
			return fmt.Errorf("windows of %v are larger than images of %v with their padding", &o.window, images)
		}
		o.plane[axis] = room/o.window.Step[axis] + 1
	}
	return nil
}

// GroupConvTranspose2d is the transpose of GroupConv2d, as its derivative by the images is: it makes images of so many rows and columns of
// what the convolution with these filters would make of them.
func GroupConvTranspose2d(results, filters *gorgonia.Node, w Windows, rows, columns int) (*gorgonia.Node, error) {
	op, err := newGroupConv(filters.Shape(), w)
	if err == nil {
		op = op.as(toImages, rows, columns)
	}
	return applied(op, results, filters, err)
}

func newGroupConv(filters tensor.Shape, w Windows) (*groupConvOp, error) {
	if len(filters) != 4 {
		return nil, fmt.Errorf("filters of the shape %v: they have the axes new channel, channel of the group, row, column", filters)
	}
	op := &groupConvOp{groups: max(1, w.Groups)}
	op.window = ir.Window{Size: [2]int{filters[2], filters[3]}, Step: w.Stride, Dilation: w.Dilation, Before: w.Before, Spread: [2]int{1, 1}}
	for axis := range 2 {
		for _, n := range []*int{&op.window.Step[axis], &op.window.Dilation[axis]} {
			if *n == 0 {
				*n = 1
			}
			if *n < 1 {
				return nil, fmt.Errorf("strides %v and dilations %v: they are at least 1", w.Stride, w.Dilation)
			}
		}
	}
	return op, nil
}

// groupConvOp is one of the three that a convolution in groups consists of. Each is linear in both of its arguments, so that the derivatives
// of one are the two others.
type groupConvOp struct {
	to     groupConvResult
	window ir.Window
	groups int
	plane  [2]int // rows and columns of images that are made
}

// groupConvResult is what is computed of the other two.
type groupConvResult int

const (
	toResults groupConvResult = iota // of images and filters
	toImages                         // of results and filters: the gradient by the images
	toFilters                        // of images and results: the gradient by the filters
)

// as is the op that computes another one.
func (o *groupConvOp) as(to groupConvResult, rows, columns int) *groupConvOp {
	other := *o
	other.to, other.plane = to, [2]int{rows, columns}
	return &other
}

func (o *groupConvOp) Arity() int { return 2 }

// Type: all are tensors of the same type.
func (o *groupConvOp) Type() hm.Type {
	a := hm.TypeVariable('a')
	return hm.NewFnType(a, a, a)
}

func (o *groupConvOp) InferShape(in ...gorgonia.DimSizer) (tensor.Shape, error) {
	shapes, err := gorgonia.DimSizersToShapes(in)
	if err != nil {
		return nil, err
	}
	images, results, filters, err := o.shapes(shapes[0], shapes[1])
	if err != nil {
		return nil, fmt.Errorf("%v: %w", o, err)
	}
	return [...]tensor.Shape{results, images, filters}[o.to], nil
}

// shapes are those of all three, of which two are given.
func (o *groupConvOp) shapes(a, b tensor.Shape) (images, results, filters tensor.Shape, err error) {
	if len(a) != 4 || len(b) != 4 {
		return nil, nil, nil, fmt.Errorf("%v and %v do not both have four axes", a, b)
	}
	size, g := o.window.Size, o.groups
	switch o.to {
	case toResults:
		images, filters = a, b
		results = tensor.Shape{a[0], b[0], o.plane[0], o.plane[1]}
	case toImages:
		results, filters = a, b
		images = tensor.Shape{a[0], b[1] * g, o.plane[0], o.plane[1]}
	case toFilters:
		images, results = a, b
		filters = tensor.Shape{b[1], a[1] / g, size[0], size[1]}
	}
	if images[0] != results[0] || filters[0] != results[1] || filters[0]%g != 0 || filters[1]*g != images[1] || filters[2] != size[0] || filters[3] != size[1] {
		return nil, nil, nil, fmt.Errorf("images %v, filters %v and results %v in %d groups: filters have the axes new channel, channel of the group, row, column",
			images, filters, results, g)
	}
	if o.plane[0] < 0 || o.plane[1] < 0 {
		return nil, nil, nil, fmt.Errorf("images of %v", o.plane)
	}
	return images, results, filters, nil
}

func (o *groupConvOp) ReturnsPtr() bool     { return false }
func (o *groupConvOp) CallsExtern() bool    { return false }
func (o *groupConvOp) OverwritesInput() int { return -1 }

func (o *groupConvOp) String() string {
	name := [...]string{"GroupConv", "GroupConvTranspose", "GroupConvFilters"}[o.to]
	return fmt.Sprintf("%s{%v, groups %d, to %dx%d}", name, &o.window, o.groups, o.plane[0], o.plane[1])
}

func (o *groupConvOp) WriteHash(h hash.Hash) { fmt.Fprint(h, o) }

func (o *groupConvOp) Hashcode() uint32 {
	h := fnv.New32a()
	o.WriteHash(h)
	return h.Sum32()
}

func (o *groupConvOp) DiffWRT(int) []bool { return []bool{true, true} }

func (o *groupConvOp) SymDiff(in gorgonia.Nodes, _, grad *gorgonia.Node) (by gorgonia.Nodes, err error) {
	apply := func(to groupConvResult, like, a, b *gorgonia.Node) {
		var n *gorgonia.Node
		if err == nil {
			n, err = gorgonia.ApplyOp(o.as(to, like.Shape()[2], like.Shape()[3]), a, b)
		}
		by = append(by, n)
	}
	switch a, b := in[0], in[1]; o.to {
	case toResults:
		apply(toImages, a, grad, b)
		apply(toFilters, b, a, grad)
	case toImages:
		apply(toResults, a, grad, b)
		apply(toFilters, b, grad, a)
	case toFilters:
		apply(toImages, a, b, grad)
		apply(toResults, b, a, grad)
	}
	return by, err
}

// Do is for Gorgonia's machines: as plainly as can be.
func (o *groupConvOp) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	if len(in) != 2 {
		return nil, fmt.Errorf("%v of %d arguments", o, len(in))
	}
	images, results, filters, err := o.shapes(in[0].Shape(), in[1].Shape())
	if err != nil {
		return nil, fmt.Errorf("%v: %w", o, err)
	}
	shape := [...]tensor.Shape{results, images, filters}[o.to]
	if a, ok := dense(in[0]).([]float32); ok {
		if b, ok := dense(in[1]).([]float32); ok {
			return groupProducts(o, a, b, images, results, filters, shape), nil
		}
	}
	if a, ok := dense(in[0]).([]float64); ok {
		if b, ok := dense(in[1]).([]float64); ok {
			return groupProducts(o, a, b, images, results, filters, shape), nil
		}
	}
	return nil, fmt.Errorf("%v of %v and %v", o, in[0].Dtype(), in[1].Dtype())
}

// groupProducts adds up all products of a number of each argument.
func groupProducts[T float32 | float64](o *groupConvOp, a, b []T, images, results, filters, shape tensor.Shape) gorgonia.Value {
	out := make([]T, shape.TotalSize())
	add := [...]func(x, y, w int){
		toResults: func(x, y, w int) { out[y] += a[x] * b[w] },
		toImages:  func(x, y, w int) { out[x] += a[y] * b[w] },
		toFilters: func(x, y, w int) { out[w] += a[x] * b[y] },
	}[o.to]
	old, new := filters[1], filters[0]/o.groups
	for n := range results[0] {
		for to := range results[1] {
			for from := range old {
				x, y, w := (n*images[1]+to/new*old+from)*images[2]*images[3], (n*results[1]+to)*results[2]*results[3], (to*old+from)*filters[2]*filters[3]
				o.eachMeeting(images, results, func(image, result, tap int) { add(x+image, y+result, w+tap) })
			}
		}
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(out))
}

// eachMeeting calls f for each number of a window that lies in an image, with the places in the planes of the image, the result and the
// filter.
func (o *groupConvOp) eachMeeting(images, results tensor.Shape, f func(image, result, tap int)) {
	w := &o.window
	for r := range results[2] {
		for c := range results[3] {
			for i := range w.Size[0] {
				row := r*w.Step[0] + i*w.Dilation[0] - w.Before[0]
				for j := range w.Size[1] {
					column := c*w.Step[1] + j*w.Dilation[1] - w.Before[1]
					if row >= 0 && row < images[2] && column >= 0 && column < images[3] {
						f(row*images[3]+column, r*results[3]+c, i*w.Size[1]+j)
					}
				}
			}
		}
	}
}
