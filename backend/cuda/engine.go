package cuda

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"unsafe"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/cuda/emit"
	"github.com/stheno/stheno/backend/cuda/internal/driver"
	"github.com/stheno/stheno/ir"
)

// Engine runs programs on one of the GPUs that the driver shows (GPU chooses; CUDA_VISIBLE_DEVICES says what is shown). It has a context
// and a stream of its own; everything it does is in the stream's order.
type Engine struct {
	mu        sync.Mutex // held for every use of the driver
	driver    driver.Driver
	ctx       driver.Context
	stream    driver.Stream
	device    string
	together  int // multiprocessors whose blocks can wait for one another; 0 where the GPU has no cooperative launches
	modules   map[string]driver.Module
	functions map[string]driver.Function
	memory    map[driver.Memory]bool // what is allocated
	pinned    map[unsafe.Pointer]int // the host's pages that are, and their bytes
	execs     map[*exec]bool         // what is compiled
	loops     map[*Loop]bool
	blas      *blas // where a program needed it
	large     int   // multiplications of a product for it
	tf32      bool
	ampere    bool // can do that
	closed    bool
}

// oldest is the driver's version that the PTX needs: CUDA 12.0.
const oldest = 12000

// Open starts an engine on a driver's first GPU, or on the one that STHENO_GPU names.
func Open(d driver.Driver) (*Engine, error) {
	if err := d.Init(); err != nil {
		return nil, explain("start", err)
	}
	if v := d.Version(); v < oldest {
		return nil, fmt.Errorf("cuda: the driver knows CUDA %s, the kernels need 12.0: %s", release(v), update)
	}
	n, err := d.DeviceCount()
	if err == nil && n == 0 {
		err = &driver.Error{Code: driver.NoDevice}
	}
	if err != nil {
		return nil, explain("count the GPUs", err)
	}
	number, err := chosen(n)
	if err != nil {
		return nil, err
	}
	gpu, err := d.Device(number)
	if err != nil {
		return nil, explain("ask for the GPU's properties", err)
	}
	if gpu.Major < 7 {
		return nil, fmt.Errorf("cuda: %s has compute capability %d.%d, the kernels need 7.0 (Volta, 2017) or newer: use -backend=go or -backend=blas", gpu.Name, gpu.Major, gpu.Minor)
	}
	e := &Engine{driver: d, large: emit.Large, ampere: gpu.Major >= 8, modules: map[string]driver.Module{}, functions: map[string]driver.Function{},
		memory: map[driver.Memory]bool{}, pinned: map[unsafe.Pointer]int{}, execs: map[*exec]bool{}, loops: map[*Loop]bool{}}
	if gpu.Cooperative {
		e.together = gpu.Processors
	}
	e.device = fmt.Sprintf("%s, %.0f GiB, compute capability %d.%d, driver for CUDA %s", gpu.Name, float64(gpu.Bytes)/(1<<30), gpu.Major, gpu.Minor, release(d.Version()))
	if err := e.start(number); err != nil {
		return nil, err
	}
	return e, nil
}

// release is a version as people write it.
func release(v int) string { return fmt.Sprintf("%d.%d", v/1000, v%1000/10) }

// start makes the context, on the GPU of this number, and the stream.
func (e *Engine) start(number int) (err error) {
	if e.ctx, err = e.driver.NewContext(number); err != nil {
		return explain("use "+e.device, err)
	}
	if err = e.enter(); err == nil {
		defer e.leave()
		e.stream, err = e.driver.NewStream()
		err = explain("make a stream", err)
	}
	if err != nil {
		_ = e.driver.DestroyContext(e.ctx) // the first error is the one to report
	}
	return err
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
	if err := e.driver.SetContext(e.ctx); err != nil {
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
		if err := e.driver.Fill(at, 0, n*dt.Bytes(), e.stream); err != nil {
			_ = e.free(at) // the first error is the one to report
			return nil, explain("clear memory", err)
		}
	}
	return &buffer{e: e, dt: dt, n: n, at: at, owned: true}, nil
}

// alloc gives memory as it is; none for no bytes.
func (e *Engine) alloc(bytes int) (driver.Memory, error) {
	if bytes == 0 {
		return 0, nil
	}
	at, err := e.driver.Alloc(bytes)
	if err != nil {
		return 0, explain(fmt.Sprintf("allocate %d bytes", bytes), err)
	}
	e.memory[at] = true
	return at, nil
}

func (e *Engine) free(at driver.Memory) error {
	if at == 0 || !e.memory[at] {
		return nil
	}
	delete(e.memory, at)
	return explain("free memory", e.driver.Free(at))
}

// SetTF32 rounds the factors of float32 products to TF32, 10 bits of mantissa instead of 23, which GPUs of compute capability 8.0 and
// newer multiply many times as fast: those of products that are cuBLAS's, and of convolutions whose channels come in fours. It is for
// programs that are compiled afterwards.
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
	p, err := emit.Emit(u, emit.Options{Large: e.large, TF32: e.tf32})
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
	errs.add(e.driver.Synchronize(e.stream))
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
	for at := range e.pinned {
		errs.add(e.unpin(at))
	}
	for _, m := range e.modules {
		errs.add(e.driver.Unload(m))
	}
	errs.add(e.driver.DestroyStream(e.stream))
	errs.add(e.driver.DestroyContext(e.ctx))
	return explain("close", errs.err)
}
