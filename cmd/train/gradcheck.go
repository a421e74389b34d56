package main

import (
	"fmt"

	"stheno/backend"
	"stheno/data"
	"stheno/graph"
	"stheno/models"

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
	n := min(checkImages, d.Train.Len())
	x, t := make([]float64, n*d.Train.Pixels()), make([]float64, n*d.Classes)
	data.PixelRange(x, &d.Train, 0, n)
	data.OneHotRange(t, &d.Train, 0, n, d.Classes)
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
