package main

import (
	"runtime"
	"time"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/bench"
	"github.com/stheno/stheno/bench/report"

	"gorgonia.org/tensor"
)

// compile times the way from a fresh graph to a program that can run, and counts what a step of it allocates.
func (c *comparer) compile() error {
	for _, name := range bench.Engines {
		e, err := backend.Open(name)
		if err != nil {
			continue // it is named among the peers
		}
		for _, hidden := range [][]int{{50}, {512}, {1024, 1024}} {
			r, err := bench.NewRunner(e, bench.Job{Hidden: hidden, Batch: 100, DType: tensor.Float32})
			if err != nil {
				return err
			}
			row := report.Compile{Name: "Stheno, " + name, Net: r.Job.Spec().Net()}
			for i := range c.pace().rounds + 1 {
				began := time.Now()
				if err := r.Recompile(); err != nil {
					return err
				}
				if i > 0 {
					row.MS = append(row.MS, time.Since(began).Seconds()*1e3)
				}
			}
			if row.Allocs, err = allocations(r); err != nil {
				return err
			}
			r.Close()
			c.Compile = append(c.Compile, row)
		}
		e.Close()
	}
	(&report.Report{Compile: c.Compile}).Tables(c.tell)
	return nil
}

// allocations counts what a step allocates. The few that the runtime itself makes meanwhile are divided away.
func allocations(r *bench.Runner) (float64, error) {
	const steps = 200
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range steps {
		if _, err := r.Step(); err != nil {
			return 0, err
		}
	}
	runtime.ReadMemStats(&after)
	return float64((after.Mallocs - before.Mallocs) / steps), nil
}
