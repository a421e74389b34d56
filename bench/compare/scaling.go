package main

import (
	"fmt"
	"slices"

	"github.com/stheno/stheno/bench"
	"github.com/stheno/stheno/bench/peak"
	"github.com/stheno/stheno/bench/report"
)

// growth is one size that grows while everything else stays.
type growth struct {
	name, what string
	sizes      []int
	job        func(size int) bench.Job
	images     bool // the size is that of a data set, which is evaluated; else a training step is timed
}

var growths = []growth{
	{"hidden units", "a training step of 784-H-10, batch 100, float32, no zero pixel", []int{16, 64, 256, 1024, 4096},
		func(h int) bench.Job { return dense(100, h) }, false},
	{"batch", "a training step of 784-256-10, float32, no zero pixel", []int{1, 4, 16, 64, 256, 1024, 4096},
		func(b int) bench.Job { return dense(b, 256) }, false},
	{"hidden layers", "a training step of 784-256-…-256-10, batch 100, float32, no zero pixel", []int{1, 2, 4, 8, 16},
		func(d int) bench.Job { return dense(100, slices.Repeat([]int{256}, d)...) }, false},
	{"images", "the accuracy of 784-50-10 on a data set, from bytes, float32; MNIST has 60,000", []int{6_000, 20_000, 60_000, 200_000, 600_000},
		func(int) bench.Job { return bench.Main }, true},
}

// dense is a job in which the time is that of all the arithmetic: an engine that leaves out zeros finds none.
func dense(batch int, hidden ...int) bench.Job {
	return bench.Job{Hidden: hidden, Batch: batch, DType: bench.Main.DType, Dense: true}
}

// scaling measures how time and memory of our first engine grow with each size. Every point is a process of its own, so
// that its memory is its own, too: it holds the eight batches that it goes round.
func (c *comparer) scaling() error {
	own := c.engines()
	if len(own) == 0 {
		return fmt.Errorf("no engine was built")
	}
	for _, g := range growths {
		s := report.Scaling{Name: g.name, What: own[0].name + ": " + g.what}
		for _, size := range g.sizes {
			row, err := c.point(&own[0], g, size)
			if err != nil {
				return fmt.Errorf("%s %d: %w", g.name, size, err)
			}
			s.Rows = append(s.Rows, row)
		}
		c.Scaling = append(c.Scaling, s)
		s.Markdown(c.tell)
	}
	return nil
}

func (c *comparer) point(p *program, g growth, size int) (report.Size, error) {
	job := g.job(size).Spec()
	job.Threads = all()
	row := report.Size{Size: float64(size), Flops: float64(job.StepFlops())}
	r := &runner{program: p, threads: job.Threads}
	if r.process, r.err = start(p.argv(job), job.Threads, fullPace.patience); r.err != nil {
		return row, r.err
	}
	defer r.end()
	var times []float64
	if g.images {
		row.Flops = float64(job.ForwardFlops()) / float64(job.Batch) * row.Size
		for range 3 {
			ms, err := r.ask("images", size)
			if err != nil {
				return row, err
			}
			times = append(times, ms*row.Size)
		}
	} else {
		u := unit{name: "steps"}
		if r.calibrate(u, quickPace); r.err != nil {
			return row, r.err
		}
		for range 5 {
			ms, err := r.turn(u)
			if err != nil {
				return row, err
			}
			times = append(times, ms)
		}
	}
	row.MS, row.PeakMB, row.Trip = report.Median(times), r.peakMB(), float64(peak.RoundTrip())
	return row, nil
}
