//go:build cuda

package nvidia

import (
	"fmt"
	"unsafe"

	"github.com/stheno/stheno/backend/cuda/internal/driver"

	"github.com/ebitengine/purego"
)

// cuBLAS is loaded when it is opened, and gets a stream and memory, so that its calls can be recorded; gorgonia.org/cu/blas has no call
// for either, nor for the precision.

// blas is the library, ready for a stream.
type blas struct {
	handle uintptr
	calls  map[string]uintptr
	name   string
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

func (Driver) OpenBLAS(s driver.Stream, workspace driver.Memory, bytes int) (driver.BLAS, error) {
	err := driver.ErrNoBLAS
	for _, name := range libraries {
		file, missing := purego.Dlopen(name, purego.RTLD_NOW|purego.RTLD_LOCAL|deepBind)
		if missing != nil {
			continue
		}
		b := &blas{calls: map[string]uintptr{}, name: name}
		if err = b.start(file, s, workspace, bytes); err == nil {
			return b, nil
		}
		_ = b.Close() // the first error is the one to report
	}
	return nil, err
}

func (b *blas) start(file uintptr, s driver.Stream, workspace driver.Memory, bytes int) error {
	for _, name := range symbols {
		at, err := purego.Dlsym(file, name)
		if err != nil {
			return fmt.Errorf("%s lacks %s: install cuBLAS of CUDA 12 or newer", b.name, name)
		}
		b.calls[name] = at
	}
	if err := b.call("cublasCreate_v2", uintptr(unsafe.Pointer(&b.handle))); err != nil {
		return err
	}
	if err := b.call("cublasSetStream_v2", b.handle, uintptr(s)); err != nil {
		return err
	}
	// only now: a new stream takes the workspace away
	if err := b.call("cublasSetWorkspace_v2", b.handle, uintptr(workspace), uintptr(bytes)); err != nil {
		return err
	}
	return b.call("cublasSetPointerMode_v2", b.handle, pointersOnDevice)
}

// call gives cuBLAS's answer as an error.
func (b *blas) call(name string, args ...uintptr) error {
	if answer, _, _ := purego.SyscallN(b.calls[name], args...); int32(answer) != 0 {
		return fmt.Errorf("%s of %s answers %d: run nvidia-smi, which shows the GPU's memory and the driver's version", name, b.name, int32(answer))
	}
	return nil
}

func (b *blas) Multiply(p driver.Product) error {
	math := uintptr(plainMath)
	if p.TF32 {
		math = tensorFloat32Math
	}
	if err := b.call("cublasSetMathMode", b.handle, math); err != nil {
		return err
	}
	name := "cublasSgemm_v2"
	if p.Double {
		name = "cublasDgemm_v2"
	}
	return b.call(name, b.handle, operation(p.TransA), operation(p.TransB), uintptr(p.M), uintptr(p.N), uintptr(p.K), uintptr(p.Alpha),
		uintptr(p.A), uintptr(p.LDA), uintptr(p.B), uintptr(p.LDB), uintptr(p.Beta), uintptr(p.C), uintptr(p.LDC))
}

func operation(trans bool) uintptr {
	if trans {
		return cublasT
	}
	return cublasN
}

func (b *blas) Close() error {
	if b.handle == 0 {
		return nil
	}
	err := b.call("cublasDestroy_v2", b.handle)
	b.handle = 0
	return err
}
