//go:build cuda

package cuda

import (
	"stheno/backend"
	"stheno/backend/cuda/emit"
	"stheno/ir"

	"gorgonia.org/cu"
)

// whole is a kernel that does many steps in one launch.
type whole struct {
	f     cu.Function
	grid  int
	args  []uint64
	steps int // the argument that says how many
}

// newWhole compiles the loop of a program on batches in x and t, buffers of the engine; nil where the GPU has no cooperative
// launches, or where the program cannot be one kernel.
func (l *Loop) newWhole(x, t backend.Buffer) (*whole, error) {
	if l.f.e.together == 0 || t == nil {
		return nil, nil
	}
	p := emit.Loop(l.x.unit, emit.Feed{X: l.x.input(x), T: l.x.input(t), Batch: l.batch, Pixels: l.f.pixels, Classes: l.f.classes})
	if p == nil {
		return nil, nil
	}
	if err := l.f.e.enter(); err != nil {
		return nil, err
	}
	defer l.f.e.leave()
	var err error
	if l.own, err = l.x.loadOwn(p); err != nil {
		return nil, err
	}
	step := p.Steps[0]
	w := &whole{grid: min(step.Grid, l.f.e.together)}
	if w.f, err = l.own.Function(step.Kernel); err != nil {
		return nil, explain("find the kernel "+step.Kernel, err)
	}
	more := map[emit.Kind]cu.DevicePtr{
		emit.BatchX: x.(*buffer).at, emit.BatchT: t.(*buffer).at,
		emit.Images: l.f.images, emit.Labels: l.f.labels, emit.Indices: l.idx,
		emit.Losses: l.kept(), emit.Arrived: l.memory,
	}
	for i, a := range step.Args {
		v := l.x.arg(a)
		if at, ok := more[a.Kind]; ok {
			v = uint64(at)
		} else if a.Kind == emit.Steps {
			w.steps = i
		}
		w.args = append(w.args, v)
	}
	return w, nil
}

// input is the program's input that is bound to a buffer, or -1.
func (x *exec) input(b backend.Buffer) ir.ID {
	own := b.(*buffer)
	for i := range x.at {
		if x.unit.Program.At(ir.ID(i)).Op == ir.Input && x.at[i] == own.at {
			return ir.ID(i)
		}
	}
	return -1
}

// run does n steps. The counter, which counts arrivals here, is 0.
func (w *whole) run(n int, s cu.Stream) error {
	w.args[w.steps] = uint64(n)
	return explain("run", together(w.f, w.grid, emit.Threads, s, w.args))
}
