package main

import (
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/onnx"

	"gorgonia.org/tensor"
)

// net is a model with what it is told of its inputs and outputs.
type net struct {
	*models.Model
	before *data.Preprocessing // nil where the model's file says nothing of it
	scores bool                // what it predicts are scores, not probabilities
	values bool                // what it predicts are values, not classes
}

// openNet reads the file of a model.
func openNet(path string, e backend.Engine) (*net, error) {
	n := &net{}
	var err error
	if strings.EqualFold(filepath.Ext(path), ".onnx") {
		n.Model, err = onnx.Open(path, e)
	} else {
		n.Model, err = models.Load(path, e)
	}
	if err != nil {
		return nil, err
	}
	if n.before, err = data.ParsePreprocessing(n.Net.Preprocessing); err != nil {
		n.Close()
		return nil, err
	}
	n.values = n.Net.Regression() || n.before != nil && len(n.before.Targets) > 0
	n.scores = n.Net.Output == nil && !n.values
	return n, nil
}

// class is the name of an output.
func (n *net) class(i int) string {
	switch {
	case i < len(n.Net.Classes):
		return n.Net.Classes[i]
	case n.values && n.before != nil && i < len(n.before.Targets):
		return n.before.Targets[i].Name
	}
	return strconv.Itoa(i)
}

// digits tells whether the classes are the ten digits.
func (n *net) digits() bool {
	if n.Net.Out != 10 {
		return false
	}
	for i := range n.Net.Out {
		if n.class(i) != strconv.Itoa(i) {
			return false
		}
	}
	return true
}

// image is the pictures that the net reads; nil where it reads none.
func (n *net) image() *data.Image {
	if n.before != nil && (n.before.Image != nil || len(n.before.Columns) > 0) {
		return n.before.Image
	}
	switch s := n.Net.Sample(); {
	case len(s) == 3 && (s[0] == 1 || s[0] == 3):
		return &data.Image{Channels: s[0], Height: s[1], Width: s[2]}
	case len(s) == 1:
		if side := int(math.Sqrt(float64(s[0]))); side > 1 && side*side == s[0] {
			return &data.Image{Channels: 1, Height: side, Width: side}
		}
	}
	return nil
}

// predict is what the net makes of samples: probabilities, or values.
func (n *net) predict(samples []sample) ([][]float64, error) {
	x := make([]float64, 0, len(samples)*n.Net.In)
	for _, s := range samples {
		x = append(x, s.x...)
	}
	var backing any = x
	if n.DType == tensor.Float32 {
		narrow := make([]float32, len(x))
		for i, v := range x {
			narrow[i] = float32(v)
		}
		backing = narrow
	}
	y, err := n.Predict(tensor.New(tensor.WithShape(len(samples), n.Net.In), tensor.WithBacking(backing)))
	if err != nil {
		return nil, err
	}
	rows := make([][]float64, len(samples))
	for i := range rows {
		rows[i] = make([]float64, n.Net.Out)
		for j := range rows[i] {
			switch d := y.Data().(type) {
			case []float32:
				rows[i][j] = float64(d[i*n.Net.Out+j])
			case []float64:
				rows[i][j] = d[i*n.Net.Out+j]
			}
		}
		if n.scores {
			softmax(rows[i])
		}
		if n.values {
			n.before.Predicted(rows[i])
		}
	}
	return rows, nil
}

// softmax makes scores probabilities.
func softmax(scores []float64) {
	most, sum := slices.Max(scores), 0.
	for i, v := range scores {
		scores[i] = math.Exp(v - most)
		sum += scores[i]
	}
	for i := range scores {
		scores[i] /= sum
	}
}
