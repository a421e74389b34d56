package models

import (
	"fmt"
	"strconv"
	"strings"
)

// layerForms read a layer of each kind, by the first word of what it says of itself; the words of activations are their names.
var layerForms = map[string]struct {
	example string
	scan    func(text string) (Layer, error)
}{
	"dense": {"dense 10", func(text string) (Layer, error) {
		var d Dense
		_, err := fmt.Sscanf(text, "dense %d", (*int)(&d))
		return d, err
	}},
	"conv": {"conv 5x5/1+0 of 30", func(text string) (Layer, error) {
		var c Conv
		_, err := fmt.Sscanf(text, "conv %dx%d/%d+%d of %d", &c.Size, new(int), &c.Stride, &c.Pad, &c.Filters)
		return c, err
	}},
	"maxpool": {"maxpool 2x2/2", func(text string) (Layer, error) {
		var p MaxPool
		_, err := fmt.Sscanf(text, "maxpool %dx%d/%d", &p.Size, new(int), &p.Stride)
		return p, err
	}},
	"dropout": {"dropout 0.5", func(text string) (Layer, error) {
		var d Dropout
		_, err := fmt.Sscanf(text, "dropout %g", (*float64)(&d))
		return d, err
	}},
	"batchnorm": {"batchnorm", func(string) (Layer, error) { return BatchNorm{}, nil }},
}

// mostLayers bounds what ParseLayers reads: more are a mistake.
const mostLayers = 10000

// ParseLayers reads a list of layers as a file has it (AboutLayers), such as "conv 5x5/1+0 of 30, relu, maxpool 2x2/2, dense 10": what
// the layers' String gives, joined by ", ". A layer that is none is an error; whether the layers fit each other Sequential.Net says.
func ParseLayers(text string) ([]Layer, error) {
	parts := strings.Split(text, ", ")
	if len(parts) > mostLayers {
		return nil, fmt.Errorf("%d layers, at most %d are read", len(parts), mostLayers)
	}
	var layers []Layer
	for i, part := range parts {
		l, err := parseLayer(part)
		if err != nil {
			return nil, fmt.Errorf("layer %d, %.40q: %w", i+1, part, err)
		}
		layers = append(layers, l)
	}
	return layers, nil
}

// parseLayer takes only what the layer itself would say: no other spelling of it.
func parseLayer(text string) (Layer, error) {
	word, _, _ := strings.Cut(text, " ")
	form, ok := layerForms[word]
	if !ok {
		return Activate(text), checkActivation(text)
	}
	l, err := form.scan(text)
	if err != nil || l.String() != text {
		return nil, fmt.Errorf("want it written as %q", form.example)
	}
	return l, nil
}

// parseDims reads a shape such as 1x28x28.
func parseDims(text string) (shape []int, err error) {
	for _, part := range strings.Split(text, "x") {
		d, err := strconv.Atoi(part)
		if err != nil || d < 1 || strconv.Itoa(d) != part {
			return nil, fmt.Errorf("its input is %.40q: want the shape of a sample, such as 784 or 1x28x28", text)
		}
		shape = append(shape, d)
	}
	return shape, nil
}
