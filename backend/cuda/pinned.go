package cuda

import (
	"os"
	"unsafe"

	"github.com/stheno/stheno/ir"
)

// pinFrom is how many bytes are worth to be pinned: up to so many the driver copies through pinned memory of its own, without a wait.
const pinFrom = 1 << 16

// Stage is a slice like the buffer's memory, on pages that are pinned: the GPU copies from and to them by itself. It is Go's memory, which the
// driver pins where it is, not memory of the driver's. So a slice never outlives what it is of: at the end of the buffer, or of the engine,
// the pages are unpinned, and are ordinary memory of whoever still has the slice. Until then the engine keeps them from the collector. Where
// the driver, or a limit of the system's, pins no more, it is ordinary memory from the start: slower, and the same else.
func (b *buffer) Stage() any {
	at := b.pages()
	if b.dt == ir.Float64 {
		return unsafe.Slice((*float64)(at), b.n)
	}
	return unsafe.Slice((*float32)(at), b.n)
}

// pages are memory of the buffer's size: whole pages, so that no other memory is pinned with it, or a few bytes as they come.
func (b *buffer) pages() unsafe.Pointer {
	if b.bytes() < pinFrom {
		return unsafe.Pointer(unsafe.SliceData(make([]float64, (b.bytes()+7)/8)))
	}
	page := os.Getpagesize()
	bytes := (b.bytes() + page - 1) / page * page
	at := unsafe.Pointer(unsafe.SliceData(make([]byte, bytes+page)))
	at = unsafe.Add(at, page-int(uintptr(at)%uintptr(page)))
	if !b.owned || b.e.enter() != nil {
		return at
	}
	defer b.e.leave()
	if b.e.driver.Pin(at, bytes) == nil {
		b.e.pinned[at] = bytes
		b.stages = append(b.stages, at)
	}
	return at
}

// unpin ends what Pin began; a second time it does nothing.
func (e *Engine) unpin(at unsafe.Pointer) error {
	if e.pinned[at] == 0 {
		return nil
	}
	delete(e.pinned, at)
	return e.driver.Unpin(at)
}

// isPinned reports whether some of these bytes are.
func (e *Engine) isPinned(p unsafe.Pointer, bytes int) bool {
	for at, n := range e.pinned {
		if uintptr(p) < uintptr(at)+uintptr(n) && uintptr(at) < uintptr(p)+uintptr(bytes) {
			return true
		}
	}
	return false
}

// upload copies from the host, whose memory can be changed as soon as it returns. Of pinned memory the driver makes no copy first: the
// GPU reads it when the stream is there, which has to be waited for.
func (e *Engine) upload(b *buffer, from unsafe.Pointer) error {
	if err := e.driver.Upload(b.at, from, b.bytes(), e.stream); err != nil {
		return explain("copy to the GPU", err)
	}
	if !e.isPinned(from, b.bytes()) {
		return nil
	}
	return explain("run", e.driver.Synchronize(e.stream))
}

// Address is where the memory is.
func (b *buffer) Address() uintptr { return uintptr(b.at) }

// Lend waits for the stream: what others do on the GPU, they do in streams of their own, which do not wait for it.
func (b *buffer) Lend(f func() error) error {
	if err := b.e.enter(); err != nil {
		return err
	}
	defer b.e.leave()
	if err := b.e.driver.Synchronize(b.e.stream); err != nil {
		return explain("run", err)
	}
	return f()
}
