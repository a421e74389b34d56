package models

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Layer is a layer of a Sequential: Dense, Conv, MaxPool, Activate, BatchNorm or Dropout.
type Layer interface {
	fmt.Stringer
	// plan fits the layer to samples of a shape: (units), or (channels, height, width).
	plan(in []int) (plan, error)
}

// plan is a layer that knows what it reads.
type plan struct {
	out    []int // the shape of a sample after it
	params []start
	node   func(x *gorgonia.Node, params gorgonia.Nodes) (*gorgonia.Node, error)
	byHand func(params, grads [][]float64, k kept) byHand
}

// start is a parameter without its number: W, b, gamma or beta.
type start struct {
	name   string
	shape  []int
	inputs int     // of weights, which are drawn: how many inputs one unit sums up; 0 of others
	value  float64 // that others start with
}

func (s start) size() int { return Param{Shape: s.shape}.Size() }

// Dense is x·W + b (book, 5.6): samples of any shape to so many units. W is (inputs, units), b is (units).
type Dense int

// Conv is a convolution with bias (book, 7.2): images of (channels, height, width) to (Filters, height, width) of what
// (height + 2·Pad − Size)/Stride + 1 gives, rounded down. W is (Filters, channels, Size, Size), b is (Filters).
type Conv struct {
	Filters int
	Size    int // of a filter, which is square
	Pad     int // rows and columns of zeros around an image
	Stride  int // 0 is 1
}

// MaxPool takes the largest number of each window (book, 7.3), the first of equals, in each channel.
type MaxPool struct {
	Size   int // of a window, which is square
	Stride int // 0 is Size
}

// Activate is a function of each number, one of ActivationNames.
type Activate string

// BatchNorm is γ·(x − mean)/√(variance + 1e-6) + β for each unit, or channel of images (book, 6.3). Training takes mean and variance of
// the batch, evaluation the running ones, of which a step keeps nine tenths. Its parameters are gamma and beta, (units).
type BatchNorm struct{}

// Dropout sets numbers to 0 with this probability, and divides the others by what is left of 1 (book, 6.4.3, inverted). It does
// so in training only.
type Dropout float64

const (
	normMomentum = 0.1 // the share of the batch in the running statistics
	normEpsilon  = 1e-6
)

// What a layer says of itself; of windows size/stride+padding.

func (d Dense) String() string    { return fmt.Sprintf("dense %d", int(d)) }
func (a Activate) String() string { return string(a) }
func (BatchNorm) String() string  { return "batchnorm" }
func (d Dropout) String() string  { return fmt.Sprintf("dropout %g", float64(d)) }
func (p MaxPool) String() string  { return fmt.Sprintf("maxpool %dx%d/%d", p.Size, p.Size, p.stride()) }
func (c Conv) String() string {
	return fmt.Sprintf("conv %dx%d/%d+%d of %d", c.Size, c.Size, c.stride(), c.Pad, c.Filters)
}
func (c Conv) stride() int    { return cmp.Or(c.Stride, 1) }
func (p MaxPool) stride() int { return cmp.Or(p.Stride, p.Size) }

func (d Dense) plan(in []int) (plan, error) {
	inputs, units := Param{Shape: in}.Size(), int(d)
	if units < 1 {
		return plan{}, errors.New("a layer has at least one unit")
	}
	return plan{
		out:    []int{units},
		params: []start{{name: "W", shape: []int{inputs, units}, inputs: inputs}, {name: "b", shape: []int{units}}},
		node: func(x *gorgonia.Node, p gorgonia.Nodes) (n *gorgonia.Node, err error) {
			if len(in) > 1 {
				if x, err = gorgonia.Reshape(x, tensor.Shape{x.Shape()[0], inputs}); err != nil {
					return nil, err
				}
			}
			return Affine(x, p[0], p[1])
		},
		byHand: func(p, g [][]float64, _ kept) byHand {
			return &denseByHand{in: inputs, out: units, w: p[0], b: p[1], dw: g[0], db: g[1]}
		},
	}, nil
}

