package models

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/stheno/stheno/internal/memory"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Sequential is a network whose layers follow one another, with softmax at the end, or of regression with nothing. Its parameters are numbered as in the book: W1,
// b1, W2, b2, … of Dense and Conv, gamma1, beta1, … of BatchNorm.
type Sequential struct {
	Name   string
	In     []int // the shape of a sample: (inputs), or (channels, height, width) of images
	Layers []Layer
	Init   Init   // of the weights; nil is UsualInit
	Seed   uint64 // of the initial weights, and of what Dropout drops
	// Decay is the book's weight decay λ (6.4.2): λ/2·Σ W² of all weights, without biases, is a part of the loss.
	Decay float64
	Loss  Loss // of the scores; nil is SoftmaxCrossEntropy, of regression MeanSquaredError
	// Regression predicts values: the scores are the predictions, without softmax, and there may be one.
	Regression bool
}

// planned is a layer in its place, with the numbers of its parameters.
type planned struct {
	plan
	layer Layer
	names []string
}

// Net is the network as graph functions. What does not fit is an error that names the layer.
func (s Sequential) Net() (Net, error) {
	layers, err := s.planned()
	if err != nil {
		return Net{}, fmt.Errorf("net %q: %w", s.Name, err)
	}
	params, err := s.params(layers)
	if err != nil {
		return Net{}, fmt.Errorf("net %q: %w", s.Name, err)
	}
	n := Net{
		Name: s.Name, In: Param{Shape: s.In}.Size(), Shape: s.In, Out: layers[len(layers)-1].out[0],
		Params: params, Seed: s.Seed,
		Scores: func(x *gorgonia.Node, params gorgonia.Nodes) (*gorgonia.Node, error) {
			return s.scores(layers, x, params)
		},
		Output: Softmax,
		Loss:   s.Loss,
		About:  s.about(),
	}
	if s.Regression {
		n.Output = nil
	}
	if n.Loss == nil {
		n.Loss = s.usualLoss().loss
	}
	if s.Decay > 0 {
		n.Penalty = func(params gorgonia.Nodes) (*gorgonia.Node, error) { return s.penalty(layers, params) }
	}
	return n, nil
}

// usualLoss is that of a network which names none, with its name.
func (s Sequential) usualLoss() namedLoss {
	return usualLosses[s.Regression]
}

// usualLosses are those of classification and of regression.
var usualLosses = map[bool]namedLoss{false: {"softmax cross-entropy", SoftmaxCrossEntropy}, true: {"mean squared error", MeanSquaredError}}

type namedLoss struct {
	name string
	loss Loss
}

// planned fits the layers to one another.
func (s Sequential) planned() ([]planned, error) {
	if !(s.Decay >= 0) || math.IsInf(s.Decay, 0) {
		return nil, fmt.Errorf("weight decay %v: want a number of at least 0", s.Decay)
	}
	if len(s.In) != 1 && len(s.In) != 3 || slices.Min(s.In) < 1 || tooLarge(s.In) {
		return nil, fmt.Errorf("samples of the shape %v: want (inputs), or (channels, height, width), each at least 1, and at most %d numbers", s.In, mostElements)
	}
	shape, numbers := s.In, map[string]int{}
	var layers []planned
	for i, l := range s.Layers {
		p, err := l.plan(shape)
		if err != nil {
			return nil, fmt.Errorf("layer %d, %v: %w", i+1, l, err)
		}
		if tooLarge(p.out) {
			return nil, fmt.Errorf("layer %d, %v: it gives samples of the shape %v, which is too large", i+1, l, p.out)
		}
		at := planned{plan: p, layer: l}
		for _, start := range p.params {
			if tooLarge(start.shape) {
				return nil, fmt.Errorf("layer %d, %v: %s of the shape %v is too large", i+1, l, start.name, start.shape)
			}
			numbers[start.name]++
			at.names = append(at.names, fmt.Sprint(start.name, numbers[start.name]))
		}
		layers, shape = append(layers, at), p.out
	}
	if s.Regression && len(layers) > 0 && len(shape) == 1 {
		return layers, nil
	}
	if len(layers) == 0 || len(shape) != 1 || shape[0] < 2 {
		return nil, fmt.Errorf("the last layer gives samples of the shape %v: want a number for each of at least two classes: end with Dense", shape)
	}
	return layers, nil
}

// tooLarge reports whether a shape has more elements than a tensor may have.
func tooLarge(shape []int) bool {
	size := 1
	for _, d := range shape {
		if d > mostElements/size {
			return true
		}
		size *= d
	}
	return false
}

// params draws the initial weights, layer after layer.
func (s Sequential) params(layers []planned) (params []Param, err error) {
	size := 0.
	for _, l := range layers {
		for _, p := range l.params {
			size += float64(p.size())
		}
	}
	if err := memory.Fits(8 * size); err != nil {
		return nil, fmt.Errorf("%.0f parameters: %w: take smaller layers", size, err)
	}
	init := s.Init
	if init == nil {
		init = UsualInit
	}
	r := NewRand(s.Seed)
	for i, l := range layers {
		for j, p := range l.params {
			param := Param{Name: l.names[j], Shape: p.shape}
			switch {
			case p.inputs > 0:
				std := init(p.inputs, reluFollows(layers[i+1:]))
				if !(std >= 0) || math.IsInf(std, 0) {
					return nil, fmt.Errorf("%s: initial weights of a standard deviation of %v: want a number of at least 0", param.Name, std)
				}
				if std > 0 {
					param.Init = Normal(r, p.size(), std)
				}
			case p.value != 0:
				param.Init = slices.Repeat([]float64{p.value}, p.size())
			}
			params = append(params, param)
		}
	}
	return params, nil
}

// reluFollows reports whether the first activation before any further weights is relu.
func reluFollows(layers []planned) bool {
	for _, l := range layers {
		if a, ok := l.layer.(Activate); ok {
			return a == "relu"
		}
		if l.weights() >= 0 {
			return false
		}
	}
	return false
}

// weights is which of the layer's parameters are weights; -1 where none are.
func (l planned) weights() int {
	return slices.IndexFunc(l.params, func(p start) bool { return p.inputs > 0 })
}

// scores builds one layer on the other. Images come as rows of pixels.
func (s Sequential) scores(layers []planned, x *gorgonia.Node, params gorgonia.Nodes) (*gorgonia.Node, error) {
	var err error
	if len(s.In) > 1 {
		if x, err = gorgonia.Reshape(x, append(tensor.Shape{x.Shape()[0]}, s.In...)); err != nil {
			return nil, err
		}
	}
	for i, l := range layers {
		n := len(l.params)
		if x, err = l.node(x, params[:n]); err != nil {
			return nil, fmt.Errorf("layer %d, %v: %w", i+1, l.layer, err)
		}
		params = params[n:]
	}
	return x, nil
}

// penalty is Decay/2·Σ W² over all weights.
func (s Sequential) penalty(layers []planned, params gorgonia.Nodes) (*gorgonia.Node, error) {
	var total *gorgonia.Node
	for _, l := range layers {
		if w := l.weights(); w >= 0 {
			square, err := gorgonia.Square(params[w])
			if err != nil {
				return nil, err
			}
			sum, err := gorgonia.Sum(square)
			if err == nil && total != nil {
				sum, err = gorgonia.Add(total, sum)
			}
			if err != nil {
				return nil, err
			}
			total = sum
		}
		params = params[len(l.params):]
	}
	if total == nil {
		return nil, errors.New("weight decay of no weights")
	}
	return gorgonia.HadamardProd(total, scalar(total, s.Decay/2, "decay/2"))
}
