package models

import (
	"fmt"
	"math"
	"slices"
)

// byHand is a layer's forward and backward pass written by hand (book, chapters 5 to 7): plain loops in float64 over row-major
// slices. They share nothing with the graph, the compiler or the engines, so that they can bear witness against them.
type byHand interface {
	// forward gives what the layer makes of a batch, and keeps what backward needs.
	forward(x []float64) []float64
	// backward gives the derivative with respect to x from that with respect to the output, and notes those with respect to the
	// parameters.
	backward(d []float64) []float64
}

// kept is what a layer has besides parameters: the running statistics of a batch normalisation in evaluation, and in training what a
// dropout lets through, 1 or 0 for each number.
type kept struct {
	training       bool
	mean, variance []float64
	mask           []float64
}

// Backward is the seed's hand-written backward pass (book, 4.5.1), for any number of layers: Sequential.Backward.
//
// Where the net has no such layers or activation, or the slices do not fit it, the map is empty; Model.Check refuses that.
func (m MLP) Backward(params map[string][]float64, x, t []float64) map[string][]float64 {
	s, err := m.Sequential()
	if err != nil {
		return map[string][]float64{}
	}
	return s.Backward(params, x, t)
}

// Backward is the gradient by hand of the network in evaluation, as Model.Check has it.
//
// params holds all that the model has learned, by name; running statistics that are left out are those of the start. x is (batch,
// inputs) or images one behind the other, t is (batch, classes). It returns the gradient of the mean softmax cross-entropy, of
// targets that sum to 1 in each row, or of regression of the mean squared error, and of the weight decay, with respect to each parameter,
// by the same names.
//
// Where the layers do not fit one another, or the slices do not fit them, the map is empty; Model.Check refuses that.
func (s Sequential) Backward(params map[string][]float64, x, t []float64) map[string][]float64 {
	return s.gradientByHand(params, x, t, nil)
}

// gradientByHand is Backward; where there are masks, one for each dropout, it is that of training.
func (s Sequential) gradientByHand(params map[string][]float64, x, t []float64, masks [][]float64) map[string][]float64 {
	grads := map[string][]float64{}
	layers, err := s.planned()
	if err != nil {
		return grads
	}
	in, classes := Param{Shape: s.In}.Size(), layers[len(layers)-1].out[0]
	batch := len(x) / in
	if batch < 1 || len(x) != batch*in || len(t) != batch*classes {
		return grads
	}
	passes, ok := passesByHand(layers, params, grads, masks)
	if !ok {
		return map[string][]float64{}
	}
	for _, p := range passes {
		x = p.forward(x)
	}
	var d []float64
	if s.Regression {
		d = twiceTheError(x, t)
	} else {
		d = softmaxMinusTarget(x, t, batch, classes)
	}
	for i := range passes {
		d = passes[len(passes)-1-i].backward(d)
	}
	for _, l := range layers {
		if w := l.weights(); w >= 0 {
			for i, v := range params[l.names[w]] {
				grads[l.names[w]][i] += s.Decay * v
			}
		}
	}
	return grads
}

// passesByHand are the layers by hand, and room for their gradients; false where a parameter is missing or of another size.
func passesByHand(layers []planned, params, grads map[string][]float64, masks [][]float64) (passes []byHand, ok bool) {
	norms, dropouts := 0, 0
	for _, l := range layers {
		var values, slopes [][]float64
		for i, name := range l.names {
			if len(params[name]) != l.params[i].size() {
				return nil, false
			}
			grads[name] = make([]float64, len(params[name]))
			values, slopes = append(values, params[name]), append(slopes, grads[name])
		}
		k := kept{training: masks != nil}
		switch l.layer.(type) {
		case BatchNorm:
			name, channels := fmt.Sprintf("batchnorm%d", norms), l.params[0].size()
			k.mean, k.variance = statistic(params, name+".mean", channels, 0), statistic(params, name+".variance", channels, 1)
			if len(k.mean) != channels || len(k.variance) != channels {
				return nil, false
			}
			norms++
		case Dropout:
			if k.training {
				k.mask = masks[dropouts]
			}
			dropouts++
		}
		passes = append(passes, l.byHand(values, slopes, k))
	}
	return passes, true
}

// statistic is a running mean or variance, or what it starts with.
func statistic(params map[string][]float64, name string, channels int, start float64) []float64 {
	if v, ok := params[name]; ok {
		return v
	}
	return slices.Repeat([]float64{start}, channels)
}

// denseByHand is x·W + b.
type denseByHand struct {
	in, out      int
	w, b, dw, db []float64
	x            []float64
}

func (l *denseByHand) forward(x []float64) []float64 {
	l.x = x
	rows := len(x) / l.in
	a := make([]float64, rows*l.out)
	for n := range rows {
		row := a[n*l.out : (n+1)*l.out]
		copy(row, l.b)
		for i, v := range x[n*l.in : (n+1)*l.in] {
			for j := range row {
				row[j] += v * l.w[i*l.out+j]
			}
		}
	}
	return a
}

func (l *denseByHand) backward(d []float64) []float64 {
	down := make([]float64, len(l.x))
	for n := range len(d) / l.out {
		dn := d[n*l.out : (n+1)*l.out]
		for j, v := range dn {
			l.db[j] += v
		}
		for i := range l.in {
			xi, sum := l.x[n*l.in+i], 0.0
			for j, v := range dn {
				l.dw[i*l.out+j] += xi * v
				sum += v * l.w[i*l.out+j]
			}
			down[n*l.in+i] = sum
		}
	}
	return down
}

// activateByHand is a function of each number, whose derivative is known from its value.
type activateByHand struct {
	value, deriv func(float64) float64
	y            []float64
}

func (l *activateByHand) forward(x []float64) []float64 {
	l.y = make([]float64, len(x))
	for i, v := range x {
		l.y[i] = l.value(v)
	}
	return l.y
}

func (l *activateByHand) backward(d []float64) []float64 {
	down := make([]float64, len(d))
	for i, v := range d {
		down[i] = v * l.deriv(l.y[i])
	}
	return down
}

// dropoutByHand lets through what the mask has a 1 for.
type dropoutByHand struct {
	left float64 // the share that is not dropped
	kept
}

func (l *dropoutByHand) forward(x []float64) []float64 {
	if !l.training {
		return x
	}
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = v * l.mask[i] / l.left
	}
	return y
}

func (l *dropoutByHand) backward(d []float64) []float64 { return l.forward(d) }

// softmaxMinusTarget is (softmax(a) − t) / batch, the seed's dy.
func softmaxMinusTarget(a, t []float64, batch, classes int) []float64 {
	d := make([]float64, len(a))
	for n := range batch {
		row := a[n*classes : (n+1)*classes]
		top, sum := math.Inf(-1), 0.0
		for _, v := range row {
			top = max(top, v)
		}
		for _, v := range row {
			sum += math.Exp(v - top)
		}
		for j, v := range row {
			d[n*classes+j] = (math.Exp(v-top)/sum - t[n*classes+j]) / float64(batch)
		}
	}
	return d
}

// twiceTheError is 2·(a − t) / (batch · outputs), the derivative of the mean squared error.
func twiceTheError(a, t []float64) []float64 {
	d := make([]float64, len(a))
	for i, v := range a {
		d[i] = 2 * (v - t[i]) / float64(len(a))
	}
	return d
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
func tanh(x float64) float64    { return math.Tanh(x) }

// sign is 1 for a positive number, else 0: the derivative of ReLU from its output.
func sign(y float64) int {
	if y > 0 {
		return 1
	}
	return 0
}