func (c Conv) plan(in []int) (plan, error) {
	if c.Filters < 1 || c.Size < 1 || c.Stride < 0 || c.Pad < 0 || c.Pad >= c.Size {
		return plan{}, errors.New("filters and their size are at least 1, stride and padding at least 0, and padding is smaller than a filter")
	}
	w, err := windowsOf(in, c.Size, c.stride(), c.Pad)
	if err != nil {
		return plan{}, err
	}
	kernel := tensor.Shape{c.Size, c.Size}
	return plan{
		out: []int{c.Filters, w.down, w.across},
		params: []start{{name: "W", shape: []int{c.Filters, in[0], c.Size, c.Size}, inputs: in[0] * c.Size * c.Size},
			{name: "b", shape: []int{c.Filters}}},
		node: func(x *gorgonia.Node, p gorgonia.Nodes) (*gorgonia.Node, error) {
			y, err := gorgonia.Conv2d(x, p[0], kernel, []int{c.Pad, c.Pad}, []int{c.stride(), c.stride()}, []int{1, 1})
			if err != nil {
				return nil, err
			}
			b, err := gorgonia.Reshape(p[1], tensor.Shape{1, c.Filters, 1, 1})
			if err != nil {
				return nil, err
			}
			return gorgonia.BroadcastAdd(y, b, nil, []byte{0, 2, 3})
		},
		byHand: func(p, g [][]float64, _ kept) byHand {
			return &convByHand{windows: w, product: denseByHand{in: in[0] * c.Size * c.Size, out: c.Filters}, w: p[0], dw: g[0], b: p[1], db: g[1]}
		},
	}, nil
}

func (p MaxPool) plan(in []int) (plan, error) {
	if p.Size < 1 || p.Stride < 0 {
		return plan{}, errors.New("a window has at least one pixel, and a stride of at least 0")
	}
	w, err := windowsOf(in, p.Size, p.stride(), 0)
	if err != nil {
		return plan{}, err
	}
	return plan{
		out: []int{in[0], w.down, w.across},
		node: func(x *gorgonia.Node, _ gorgonia.Nodes) (*gorgonia.Node, error) {
			return gorgonia.MaxPool2D(x, tensor.Shape{p.Size, p.Size}, []int{0, 0}, []int{p.stride(), p.stride()})
		},
		byHand: func(_, _ [][]float64, _ kept) byHand { return &poolByHand{windows: w} },
	}, nil
}

func (a Activate) plan(in []int) (plan, error) {
	if err := checkActivation(string(a)); err != nil {
		return plan{}, err
	}
	act := activations[string(a)]
	return plan{
		out:    in,
		node:   func(x *gorgonia.Node, _ gorgonia.Nodes) (*gorgonia.Node, error) { return act.f(x) },
		byHand: func(_, _ [][]float64, _ kept) byHand { return &activateByHand{value: act.value, deriv: act.deriv} },
	}, nil
}

func (BatchNorm) plan(in []int) (plan, error) {
	channels := in[0]
	spread := append(tensor.Shape{1, channels}, slices.Repeat([]int{1}, len(in)-1)...)
	return plan{
		out:    in,
		params: []start{{name: "gamma", shape: []int{channels}, value: 1}, {name: "beta", shape: []int{channels}}},
		node: func(x *gorgonia.Node, p gorgonia.Nodes) (*gorgonia.Node, error) {
			gamma, err := gorgonia.Reshape(p[0], spread)
			if err != nil {
				return nil, err
			}
			beta, err := gorgonia.Reshape(p[1], spread)
			if err != nil {
				return nil, err
			}
			y, _, _, _, err := gorgonia.BatchNorm(x, gamma, beta, normMomentum, normEpsilon)
			return y, err
		},
		byHand: func(p, g [][]float64, k kept) byHand {
			return &normByHand{channels: channels, plane: Param{Shape: in[1:]}.Size(), gamma: p[0], beta: p[1], dgamma: g[0], dbeta: g[1], kept: k}
		},
	}, nil
}

func (d Dropout) plan(in []int) (plan, error) {
	if !(d >= 0 && d < 1) {
		return plan{}, errors.New("the probability to drop is from 0 to below 1")
	}
	return plan{
		out: in,
		node: func(x *gorgonia.Node, _ gorgonia.Nodes) (*gorgonia.Node, error) {
			if d == 0 {
				return x, nil
			}
			return gorgonia.Dropout(x, float64(d))
		},
		byHand: func(_, _ [][]float64, k kept) byHand { return &dropoutByHand{left: 1 - float64(d), kept: k} },
	}, nil
}

// windows are the places at which a square window reads an image.
type windows struct {
	channels, height, width int
	size, stride, pad       int
	down, across            int // windows in a column and in a row
}

func windowsOf(in []int, size, stride, pad int) (windows, error) {
	if len(in) != 3 {
		return windows{}, fmt.Errorf("it reads images, (channels, height, width), not %v", in)
	}
	if size > in[1]+2*pad || size > in[2]+2*pad {
		return windows{}, fmt.Errorf("images of %dx%d pixels are smaller than that", in[1], in[2])
	}
	w := windows{channels: in[0], height: in[1], width: in[2], size: size, stride: stride, pad: pad}
	w.down, w.across = (in[1]+2*pad-size)/stride+1, (in[2]+2*pad-size)/stride+1
	return w, nil
}
