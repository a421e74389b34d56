//go:build cuda

package cuda

import (
	"time"
	"unsafe"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/ir"

	"gorgonia.org/cu"
)

// exec is a compiled program: graphs of launches, with host functions between them where there are any.
type exec struct {
	e       *Engine
	unit    *backend.Unit
	memory  cu.DevicePtr
	at      []cu.DevicePtr // of each value
	scratch cu.DevicePtr
	own     *cu.Module // the program's own kernels
	steps   []step
	copies  []transfer
	parts   []part
	outputs []*buffer
}

// step is work of the GPU or a host function; id is the last instruction that it computes.
type step struct {
	id   ir.ID
	gpu  work
	host *hostCall
}

// work is something to put into a stream: a launch, or a call of cuBLAS. It prints as what it computes.
type work interface {
	do(s cu.Stream) error
	String() string
}

// part is what Run does at once.
type part struct {
	graph *graph
	host  *hostCall
}

// launch is a kernel with its arguments.
type launch struct {
	f       cu.Function
	grid    int // blocks
	threads int // of a block
	args    []uint64
	what    string
}

func (l *launch) do(s cu.Stream) error {
	params := make([]unsafe.Pointer, len(l.args))
	for i := range l.args {
		params[i] = unsafe.Pointer(&l.args[i])
	}
	return explain(l.what, l.f.Launch(l.grid, 1, 1, l.threads, 1, 1, 0, s, params))
}

func (l *launch) String() string { return l.what }

func launches(steps []step, s cu.Stream) error {
	for _, x := range steps {
		if err := x.gpu.do(s); err != nil {
			return err
		}
	}
	return nil
}

// transfer is an update that was not made in place.
type transfer struct {
	into, from cu.DevicePtr
	bytes      int64
}

func (x *exec) copy() error {
	for _, t := range x.copies {
		if err := cu.MemcpyDtoDAsync(t.into, t.from, t.bytes, x.e.stream); err != nil {
			return explain("copy an update", err)
		}
	}
	return nil
}

// mirror is a value's memory on the GPU and a slice for it on the host.
type mirror struct {
	at    cu.DevicePtr
	bytes int64
	data  any
	p     unsafe.Pointer
}

// hostCall is an op without a kernel.
type hostCall struct {
	f    ir.HostFunc
	out  mirror
	in   []mirror
	args []any
}

// do downloads the arguments, runs the function and uploads its result.
func (h *hostCall) do(e *Engine) error {
	for _, m := range h.in {
		if m.bytes > 0 {
			if err := e.download(m.p, m.at, m.bytes); err != nil {
				return err
			}
		}
	}
	if err := h.f(h.out.data, h.args); err != nil || h.out.bytes == 0 {
		return err
	}
	return explain("copy to the GPU", cu.MemcpyHtoDAsync(h.out.at, h.out.p, h.out.bytes, e.stream))
}

// Run puts the program into the engine's stream: one launch, unless the program has host functions. It does not wait for
// the GPU; reading an output does, and reports what went wrong.
func (x *exec) Run() error {
	if err := x.e.enter(); err != nil {
		return err
	}
	defer x.e.leave()
	for i := range x.parts {
		if x.parts[i].host != nil {
			if err := x.parts[i].host.do(x.e); err != nil {
				return err
			}
		} else if err := x.parts[i].graph.launch(x.e.stream); err != nil {
			return explain("run", err)
		}
	}
	return nil
}

// Output is memory on the GPU.
func (x *exec) Output(i int) backend.Buffer { return x.outputs[i] }

// Profile launches one kernel after the other and waits for each. The time of a kernel that computes several instructions
// is given to the last of them.
func (x *exec) Profile() ([]time.Duration, error) {
	if err := x.e.enter(); err != nil {
		return nil, err
	}
	defer x.e.leave()
	var times []time.Duration
	for _, s := range x.steps {
		d, err := x.timed(s)
		if err != nil {
			return nil, err
		}
		for len(times) <= int(s.id) {
			times = append(times, 0)
		}
		times[s.id] += d
	}
	if err := x.copy(); err != nil {
		return nil, err
	}
	return times, explain("run", x.e.stream.Synchronize())
}

// timed runs a step: a kernel by the GPU's clock, a host function by the host's.
func (x *exec) timed(s step) (time.Duration, error) {
	if s.host != nil {
		began := time.Now()
		err := s.host.do(x.e)
		return time.Since(began), err
	}
	began, err := cu.MakeEvent(cu.DefaultEvent)
	if err != nil {
		return 0, explain("make an event", err)
	}
	defer cu.DestroyEvent(&began)
	ended, err := cu.MakeEvent(cu.DefaultEvent)
	if err != nil {
		return 0, explain("make an event", err)
	}
	defer cu.DestroyEvent(&ended)
	if err := began.Record(x.e.stream); err != nil {
		return 0, explain("run", err)
	}
	if err := s.gpu.do(x.e.stream); err != nil {
		return 0, err
	}
	if err := ended.Record(x.e.stream); err != nil {
		return 0, explain("run", err)
	}
	if err := ended.Synchronize(); err != nil {
		return 0, explain(s.gpu.String(), err)
	}
	ms, err := began.Elapsed(ended)
	return time.Duration(ms * float64(time.Millisecond)), explain("take the time", err)
}

// Close frees the program.
func (x *exec) Close() {
	if x.e.enter() != nil {
		return // the engine is closed and took its programs with it
	}
	defer x.e.leave()
	_ = x.release()
}

// release frees what the program holds; a second time it does nothing.
func (x *exec) release() error {
	if !x.e.execs[x] {
		return nil
	}
	delete(x.e.execs, x)
	var errs firstError
	errs.add(x.e.stream.Synchronize())
	for _, p := range x.parts {
		if p.graph != nil {
			errs.add(p.graph.destroy())
		}
	}
	if x.own != nil {
		errs.add(x.own.Unload())
	}
	x.parts, x.steps, x.outputs, x.copies = nil, nil, nil, nil
	errs.add(x.e.free(x.memory))
	return errs.err
}
