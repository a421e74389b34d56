//go:build cuda

package cuda

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/stheno/stheno/backend/cuda/emit"
	"github.com/stheno/stheno/ir"

	"github.com/ebitengine/purego"
	"gorgonia.org/cu"
)

// Large products are cuBLAS's. It is loaded when a program has one, and gets the engine's stream and memory, so that its calls can
// be recorded; gorgonia.org/cu/blas has no call for either, nor for the precision.

// cublas is the library, ready for the engine's stream.
type cublas struct {
	handle    uintptr
	calls     map[string]uintptr
	name      string
	workspace cu.DevicePtr
	constants [2]cu.DevicePtr // 1 and 0 of each type
}

// libraries are the names under which it is looked for. What is called here is the same in both.
var libraries = []string{"libcublas.so.13", "libcublas.so.12"}

// symbols are the functions that are called.
var symbols = []string{"cublasCreate_v2", "cublasDestroy_v2", "cublasSetStream_v2", "cublasSetWorkspace_v2", "cublasSetPointerMode_v2",
	"cublasSetMathMode", "cublasSgemm_v2", "cublasDgemm_v2"}

// Numbers of cublas_api.h.
const (
	cublasN, cublasT  = 0, 1
	pointersOnDevice  = 1
	plainMath         = 0
	tensorFloat32Math = 3
)

// deepBind, of the Linux loader, has the library call its own functions even where a program was linked with another version.
const deepBind = 8

// workspace is what NVIDIA advises for the newest GPUs, in bytes.
const workspace = 32 << 20

var errNoLibrary = errors.New("cuda: cuBLAS, which large products need, is not on this machine: install it (Debian and Ubuntu: libcublas-12 or libcublas-13 from NVIDIA's packages; pip: nvidia-cublas), or put its folder into LD_LIBRARY_PATH")

// library is cuBLAS, loaded at the first call.
func (e *Engine) library() (*cublas, error) {
	if e.blas != nil {
		return e.blas, nil
	}
	err := errNoLibrary
	for _, name := range libraries {
		file, missing := purego.Dlopen(name, purego.RTLD_NOW|purego.RTLD_LOCAL|deepBind)
		if missing != nil {
			continue
		}
		b := &cublas{calls: map[string]uintptr{}, name: name}
		if err = b.start(e, file); err == nil {
			e.blas = b
			return b, nil
		}
		_ = b.close(e) // the first error is the one to report
	}
	return nil, err
}

func (b *cublas) start(e *Engine, file uintptr) error {
	for _, s := range symbols {
		at, err := purego.Dlsym(file, s)
		if err != nil {
			return fmt.Errorf("cuda: %s lacks %s: install cuBLAS of CUDA 12 or newer", b.name, s)
		}
		b.calls[s] = at
	}
	var err error
	if b.workspace, err = e.alloc(workspace); err != nil {
		return err
	}
	for dt := range b.constants {
		if b.constants[dt], err = e.alloc(16); err != nil {
			return err
		}
	}
	ones, doubles := [2]float32{1, 0}, [2]float64{1, 0}
	if err := cu.MemcpyHtoDAsync(b.constants[ir.Float32], unsafe.Pointer(&ones), 8, e.stream); err != nil {
		return explain("copy constants to the GPU", err)
	}
	if err := cu.MemcpyHtoDAsync(b.constants[ir.Float64], unsafe.Pointer(&doubles), 16, e.stream); err != nil {
		return explain("copy constants to the GPU", err)
	}
	if err := e.stream.Synchronize(); err != nil {
		return explain("copy constants to the GPU", err)
	}
	if err := b.call("cublasCreate_v2", uintptr(unsafe.Pointer(&b.handle))); err != nil {
		return err
	}
	if err := b.call("cublasSetStream_v2", b.handle, uintptr(unsafe.Pointer(e.stream.C()))); err != nil {
		return err
	}
	// only now: a new stream takes the workspace away
	if err := b.call("cublasSetWorkspace_v2", b.handle, uintptr(b.workspace), workspace); err != nil {
		return err
	}
	return b.call("cublasSetPointerMode_v2", b.handle, pointersOnDevice)
}

// call gives cuBLAS's answer as an error.
func (b *cublas) call(name string, args ...uintptr) error {
	if answer, _, _ := purego.SyscallN(b.calls[name], args...); int32(answer) != 0 {
		return fmt.Errorf("cuda: %s of %s answers %d: run nvidia-smi, which shows the GPU's memory and the driver's version", name, b.name, int32(answer))
	}
	return nil
}

func (b *cublas) close(e *Engine) error {
	var errs firstError
	if b.handle != 0 {
		errs.add(b.call("cublasDestroy_v2", b.handle))
	}
	for _, at := range append(b.constants[:], b.workspace) {
		errs.add(e.free(at))
	}
	return errs.err
}

// product is a call of cuBLAS: C = s·op(A)·op(B) + C, or C = op(A)·op(B).
type product struct {
	b    *cublas
	name string
	math uintptr
	args []uintptr
	what string
}

// product takes an instruction's arguments as emit gives them. Column-major Cᵀ = op(B)ᵀ·op(A)ᵀ is row-major C = op(A)·op(B).
func (c *compiler) product(s *emit.Step) (*product, error) {
	b, err := c.e.library()
	if err != nil {
		return nil, err
	}
	l, dt := s.Product, c.p.DType
	factor, sum := b.constants[dt], b.constants[dt]+cu.DevicePtr(dt.Bytes())
	if l.Factor >= 0 {
		factor, sum = c.exec.at[l.Factor], b.constants[dt]
	}
	op := func(trans bool) uintptr { return [...]uintptr{cublasN, cublasT}[btoi(trans)] }
	lda, ldb := []int{l.K, l.M}[btoi(l.TransA)], []int{l.N, l.K}[btoi(l.TransB)]
	p := &product{b: b, name: [...]string{"cublasSgemm_v2", "cublasDgemm_v2"}[dt], math: plainMath, what: s.Describe(c.p)}
	if c.e.tf32 {
		p.math = tensorFloat32Math
	}
	p.args = []uintptr{b.handle, op(l.TransB), op(l.TransA), uintptr(l.N), uintptr(l.M), uintptr(l.K), uintptr(factor),
		uintptr(c.exec.at[l.B]), uintptr(ldb), uintptr(c.exec.at[l.A]), uintptr(lda), uintptr(sum), uintptr(c.exec.at[l.C]), uintptr(l.N)}
	return p, nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (p *product) do(cu.Stream) error {
	if err := p.b.call("cublasSetMathMode", p.b.handle, p.math); err != nil {
		return err
	}
	return p.b.call(p.name, p.args...)
}

func (p *product) String() string { return p.what }
