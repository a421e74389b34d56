//go:build cuda

package cuda

import (
	"github.com/stheno/stheno/backend/cuda/emit"

	"gorgonia.org/cu"
)

// graphs repeat a program as graphs of so many runs each as strides says. Each run is fed, runs and keeps its result; the GPU
// counts the runs, which says what rows are next.
type graphs struct {
	module *cu.Module
	each   []*graph
}

// strides are how many runs a graph does: with many there are fewer launches, which the host and the GPU take time for.
var strides = []int{16, 1}

// record makes the graphs.
func (g *graphs) record(l *Loop) error {
	stream := l.e.stream
	p := emit.Around(l.dt, l.rows, l.emitFeeds())
	var err error
	if g.module, err = loadOwn(l.dt, p); err != nil {
		return err
	}
	around := make([]*launch, len(p.Steps))
	for i, s := range p.Steps {
		f, err := g.module.Function(s.Kernel)
		if err != nil {
			return explain("find the kernel "+s.Kernel, err)
		}
		around[i] = &launch{f: f, grid: s.Grid, threads: emit.Threads, what: s.Kernel}
		for _, a := range s.Args {
			around[i].args = append(around[i].args, uint64(l.arg(a)))
		}
	}
	once := []func() error{
		func() error { return around[0].do(stream) },
		func() error { return launches(l.x.steps, stream) },
		l.x.copy,
		func() error { return around[1].do(stream) },
	}
	for _, n := range strides {
		recorded, err := capture(stream, func() error {
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
			return recording(err)
		}
		g.each = append(g.each, recorded)
	}
	return nil
}

// run does n runs, beginning with the number in the counter.
func (g *graphs) run(n int, s cu.Stream) error {
	for i, stride := range strides {
		for ; n >= stride; n -= stride {
			if err := g.each[i].launch(s); err != nil {
				return explain("run", err)
			}
		}
	}
	return nil
}

// free gives back what they have; a second time it does nothing.
func (g *graphs) free(errs *firstError) {
	for _, recorded := range g.each {
		errs.add(recorded.destroy())
	}
	if g.module != nil {
		errs.add(g.module.Unload())
	}
	*g = graphs{}
}
