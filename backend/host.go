package backend

import (
	"errors"
	"fmt"

	"github.com/stheno/stheno/internal/memory"
	"github.com/stheno/stheno/ir"
)

// Float is an element type that programs compute in.
type Float interface{ float32 | float64 }

// HostBuffer is a Buffer whose memory is the host's. It keeps the slice as an interface too: making one allocates, and Host is
// asked for in every step.
type HostBuffer[T Float] struct {
	Data []T
	host any
}

// NewHostBuffer is a buffer over a slice.
func NewHostBuffer[T Float](data []T) *HostBuffer[T] { return &HostBuffer[T]{data, data} }

// AllocHost gives zeroed host memory for n elements. It is an error where the machine, or a limit of the process, does not have as much.
func AllocHost(dt ir.DType, n int) (Buffer, error) {
	if n < 0 {
		return nil, fmt.Errorf("cannot allocate %d elements", n)
	}
	if err := memory.Fits(float64(n) * float64(dt.Bytes())); err != nil {
		return nil, err
	}
	if dt == ir.Float32 {
		return NewHostBuffer(make([]float32, n)), nil
	}
	return NewHostBuffer(make([]float64, n)), nil
}

// Adopter is an engine whose memory is the host's, and can be the caller's.
type Adopter interface {
	// Adopt is a Buffer over numbers of the caller's, []float32 or []float64. They must outlast the programs that use it.
	Adopt(numbers any) (Buffer, error)
}

// Outputs are those of a compiled program that has nothing to give back: an Exec embeds them and adds Run.
type Outputs []Buffer

// Output is the memory of output i.
func (o Outputs) Output(i int) Buffer { return o[i] }

// Close has nothing to do.
func (o Outputs) Close() {}

var errSlice = errors.New("the slice does not have the buffer's type and length")

func (b *HostBuffer[T]) Write(src any) error {
	s, ok := src.([]T)
	if !ok || len(s) != len(b.Data) {
		return fmt.Errorf("write %T to %d x %T: %w", src, len(b.Data), *new(T), errSlice)
	}
	copy(b.Data, s)
	return nil
}

func (b *HostBuffer[T]) Read(dst any) error {
	d, ok := dst.([]T)
	if !ok || len(d) != len(b.Data) {
		return fmt.Errorf("read %T from %d x %T: %w", dst, len(b.Data), *new(T), errSlice)
	}
	copy(d, b.Data)
	return nil
}

// Host is the memory itself.
func (b *HostBuffer[T]) Host() any { return b.host }

// Free lets the garbage collector have the memory.
func (b *HostBuffer[T]) Free() { b.Data, b.host = nil, nil }

// Memory is the slice behind a host buffer of n elements. The error is for a program's input of that name whose buffer is
// missing, or does not fit.
func Memory[T Float](b Buffer, name string, n int) ([]T, error) {
	if b != nil {
		if s, ok := b.Host().([]T); ok && len(s) == n {
			return s, nil
		}
	}
	return nil, fmt.Errorf("input %q has no buffer of %d x %T", name, n, *new(T))
}
