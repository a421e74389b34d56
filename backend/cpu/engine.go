// Package cpu runs programs on the host. One engine serves every matrix product that offers gonum's method
// signatures: "go" runs on blas/native, "blas" on the machine's OpenBLAS.
package cpu

import (
	"bytes"
	"fmt"
	"runtime"
	"unsafe"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/blas"
	"github.com/stheno/stheno/blas/native"
	"github.com/stheno/stheno/internal/memory"
	"github.com/stheno/stheno/ir"
)

// Engine runs programs on the host's cores.
type Engine struct {
	name, device string
	gemm         blas.Gemm
	native       bool // the product is blas/native's, which can share packed operands
	skipZeros    bool // of inputs, by blas/native
	convolves    bool // by blas/native; else a convolution is a product of patches
	plan         plan
	pool         *pool
}

// New makes an engine of a matrix product, which computes all products, those of convolutions too. device says in words what it runs on.
func New(name, device string, gemm blas.Gemm) *Engine {
	_, ours := gemm.(native.Implementation)
	return &Engine{name: name, device: device, gemm: gemm, native: ours, skipZeros: true, convolves: ours, plan: usual, pool: newPool(runtime.GOMAXPROCS(0))}
}

// Name is the engine's name in the registry.
func (e *Engine) Name() string { return e.name }

// Device says what the programs run on.
func (e *Engine) Device() string { return e.device }

// Alloc gives zeroed host memory. It is an error where the machine, or a limit of the process, does not have as much.
func (e *Engine) Alloc(dt ir.DType, n int) (backend.Buffer, error) {
	if n < 0 {
		return nil, fmt.Errorf("%s: cannot allocate %d elements", e.name, n)
	}
	if err := memory.Fits(float64(n) * float64(dt.Bytes())); err != nil {
		return nil, err
	}
	if dt == ir.Float32 {
		return newBuffer(make([]float32, n)), nil
	}
	return newBuffer(make([]float64, n)), nil
}

// Adopt is a buffer over host memory.
func (e *Engine) Adopt(numbers any) (backend.Buffer, error) {
	switch x := numbers.(type) {
	case []float32:
		return newBuffer(x), nil
	case []float64:
		return newBuffer(x), nil
	}
	return nil, fmt.Errorf("%s: memory of %T: want []float32 or []float64", e.name, numbers)
}

// Has: all ops, chains of the length that the compiler makes and more, and, where products are not a caller's own, convolutions that do
// not both leave out and spread; those in groups that are not large.
func (e *Engine) Has(p *ir.Program, in *ir.Instr) bool {
	switch in.Op {
	case ir.Chain:
		return len(in.Args)+len(in.Body) <= maxOperands
	case ir.Conv:
		return e.convolves && convolves(&in.Window)
	case ir.MaxPoolGrad: // it is made of two others
		return false
	case ir.GroupConv, ir.GroupConvWeights:
		return hasGroups(p, in)
	case ir.ConvWeights:
		return e.convolves && in.Window.Spread == [2]int{1, 1}
	}
	return true
}

// Compile lays out memory and chooses the kernels.
func (e *Engine) Compile(u *backend.Unit, bind map[string]backend.Buffer) (backend.Exec, error) {
	if u.Program.DType == ir.Float32 {
		return compile[float32](e, u, bind)
	}
	return compile[float64](e, u, bind)
}

// Close stops the worker threads.
func (e *Engine) Close() error {
	e.pool.close()
	return nil
}

// float is an element type that programs compute in.
type float = backend.Float

// buffer is host memory.
type buffer[T float] struct {
	backend.HostBuffer[T]
	writes int  // how often it was written
	lent   bool // it may change unseen: its memory was handed out, or a program updates it
}

func newBuffer[T float](data []T) *buffer[T] {
	return &buffer[T]{HostBuffer: *backend.NewHostBuffer(data)}
}

// Write changes nothing, and is not counted, where src is what is there already, to the last bit.
func (b *buffer[T]) Write(src any) error {
	if s, ok := src.([]T); ok && len(s) > 0 && bytes.Equal(bytesOf(s), bytesOf(b.Data)) {
		return nil
	}
	err := b.HostBuffer.Write(src)
	if err == nil {
		b.writes++
	}
	return err
}

// bytesOf are the bits of numbers.
func bytesOf[T float](s []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(T(0))))
}

func (b *buffer[T]) Host() any {
	b.lent = true
	return b.HostBuffer.Host()
}
