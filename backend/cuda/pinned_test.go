package cuda

import (
	"runtime"
	"slices"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/cuda/internal/driver/drivertest"
	"github.com/stheno/stheno/ir"
)

const large = pinFrom/4 + 100 // numbers of a buffer that is worth to be pinned, and no whole pages

// staged is a buffer and a stage of it.
func staged(t *testing.T, e *Engine, n int) (*buffer, []float32) {
	t.Helper()
	b, err := e.Alloc(ir.Float32, n)
	if err != nil {
		t.Fatal(err)
	}
	return b.(*buffer), b.(backend.Stager).Stage().([]float32)
}

// What stages a large buffer is pinned until the buffer or the engine ends, and ordinary memory, with what it holds, from then on.
func TestStagesArePinned(t *testing.T) {
	d := drivertest.New(t)
	e, err := Open(d)
	if err != nil {
		t.Fatal(err)
	}
	one, x := staged(t, e, large)
	_, y := staged(t, e, large)
	_, few := staged(t, e, pinFrom/4-1)
	if got := d.Held().Pinned; got != 2 {
		t.Errorf("%d stages are pinned, want the two large ones", got)
	}
	x[large-1], y[large-1], few[0] = 1, 2, 3
	one.Free()
	if got := d.Held().Pinned; got != 1 {
		t.Errorf("a buffer is freed: %d stages are pinned", got)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if got := d.Held().Pinned; got != 0 {
		t.Errorf("the engine is closed: %d stages are pinned", got)
	}
	runtime.GC()
	x[0], y[0] = 4, 5
	if x[large-1] != 1 || y[large-1] != 2 || len(x) != large {
		t.Errorf("a stage of a closed engine holds %v and %v", x[large-1], y[large-1])
	}
	if s := one.Stage().([]float32); len(s) != large {
		t.Errorf("a new stage of a closed engine has %d elements", len(s))
	}
}

// A stage is not collected while the driver knows where it is, also where its owner has forgotten it.
func TestForgottenStage(t *testing.T) {
	e, d := opened(t)
	b, _ := staged(t, e, large)
	runtime.GC()
	for range 10 { // would take its place
		if s := b.Stage().([]float32); s[0] != 0 || s[large-1] != 0 {
			t.Fatal("a new stage is not zero")
		}
	}
	if got := d.Held().Pinned; got != 11 {
		t.Errorf("%d stages are pinned, want 11", got)
	}
}

// Where no more can be pinned, stages are ordinary memory, and nothing is different else.
func TestNothingIsPinned(t *testing.T) {
	e, d := opened(t)
	failing("Pin", 2)(d)
	b, x := staged(t, e, large)
	x[7] = 7
	if err := b.Write(x); err != nil {
		t.Fatal(err)
	}
	y := b.Stage().([]float32)
	if err := b.Read(y); err != nil || !slices.Equal(x, y) || d.Held().Pinned != 0 {
		t.Errorf("%v, %v, %+v", y[7], err, d.Held())
	}
}

// Only an upload from pinned memory is waited for, and from a part of it too.
func TestUploadsWait(t *testing.T) {
	e, d := opened(t)
	_, x := staged(t, e, large)
	b, ordinary := staged(t, e, 10)
	waits := func(s []float32) (n int) {
		before := len(d.Calls())
		if err := b.Write(s); err != nil {
			t.Fatal(err)
		}
		for _, call := range d.Calls()[before:] {
			if call == "Synchronize" {
				n++
			}
		}
		return n
	}
	if got := waits(ordinary); got != 0 {
		t.Errorf("%d waits for ordinary memory", got)
	}
	if got := waits(x[large-10:]); got != 1 {
		t.Errorf("%d waits for pinned memory", got)
	}
}

// Who is lent a buffer finds what was written to it, and the engine waiting.
func TestLend(t *testing.T) {
	e, d := opened(t)
	b, x := staged(t, e, large)
	x[0] = 1
	if err := b.Write(x); err != nil {
		t.Fatal(err)
	}
	before := len(d.Calls())
	if err := b.Lend(func() error {
		if b.Address() != uintptr(b.at) || e.mu.TryLock() {
			t.Error("the engine goes on while its memory is lent, or it is lent elsewhere")
		}
		if got := d.Calls()[before:]; !slices.Equal(got, []string{"SetContext", "Synchronize"}) {
			t.Errorf("before: %v", got)
		}
		return errClosed
	}); err != errClosed {
		t.Error(err)
	}
	failing("Synchronize", 719)(d)
	if err := b.Lend(func() error { t.Error("memory is lent that may be written to"); return nil }); err == nil {
		t.Error("that the GPU has stopped is not told")
	}
	d.Fail = nil
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if err := b.Lend(func() error { t.Error("memory of a closed engine is lent"); return nil }); err != errClosed {
		t.Error(err)
	}
}
