package main

import (
	"slices"
	"time"

	"github.com/stheno/stheno/bench/peak"
	"github.com/stheno/stheno/bench/report"
	"github.com/stheno/stheno/dist"
	"github.com/stheno/stheno/graph"
	"github.com/stheno/stheno/models"
)

// computed is what a process computes in a step with a part of a batch, without any sums: ms of a core, which are those of the clock where
// nobody else uses the machine.
type computed struct {
	Samples                int
	Gradient, Update, Loss float64
	Whole                  float64 // a step of one process alone
}

// compute times a process's part of a batch, of so many samples, for a time.
func (n *net) compute(m *models.Model, samples int, during time.Duration) (c computed, err error) {
	const split = 2 // gradients lie apart from the parameters, as they do with several processes
	s, err := m.SplitStep(split*samples, split, []int{0}, nil)
	if err != nil {
		return c, err
	}
	defer s.Close()
	if err := s.SetLR(n.rate); err != nil {
		return c, err
	}
	x, t := s.Inputs(0)
	if err := fill(x, t, samples); err != nil {
		return c, err
	}
	whole, err := m.Step(samples, nil)
	if err != nil {
		return c, err
	}
	defer whole.Close()
	if err := whole.SetLR(n.rate); err != nil {
		return c, err
	}
	if err := fill(whole.X, whole.T, samples); err != nil {
		return c, err
	}
	pieces := []func() error{
		func() error { return s.Gradient(0) },
		s.Run,
		func() error { _, err := s.Loss(0); return err },
		whole.Run, // with its loss
	}
	times := make([][]float64, len(pieces))
	for began := time.Now(); time.Since(began) < during || len(times[0]) < 4; {
		for i, do := range pieces {
			at := peak.CPUTime()
			if err := do(); err != nil {
				return c, err
			}
			times[i] = append(times[i], (peak.CPUTime()-at).Seconds()*1e3)
		}
	}
	of := func(i int) float64 { return report.Median(slices.Delete(times[i], 0, 1)) } // the first one warms up
	return computed{samples, of(0), of(1), of(2), of(3)}, nil
}

// fill writes the first samples to a step's inputs.
func fill(x, t *graph.Var, count int) error {
	set, err := samples()
	if err != nil {
		return err
	}
	xs, ts, err := first(set.Train, count)
	if err != nil {
		return err
	}
	if err := x.Write(xs); err != nil {
		return err
	}
	return t.Write(ts)
}

// compute is the job: parts of the batch, halved again and again.
func (j *job) compute(dist.Group) (*reply, error) {
	n := netsOf(j.Net)[0]
	m, closeAll, err := n.open()
	if err != nil {
		return nil, err
	}
	defer closeAll()
	r := &reply{}
	parts := halves(n.batch)
	for _, samples := range parts {
		c, err := n.compute(m, samples, time.Duration(j.Seconds*float64(time.Second))/time.Duration(len(parts)))
		if err != nil {
			return nil, err
		}
		r.Computed = append(r.Computed, c)
	}
	return r, nil
}

// halves are a batch, its half and so on down to one sample.
func halves(batch int) (list []int) {
	for ; batch > 1; batch = (batch + 1) / 2 {
		list = append(list, batch)
	}
	return append(list, 1)
}
