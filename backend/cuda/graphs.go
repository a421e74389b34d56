package cuda

import (
	"github.com/stheno/stheno/backend/cuda/emit"
	"github.com/stheno/stheno/backend/cuda/internal/driver"
)

// graphs repeat a program as graphs of so many runs each as strides says. Each run is fed, runs and keeps its result; the GPU
// counts the runs, which says what rows are next.
type graphs struct {
	module driver.Module
	each   []driver.Graph
}

// strides are how many runs a graph does: with many there are fewer launches, which the host and the GPU take time for.
var strides = []int{16, 1}

// record makes the graphs.
func (g *graphs) record(l *Loop) error {
	p := emit.Around(l.dt, l.rows, l.emitFeeds())
	var err error
	if g.module, err = l.e.loadOwn(l.dt, p); err != nil {
		return err
	}
	around := make([]*launch, len(p.Launches))
	for i, s := range p.Launches {
		f, err := l.e.find(g.module, s.Kernel)
		if err != nil {
			return err
		}
		around[i] = &launch{f: f, grid: s.Grid, threads: emit.Threads, what: s.Kernel}
		for _, a := range s.Args {
			around[i].args = append(around[i].args, uint64(l.arg(a)))
		}
	}
	once := []func() error{
		func() error { return around[0].do(l.e) },
		func() error { return launches(l.x.steps, l.e) },
		l.x.copy,
		func() error { return around[1].do(l.e) },
	}
	for _, n := range strides {
		recorded, err := l.e.capture(func() error {
			for range n {
				for _, do := range once {
					if err := do(); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		g.each = append(g.each, recorded)
	}
	return nil
}

// run does n runs, beginning with the number in the counter.
func (g *graphs) run(n int, e *Engine) error {
	for i, stride := range strides {
		for ; n >= stride; n -= stride {
			if err := e.driver.LaunchGraph(g.each[i], e.stream); err != nil {
				return explain("run", err)
			}
		}
	}
	return nil
}

// free gives back what they have; a second time it does nothing.
func (g *graphs) free(e *Engine, errs *firstError) {
	for _, recorded := range g.each {
		errs.add(e.driver.DestroyGraph(recorded))
	}
	if g.module != 0 {
		errs.add(e.driver.Unload(g.module))
	}
	*g = graphs{}
}
