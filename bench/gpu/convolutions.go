package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/bench"
	"github.com/stheno/stheno/bench/work"
	"github.com/stheno/stheno/ir"
)

// timedShapes are those of the comparison on the host with 32 images: one is no work for a GPU.
func timedShapes() (s []work.Convolution) {
	for _, c := range slices.Concat(bench.Convolutions, bench.GroupConvolutions) {
		if c.Batch > 1 {
			s = append(s, c)
		}
	}
	return s
}

// shapes are read by torch_convolutions.py: the sizes as work.Convolution.Unit has them, and the shape in words.
func shapes(out io.Writer, _ backend.Engine, _ int) error {
	for _, s := range timedShapes() {
		fmt.Fprintf(out, "%s\t%v\n", s.Unit(work.Passes[0]), s)
	}
	return nil
}

// convolutions times the three passes of each shape, one queued behind the other.
func convolutions(out io.Writer, e backend.Engine, iters int) error {
	last, err := e.Alloc(ir.Float32, 1) // what is read from it waits for all that was queued
	if err != nil {
		return err
	}
	defer last.Free()
	wait := func() { _ = last.Read(make([]float32, 1)) } // an engine that fails has said so
	for _, s := range timedShapes() {
		fmt.Fprintf(out, "Stheno, engine %s%s\t%v", e.Name(), precision, s)
		total := 0.0
		for _, pass := range work.Passes {
			us, sum, err := timeConvolution(e, s, pass, or(iters, 1000)/20, wait)
			if err != nil {
				return fmt.Errorf("%v, %s: %w", s, pass, err)
			}
			total += sum
			fmt.Fprintf(out, "\t%.1f", us)
		}
		fmt.Fprintf(out, "\t%.6g\n", total)
	}
	return nil
}

// timeConvolution gives the microseconds of a pass, the median of the rounds, and the sum of its result.
func timeConvolution(e backend.Engine, s work.Convolution, pass string, n int, wait func()) (us, sum float64, err error) {
	c, err := bench.NewConvolved(e, s, pass)
	if err != nil {
		return 0, 0, err
	}
	defer c.Close()
	run := func() error {
		_, err := c.Run(1)
		return err
	}
	if err := run(); err != nil {
		return 0, 0, err
	}
	if sum, _, err = c.Sum(); err != nil {
		return 0, 0, err
	}
	var times []float64
	for range rounds {
		us, err := timed(max(1, n), run, wait)
		if err != nil {
			return 0, 0, err
		}
		times = append(times, us)
	}
	slices.Sort(times)
	return times[rounds/2], sum, nil
}
