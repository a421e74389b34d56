package cuda

import (
	"slices"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/cuda/emit"
	"github.com/stheno/stheno/backend/cuda/internal/driver"
	"github.com/stheno/stheno/ir"
)

// whole is a kernel that does many runs of a program in one launch, and its memory.
type whole struct {
	*exec
	f     driver.Function
	grids []int // how many blocks may share the work: one on each multiprocessor, then two, as far as there is work for them
	args  []uint64
	runs  int // the argument that says how many
}

// newWhole compiles the runs of a loop as one kernel; nil where the GPU has no cooperative launches, or where the program cannot be
// one kernel.
func (l *Loop) newWhole() (*whole, error) {
	if l.e.together == 0 {
		return nil, nil
	}
	u, p := emit.Loop(l.x.unit, l.rows, l.emitFeeds())
	if p == nil {
		return nil, nil
	}
	bind := l.x.inputs()
	for _, f := range l.feeds {
		if b, ok := bind[f.Name]; ok {
			bind[ir.Late(f.Name)] = b
		}
	}
	w := &whole{}
	var err error
	w.exec, err = build(l.e, u, p, bind, func(c *compiler) error { return w.prepare(c, l, &p.Launches[0]) })
	if err != nil {
		return nil, err
	}
	return w, nil
}

// prepare finds the kernel, its grids and its arguments.
func (w *whole) prepare(c *compiler, l *Loop, s *emit.Launch) (err error) {
	if w.f, err = c.function(s); err != nil {
		return err
	}
	resident, err := c.e.driver.Resident(w.f, emit.Threads)
	if err != nil {
		return explain("ask how many blocks fit on a multiprocessor", err)
	}
	for n := range min(resident, emit.Resident) {
		if grid := min(s.Grid, (n+1)*c.e.together); !slices.Contains(w.grids, grid) {
			w.grids = append(w.grids, grid)
		}
	}
	for i, a := range s.Args {
		v := c.exec.arg(a)
		if at := l.arg(a); at != 0 {
			v = uint64(at)
		}
		if a.Kind == emit.Runs {
			w.runs = i
		}
		w.args = append(w.args, v)
	}
	return nil
}

// inputs are the buffers that a program was bound to.
func (x *exec) inputs() map[string]backend.Buffer {
	bind := map[string]backend.Buffer{}
	for i, at := range x.at {
		if in := x.unit.Program.At(ir.ID(i)); in.Op == ir.Input {
			bind[in.Name] = &buffer{e: x.e, dt: x.unit.Program.DType, n: in.Shape.Size(), at: at}
		}
	}
	return bind
}

// run does n runs on so many blocks. The counter, which counts arrivals here, is 0.
func (w *whole) run(n, grid int) error {
	w.args[w.runs] = uint64(n)
	return explain("run", w.e.driver.Launch(w.f, driver.Launch{Grid: grid, Threads: emit.Threads, Args: w.args, Cooperative: true}, w.e.stream))
}
