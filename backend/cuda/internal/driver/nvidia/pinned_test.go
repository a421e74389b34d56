//go:build cuda

package nvidia

import (
	"os"
	"runtime"
	"testing"
	"unsafe"
)

// Go's memory is pinned where it is, and the same once only; what was read from it is there when the stream is waited for.
func TestPin(t *testing.T) {
	var d Driver
	if err := d.Init(); err != nil {
		t.Skip(err)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	c, err := d.NewContext(0)
	if err != nil {
		t.Fatal(err)
	}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(d.SetContext(c))
	s, err := d.NewStream()
	check(err)
	page := os.Getpagesize()
	m, err := d.Alloc(page)
	check(err)
	memory := make([]byte, 2*page)
	at := page - int(uintptr(unsafe.Pointer(&memory[0]))%uintptr(page))
	p := unsafe.Pointer(&memory[at])
	check(d.Pin(p, page))
	if d.Pin(p, page) == nil {
		t.Error("memory is pinned twice")
	}
	memory[at+page-1] = 7
	check(d.Upload(m, p, page, s))
	check(d.Synchronize(s))
	memory[at+page-1] = 0
	check(d.Download(p, m, page))
	if memory[at+page-1] != 7 {
		t.Error("what was uploaded does not come back")
	}
	check(d.Unpin(p))
	if d.Unpin(p) == nil {
		t.Error("memory is unpinned twice")
	}
	t.Setenv("FAKE_PIN", "0") // of the fake driver; a machine has limits of its own
	if d.Pin(p, page) == nil {
		t.Log("a limit was not tried: this is no fake driver")
		check(d.Unpin(p))
	}
	check(d.Free(m))
	check(d.DestroyStream(s))
	check(d.DestroyContext(c))
}
