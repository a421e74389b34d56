package main

import (
	"github.com/stheno/stheno/bench"
	"github.com/stheno/stheno/bench/report"
)

// greet starts every program once, on the smallest job: it tells its version and its library, and one that does not run is
// left out of everything.
func (c *comparer) greet() {
	alone := make([]program, len(c.programs))
	for i, p := range c.programs {
		alone[i] = p
		alone[i].threads = p.threads[len(p.threads)-1:]
	}
	var here []program
	for i, r := range startAll(bench.Job{Hidden: []int{1}, Batch: 1, DType: bench.Main.DType}.Spec(), c.pace(), alone) {
		if r.err != nil {
			c.leaveOut("%s: it does not run: %v", r.name, r.err)
			continue
		}
		here = append(here, c.programs[i])
		c.Machine.Programs = append(c.Machine.Programs, report.Peer{Name: r.name, Version: r.hello.Version, Library: r.hello.Library})
		r.end()
	}
	c.programs = here
}
