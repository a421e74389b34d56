package backendtest

import (
	"sync/atomic"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/ir"
)

// Counted is an engine that counts what it has given out and not got back.
type Counted struct {
	backend.Engine
	buffers, execs atomic.Int64
}

// NoLeaks wraps an engine; when the test ends, every buffer and every program of it must have been freed.
func NoLeaks(t testing.TB, e backend.Engine) *Counted {
	c := &Counted{Engine: e}
	t.Cleanup(func() {
		if b, x := c.Live(); b != 0 || x != 0 {
			t.Errorf("%d buffers and %d programs of the engine %s were not freed", b, x, e.Name())
		}
	})
	return c
}

// Live is how many buffers and programs are in use.
func (c *Counted) Live() (buffers, execs int) { return int(c.buffers.Load()), int(c.execs.Load()) }

// Alloc counts a buffer.
func (c *Counted) Alloc(dt ir.DType, n int) (backend.Buffer, error) {
	b, err := c.Engine.Alloc(dt, n)
	if err != nil {
		return nil, err
	}
	c.buffers.Add(1)
	return &countedBuffer{Buffer: b, c: c}, nil
}

// Compile counts a program.
func (c *Counted) Compile(u *backend.Unit, bind map[string]backend.Buffer) (backend.Exec, error) {
	own := map[string]backend.Buffer{}
	for name, b := range bind {
		own[name] = b.(*countedBuffer).Buffer
	}
	x, err := c.Engine.Compile(u, own)
	if err != nil {
		return nil, err
	}
	c.execs.Add(1)
	return &countedExec{Exec: x, c: c}, nil
}

type countedBuffer struct {
	backend.Buffer
	c     *Counted
	freed atomic.Bool
}

func (b *countedBuffer) Free() {
	if !b.freed.Swap(true) {
		b.c.buffers.Add(-1)
		b.Buffer.Free()
	}
}

type countedExec struct {
	backend.Exec
	c      *Counted
	closed atomic.Bool
}

func (x *countedExec) Close() {
	if !x.closed.Swap(true) {
		x.c.execs.Add(-1)
		x.Exec.Close()
	}
}

func (x *countedExec) Beside() int {
	if s, ok := x.Exec.(backend.Sizer); ok {
		return s.Beside()
	}
	return 0
}
