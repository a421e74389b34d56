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
	checkImages = 10      // the batch that the gradient is checked on
	checkAll    = 100_000 // parameters up to which every one is checked; of larger nets, a sample
	checkSample = 200     // elements of each parameter in the sample
)

// checkGradient proves the gradient of the net on a few training images, in float64 and with the parameters that the
// run starts with, before anything is trained.
func (o *options) checkGradient(rep *reporter, e backend.Engine, m *models.Model, mlp models.MLP, d *data.Dataset) error {
	witness, err := models.New(m.Net, e, tensor.Float64)
	if err != nil {
		return err
	}
	defer witness.Close()
	params, err := m.Params()
	if err != nil {
		return err
	}
	for name, v := range params {
		if err := witness.SetParam(name, v); err != nil {
			return err
		}
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
		mlp.Backward(params, x, t), c)
	if err != nil {
		return fmt.Errorf("-gradcheck: %w", err)
	}
	rep.check(report)
	if !report.OK() {
		return errFailed
	}
	return nil
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
