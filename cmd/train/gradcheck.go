package main

import (
	"fmt"
	"slices"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/graph"
	"github.com/stheno/stheno/internal/memory"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

const (
	checkImages = 10     // the batch that the gradient is checked on
	checkAll    = 50_000 // parameters up to which every one is checked; of larger nets, a sample
	checkSample = 200    // elements of each parameter in the sample
)

// byHand has a hand-written gradient, as models.Sequential.
type byHand interface {
	Backward(params map[string][]float64, x, t []float64) map[string][]float64
}

// biasStd is the standard deviation of what biases of 0 are moved by.
const biasStd = 0.01

// checkGradient proves the gradient of the net on a few training images, in float64 and with the parameters that the
// run starts with, before anything is trained.
func (o *options) checkGradient(rep *reporter, e backend.Engine, m *models.Model, hand byHand, d *data.Dataset) error {
	witness, err := models.New(m.Net, e, tensor.Float64)
	if err != nil {
		return err
	}
	defer witness.Close()
	params, moved, err := o.pointToCheck(m)
	if err != nil {
		return err
	}
	if err := witness.SetParams(params); err != nil {
		return err
	}
	if err := memory.Fits(8 * float64(m.Net.Size())); err != nil { // the gradient by hand
		return fmt.Errorf("-gradcheck: %w: take a smaller net", err)
	}
	images := imagesToCheck(&d.Train)
	n := len(images)
	x, t := make([]float64, n*d.Train.Pixels()), make([]float64, n*d.Classes)
	data.Pixels(x, &d.Train, images)
	data.OneHot(t, &d.Train, images, d.Classes)
	c := graph.DefaultCheck
	c.Seed = o.seed
	if m.Net.Size() > checkAll {
		c.Sample = checkSample
	}
	report, err := witness.Check(
		tensor.New(tensor.WithShape(n, d.Train.Pixels()), tensor.WithBacking(x)),
		tensor.New(tensor.WithShape(n, d.Classes), tensor.WithBacking(t)),
		hand.Backward(params, x, t), c)
	if err != nil {
		return fmt.Errorf("-gradcheck: %w", err)
	}
	rep.check(report, moved)
	if !report.OK() {
		return errFailed
	}
	return nil
}

// pointToCheck is all that the model has learned. Over a blank part of an image, every sum of a convolution is its bias: one of 0 would
// lie on the kink of relu, where nothing can be proven. So those of a convolutional net that are 0 are moved a little.
func (o *options) pointToCheck(m *models.Model) (point map[string][]float64, moved []string, err error) {
	learned, err := m.Learned()
	if err != nil {
		return nil, nil, err
	}
	convolves := slices.ContainsFunc(learned, func(p models.Param) bool { return len(p.Shape) == 4 })
	point = map[string][]float64{}
	r := models.NewRand(o.seed)
	for i, p := range learned {
		point[p.Name] = p.Init
		isZero := !slices.ContainsFunc(p.Init, func(v float64) bool { return v != 0 })
		if convolves && isZero && i < len(m.Net.Params) && len(p.Shape) == 1 {
			point[p.Name] = models.Normal(r, p.Size(), biasStd)
			moved = append(moved, p.Name)
		}
	}
	return point, moved, nil
}

// imagesToCheck are the first few of a split that have a pixel. With biases of 0, an empty image puts all units of all layers
// onto the kink of ReLU at once, where what backpropagation gives is no derivative. If all are empty, they are the first.
func imagesToCheck(s *data.Split) (images []int) {
	n, pixels := min(checkImages, s.Len()), s.Pixels()
	for i := 0; i < s.Len() && len(images) < n; i++ {
		if slices.ContainsFunc(s.Images[i*pixels:(i+1)*pixels], func(p byte) bool { return p > 0 }) {
			images = append(images, i)
		}
	}
	if len(images) == 0 {
		for i := range n {
			images = append(images, i)
		}
	}
	return images
}
