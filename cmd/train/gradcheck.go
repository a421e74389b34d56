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
	checkSamples = 10     // the batch that the gradient is checked on
	checkAll     = 50_000 // parameters up to which every one is checked; of larger nets, a sample
	checkSample  = 200    // elements of each parameter in the sample
)

// byHand has a hand-written gradient, as models.Sequential.
type byHand interface {
	Backward(params map[string][]float64, x, t []float64) map[string][]float64
}

// biasStd is the standard deviation of what biases of 0 are moved by.
const biasStd = 0.01

// checkGradient proves the gradient of the net on a few training images, in float64 and with the parameters that the
// run starts with, before anything is trained.
func (o *options) checkGradient(rep *reporter, e backend.Engine, m *models.Model, hand byHand, d *data.Set) error {
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
	samples, err := samplesToCheck(d.Train)
	if err != nil {
		return fmt.Errorf("-gradcheck: %w", err)
	}
	n, inputs, outputs := len(samples), d.Train.Inputs(), d.Train.Outputs()
	x, t := make([]float64, n*inputs), make([]float64, n*outputs)
	if err := d.Train.Read64(x, t, samples); err != nil {
		return fmt.Errorf("-gradcheck: %w", err)
	}
	c := graph.DefaultCheck
	c.Seed = o.seed
	if m.Net.Size() > checkAll {
		c.Sample = checkSample
	}
	report, err := witness.Check(
		tensor.New(tensor.WithShape(n, inputs), tensor.WithBacking(x)),
		tensor.New(tensor.WithShape(n, outputs), tensor.WithBacking(t)),
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

// samplesToCheck are the first few that have a number besides 0, among the first thousand. With biases of 0, an empty image puts all
// units of all layers onto the kink of ReLU at once, where what backpropagation gives is no derivative. If all are empty, they are the
// first.
func samplesToCheck(s data.Source) (samples []int, err error) {
	const looked = 1000
	n, x := min(checkSamples, s.Len()), make([]float64, s.Inputs())
	for i := 0; i < min(looked, s.Len()) && len(samples) < n; i++ {
		if err := s.Read64(x, nil, []int{i}); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(x, func(v float64) bool { return v != 0 }) {
			samples = append(samples, i)
		}
	}
	if len(samples) == 0 {
		for i := range n {
			samples = append(samples, i)
		}
	}
	return samples, nil
}
