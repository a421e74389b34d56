// Package null is the engine "null": it compiles a program as any engine does and then runs nothing. Outputs stay
// zero and inputs stay as they are. What is left to time is the compiler, and what a caller adds to each run.
package null

import (
	"fmt"
	"time"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/ir"
)

func init() {
	backend.Register("null", func() (backend.Engine, error) { return engine{}, nil })
}

type engine struct{}

func (engine) Name() string   { return "null" }
func (engine) Device() string { return "nothing: programs are compiled and not run" }
func (engine) Close() error   { return nil }

// Alloc gives zeroed host memory.
func (engine) Alloc(dt ir.DType, n int) (backend.Buffer, error) {
	if n < 0 {
		return nil, fmt.Errorf("null: cannot allocate %d elements", n)
	}
	return alloc(dt, n), nil
}

func alloc(dt ir.DType, n int) backend.Buffer {
	if dt == ir.Float32 {
		return &buffer[float32]{make([]float32, n)}
	}
	return &buffer[float64]{make([]float64, n)}
}

// Compile checks the inputs' buffers and makes room for the outputs.
func (engine) Compile(u *backend.Unit, bind map[string]backend.Buffer) (backend.Exec, error) {
	p := u.Program
	for i := range p.Instrs {
		in := p.At(ir.ID(i))
		if in.Op != ir.Input {
			continue
		}
		if b := bind[in.Name]; b == nil || !fits(b, p.DType, in.Shape.Size()) {
			return nil, fmt.Errorf("%s: input %q of shape %v has no buffer of %d x %s", p.Name, in.Name, in.Shape, in.Shape.Size(), p.DType)
		}
	}
	x := exec{}
	for _, o := range p.Outputs {
		x = append(x, alloc(p.DType, p.At(o).Shape.Size()))
	}
	return x, nil
}

func fits(b backend.Buffer, dt ir.DType, n int) bool {
	switch s := b.Host().(type) {
	case []float32:
		return dt == ir.Float32 && len(s) == n
	case []float64:
		return dt == ir.Float64 && len(s) == n
	}
	return false
}

// exec is the outputs of a program that never runs.
type exec []backend.Buffer

func (exec) Run() error                        { return nil }
func (exec) Profile() ([]time.Duration, error) { return nil, nil }
func (exec) Close()                            {}
func (x exec) Output(i int) backend.Buffer     { return x[i] }

type buffer[T float32 | float64] struct{ data []T }

func (b *buffer[T]) Write(src any) error {
	s, ok := src.([]T)
	if !ok || len(s) != len(b.data) {
		return fmt.Errorf("write %T to %d x %T: the slice does not have the buffer's type and length", src, len(b.data), *new(T))
	}
	copy(b.data, s)
	return nil
}

func (b *buffer[T]) Read(dst any) error {
	d, ok := dst.([]T)
	if !ok || len(d) != len(b.data) {
		return fmt.Errorf("read %T from %d x %T: the slice does not have the buffer's type and length", dst, len(b.data), *new(T))
	}
	copy(d, b.data)
	return nil
}

func (b *buffer[T]) Host() any { return b.data }
func (b *buffer[T]) Free()     { b.data = nil }
