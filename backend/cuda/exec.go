package cuda

import (
	"time"
	"unsafe"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/cuda/internal/driver"
	"github.com/stheno/stheno/ir"
)

// exec is a compiled program: graphs of launches, with host functions between them where there are any.
type exec struct {
	e       *Engine
	unit    *backend.Unit
	memory  driver.Memory
	at      []driver.Memory // of each value
	scratch driver.Memory
	own     driver.Module // the program's own kernels; 0 where there are none
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
	do(e *Engine) error
	String() string
}

// part is what Run does at once.
type part struct {
	graph driver.Graph
	host  *hostCall
}

// launch is a kernel with its arguments.
type launch struct {
	f       driver.Function
	grid    int // blocks
	threads int // of a block
	args    []uint64
	what    string
}

func (l *launch) do(e *Engine) error {
	return explain(l.what, e.driver.Launch(l.f, driver.Launch{Grid: l.grid, Threads: l.threads, Args: l.args}, e.stream))
}

func (l *launch) String() string { return l.what }

func launches(steps []step, e *Engine) error {
	for _, x := range steps {
		if err := x.gpu.do(e); err != nil {
			return err
		}
	}
	return nil
}

// transfer is an update that was not made in place.
type transfer struct {
	into, from driver.Memory
	bytes      int
}

func (x *exec) copy() error {
	for _, t := range x.copies {
		if err := x.e.driver.Copy(t.into, t.from, t.bytes, x.e.stream); err != nil {
			return explain("copy an update", err)
		}
	}
	return nil
}

// mirror is a value's memory on the GPU and a slice for it on the host.
type mirror struct {
	at    driver.Memory
	bytes int
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
	return explain("copy to the GPU", e.driver.Upload(h.out.at, h.out.p, h.out.bytes, e.stream))
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
		} else if err := x.e.driver.LaunchGraph(x.parts[i].graph, x.e.stream); err != nil {
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
	return times, explain("run", x.e.driver.Synchronize(x.e.stream))
}

// timed runs a step: a kernel by the GPU's clock, a host function by the host's.
func (x *exec) timed(s step) (time.Duration, error) {
	if s.host != nil {
		began := time.Now()
		err := s.host.do(x.e)
		return time.Since(began), err
	}
	d, err := x.e.driver.Time(x.e.stream, func() error { return s.gpu.do(x.e) })
	if err != nil {
		return 0, explained(s.gpu.String(), err)
	}
	return d, nil
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
	errs.add(x.e.driver.Synchronize(x.e.stream))
	for _, p := range x.parts {
		if p.host == nil {
			errs.add(x.e.driver.DestroyGraph(p.graph))
		}
	}
	if x.own != 0 {
		errs.add(x.e.driver.Unload(x.own))
	}
	x.parts, x.steps, x.outputs, x.copies = nil, nil, nil, nil
	errs.add(x.e.free(x.memory))
	return errs.err
}
