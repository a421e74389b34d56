//go:build cuda

package cuda

import (
	"slices"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/cuda/emit"
	"github.com/stheno/stheno/ir"

	"gorgonia.org/cu"
)

// whole is a kernel that does many steps in one launch, and its memory.
type whole struct {
	*exec
	f     cu.Function
	grids []int // how many blocks may share the work: one on each multiprocessor, then two, as far as there is work for them
	args  []uint64
	steps int // the argument that says how many
}

// mostResident is how many blocks of a kernel of emit's a multiprocessor may be asked to have at once.
const mostResident = 2

// newWhole compiles the loop of a program on batches for x and t, buffers of the engine; nil where the GPU has no cooperative
// launches, or where the program cannot be one kernel.
func (l *Loop) newWhole(x, t backend.Buffer) (*whole, error) {
	if l.f.e.together == 0 || t == nil {
		return nil, nil
	}
	bind := l.x.inputs()
	feed := emit.Feed{X: named(bind, x), T: named(bind, t), Batch: l.batch, Pixels: l.f.pixels, Classes: l.f.classes}
	u, p := emit.Loop(l.x.unit, feed)
	if p == nil {
		return nil, nil
	}
	for _, name := range []string{feed.X, feed.T} {
		if b, ok := bind[name]; ok {
			bind[ir.Late(name)] = b
		}
	}
	if err := l.f.e.enter(); err != nil {
		return nil, err
	}
	defer l.f.e.leave()
	w := &whole{}
	var err error
	w.exec, err = build(l.f.e, u, p, bind, func(c *compiler) error { return w.prepare(c, l, &p.Steps[0]) })
	return w, err
}

// prepare finds the kernel, its grids and its arguments.
func (w *whole) prepare(c *compiler, l *Loop, s *emit.Step) (err error) {
	if w.f, err = c.function(s); err != nil {
		return err
	}
	resident, err := w.f.MaxActiveBlocksPerMultiProcessor(emit.Threads, 0)
	if err != nil {
		return explain("ask how many blocks fit on a multiprocessor", err)
	}
	for n := range min(resident, mostResident) {
		if grid := min(s.Grid, (n+1)*c.e.together); !slices.Contains(w.grids, grid) {
			w.grids = append(w.grids, grid)
		}
	}
	of := map[emit.Kind]cu.DevicePtr{
		emit.Images: l.f.images, emit.Labels: l.f.labels, emit.Indices: l.idx, emit.Losses: l.kept(), emit.Arrived: l.memory,
	}
	for i, a := range s.Args {
		v := c.exec.arg(a)
		if at, ok := of[a.Kind]; ok {
			v = uint64(at)
		} else if a.Kind == emit.Steps {
			w.steps = i
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

// named is the input that is bound to a buffer, or empty.
func named(bind map[string]backend.Buffer, b backend.Buffer) string {
	for name, other := range bind {
		if other.(*buffer).at == b.(*buffer).at {
			return name
		}
	}
	return ""
}

// run does n steps on so many blocks. The counter, which counts arrivals here, is 0.
func (w *whole) run(n, grid int, s cu.Stream) error {
	w.args[w.steps] = uint64(n)
	return explain("run", together(w.f, grid, emit.Threads, s, w.args))
}
