//go:build cuda

package cuda

import (
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/cuda/emit"
	"github.com/stheno/stheno/ir"

	"gorgonia.org/cu"
)

// Engine runs programs on the first GPU that the driver shows (CUDA_VISIBLE_DEVICES chooses). It has a context and a stream
// of its own; everything it does is in the stream's order.
type Engine struct {
	mu        sync.Mutex // held for every use of the driver
	ctx       cu.CUContext
	stream    cu.Stream
	device    string
	together  int // multiprocessors whose blocks can wait for one another; 0 where the GPU has no cooperative launches
	modules   map[string]cu.Module
	functions map[string]cu.Function
	memory    map[cu.DevicePtr]bool // what is allocated
	execs     map[*exec]bool        // what is compiled
	loops     map[*Loop]bool
	blas      *cublas // where a program needed it
	large     int     // multiplications of a product for it
	tf32      bool
	ampere    bool // can do that
	closed    bool
}

// oldest is the driver's version that the PTX needs: CUDA 12.0.
const oldest = 12000

func open() (backend.Engine, error) {
	if err := initialised(); err != nil {
		return nil, explain("start", err)
	}
	if v := cu.Version(); v < oldest {
		return nil, fmt.Errorf("cuda: the driver knows CUDA %d.%d, the kernels need 12.0: %s", v/1000, v%1000/10, update)
	}
	if n, err := cu.NumDevices(); err != nil {
		return nil, explain("count the GPUs", err)
	} else if n == 0 {
		return nil, explain("count the GPUs", cu.NoDevice)
	}
	d, err := cu.GetDevice(0)
	if err != nil {
		return nil, explain("use GPU 0", err)
	}
	name, major, err := describe(d)
	if err != nil {
		return nil, err
	}
	processors, err := d.Attribute(cu.MultiprocessorCount)
	if err != nil {
		return nil, explain("ask for the GPU's properties", err)
	}
	able, err := d.Attribute(cooperative)
	if err != nil {
		return nil, explain("ask for the GPU's properties", err)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	ctx, err := d.MakeContext(cu.SchedAuto)
	if err != nil {
		return nil, explain("use "+name, err)
	}
	e := &Engine{ctx: ctx, device: name, together: able * processors, large: emit.Large, ampere: major >= 8,
		modules: map[string]cu.Module{}, functions: map[string]cu.Function{},
		memory: map[cu.DevicePtr]bool{}, execs: map[*exec]bool{}, loops: map[*Loop]bool{}}
	if e.stream, err = cu.MakeStream(cu.NonBlocking); err != nil {
		_ = ctx.Destroy() // the first error is the one to report
		return nil, explain("make a stream", err)
	}
	_, err = cu.PopCurrentCtx() // every call sets it anew, on whatever thread it is
	return e, explain("use "+name, err)
}

// describe names a GPU and checks that the kernels can run on it.
func describe(d cu.Device) (text string, major int, err error) {
	name, err := d.Name()
	bytes, err1 := d.TotalMem()
	major, err2 := d.Attribute(cu.ComputeCapabilityMajor)
	minor, err3 := d.Attribute(cu.ComputeCapabilityMinor)
	for _, err := range []error{err, err1, err2, err3} {
		if err != nil {
			return "", 0, explain("ask for the GPU's properties", err)
		}
	}
	if major < 7 {
		return "", 0, fmt.Errorf("cuda: %s has compute capability %d.%d, the kernels need 7.0 (Volta, 2017) or newer: use -backend=go or -backend=blas", name, major, minor)
	}
	v := cu.Version()
	return fmt.Sprintf("%s, %.0f GiB, compute capability %d.%d, driver for CUDA %d.%d", name, float64(bytes)/(1<<30), major, minor, v/1000, v%1000/10), major, nil
}

// Name is the engine's name in the registry.
func (e *Engine) Name() string { return "cuda" }

// Device names the GPU.
func (e *Engine) Device() string { return e.device }

var errClosed = errors.New("cuda: the engine is closed")

// enter makes the context current on this thread; leave ends what enter began. In between the goroutine stays on its
// thread and has the driver for itself.
func (e *Engine) enter() error {
	e.mu.Lock()
	runtime.LockOSThread()
	if e.closed {
		e.leave()
		return errClosed
	}
	if err := cu.SetCurrentContext(e.ctx); err != nil {
		e.leave()
		return explain("use "+e.device, err)
	}
	return nil
}

func (e *Engine) leave() {
	runtime.UnlockOSThread()
	e.mu.Unlock()
}

// Alloc gives zeroed memory on the GPU.
func (e *Engine) Alloc(dt ir.DType, n int) (backend.Buffer, error) {
	if n < 0 {
		return nil, fmt.Errorf("cuda: cannot allocate %d elements", n)
	}
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	at, err := e.alloc(n * dt.Bytes())
	if err != nil {
		return nil, err
	}
	if n > 0 {
		if err := cu.MemsetD8Async(at, 0, int64(n*dt.Bytes()), e.stream); err != nil {
			_ = e.free(at) // the first error is the one to report
			return nil, explain("clear memory", err)
		}
	}
	return &buffer{e: e, dt: dt, n: n, at: at, owned: true}, nil
}

// alloc gives memory as it is; none for no bytes.
func (e *Engine) alloc(bytes int) (cu.DevicePtr, error) {
	if bytes == 0 {
		return 0, nil
	}
	at, err := cu.MemAlloc(int64(bytes))
	if err != nil {
		return 0, explain(fmt.Sprintf("allocate %d bytes", bytes), err)
	}
	e.memory[at] = true
	return at, nil
}

func (e *Engine) free(at cu.DevicePtr) error {
	if at == 0 || !e.memory[at] {
		return nil
	}
	delete(e.memory, at)
	return explain("free memory", cu.MemFree(at))
}

// SetTF32 has cuBLAS round the factors of float32 products to TF32, 10 bits of mantissa instead of 23, which GPUs of compute
// capability 8.0 and newer multiply many times as fast. It is for programs that are compiled afterwards, and for their large products
// only.
func (e *Engine) SetTF32(on bool) error {
	if on && !e.ampere {
		return fmt.Errorf("cuda: TF32 needs a GPU of compute capability 8.0 (Ampere, 2020) or newer: this is %s", e.device)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.tf32 = on
	return nil
}

// Has asks the tables of kernels.
func (e *Engine) Has(p *ir.Program, in *ir.Instr) bool { return emit.Has(p, in) }

// Compile chooses and loads the kernels, lays out memory and records the launches.
func (e *Engine) Compile(u *backend.Unit, bind map[string]backend.Buffer) (backend.Exec, error) {
	p, err := emit.Emit(u, e.large)
	if err != nil {
		return nil, err
	}
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	return compile(e, u, p, bind)
}

// Close frees everything that the engine has on the GPU, buffers and programs included.
func (e *Engine) Close() error {
	if err := e.enter(); err != nil {
		if err == errClosed {
			return nil
		}
		return err
	}
	defer e.leave()
	e.closed = true
	var errs firstError
	errs.add(e.stream.Synchronize())
	for l := range e.loops {
		errs.add(l.free())
	}
	for x := range e.execs {
		errs.add(x.release())
	}
	if e.blas != nil {
		errs.add(e.blas.close(e))
	}
	for at := range e.memory {
		errs.add(e.free(at))
	}
	for _, m := range e.modules {
		errs.add(m.Unload())
	}
	errs.add(e.stream.Destroy())
	errs.add(e.ctx.Destroy())
	return explain("close", errs.err)
}
