package cuda

import (
	"fmt"
	"unsafe"

	"github.com/stheno/stheno/backend/cuda/internal/driver"
	"github.com/stheno/stheno/ir"
)

// buffer is memory of the GPU.
type buffer struct {
	e      *Engine
	dt     ir.DType
	n      int
	at     driver.Memory
	owned  bool             // freed by Free; an output is not
	stages []unsafe.Pointer // pinned with it
}

// Write copies to the GPU, behind what the stream has still to do. The slice can be changed as soon as it returns.
func (b *buffer) Write(src any) error {
	p, err := b.host("write", src)
	if err != nil || b.n == 0 {
		return err
	}
	if err := b.e.enter(); err != nil {
		return err
	}
	defer b.e.leave()
	return b.e.upload(b, p)
}

// Read waits for the stream and copies from the GPU. It reports what went wrong in programs that ran before.
func (b *buffer) Read(dst any) error {
	p, err := b.host("read", dst)
	if err != nil || b.n == 0 {
		return err
	}
	if err := b.e.enter(); err != nil {
		return err
	}
	defer b.e.leave()
	return b.e.download(p, b.at, b.bytes())
}

// download waits for the stream first: its copies do not wait for the stream by themselves.
func (e *Engine) download(p unsafe.Pointer, at driver.Memory, bytes int) error {
	if err := e.driver.Synchronize(e.stream); err != nil {
		return explain("run", err)
	}
	return explain("copy from the GPU", e.driver.Download(p, at, bytes))
}

// host checks a slice and gives its memory.
func (b *buffer) host(doing string, s any) (unsafe.Pointer, error) {
	var p unsafe.Pointer
	n, dt := -1, ir.Float32
	switch s := s.(type) {
	case []float32:
		p, n = unsafe.Pointer(unsafe.SliceData(s)), len(s)
	case []float64:
		p, n, dt = unsafe.Pointer(unsafe.SliceData(s)), len(s), ir.Float64
	}
	if n != b.n || dt != b.dt {
		return nil, fmt.Errorf("cuda: %s %T of %d elements, the buffer has %d x %s", doing, s, max(n, 0), b.n, b.dt)
	}
	return p, nil
}

func (b *buffer) bytes() int { return b.n * b.dt.Bytes() }

// Host is nil: the memory is the GPU's.
func (b *buffer) Host() any { return nil }

// Free gives the memory back. After the engine was closed there is nothing left to free.
func (b *buffer) Free() {
	if !b.owned || b.e.enter() != nil {
		return
	}
	defer b.e.leave()
	b.owned = false
	for _, at := range b.stages {
		_ = b.e.unpin(at)
	}
	_ = b.e.free(b.at) // what the driver has against it, it says to the next call as well
}
