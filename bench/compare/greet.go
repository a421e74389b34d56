package main

import (
	"slices"

	"github.com/stheno/stheno/bench"
	"github.com/stheno/stheno/bench/report"
)

// smallest are the jobs that programs are greeted with, those of affine layers first.
var smallest = []bench.Job{{Hidden: []int{1}, Batch: 1, DType: bench.Main.DType}, convImage}

// greet starts every program once, on the smallest job that it does: it tells its version and its library, and one that does not run is
// left out of everything.
func (c *comparer) greet() {
	var here []program
	asked := map[string]bool{} // by name
	for _, j := range smallest {
		var alone []program
		for _, p := range c.able(j.Spec()) {
			if !asked[p.name] {
				asked[p.name] = true
				alone = append(alone, p)
			}
		}
		here = append(here, c.meet(j, alone)...)
	}
	c.programs = here
}

// meet starts programs on a job and leaves those that run.
func (c *comparer) meet(j bench.Job, programs []program) (here []program) {
	alone := slices.Clone(programs)
	for i, p := range alone {
		alone[i].threads = p.threads[len(p.threads)-1:]
	}
	for i, r := range startAll(j.Spec(), c.pace(), alone) {
		if r.err != nil {
			c.leaveOut("%s: it does not run: %v", r.name, r.err)
			continue
		}
		here = append(here, programs[i])
		c.Machine.Programs = append(c.Machine.Programs, report.Peer{Name: r.name, Version: r.hello.Version, Library: r.hello.Library})
		r.end()
	}
	return here
}
