package drivertest

import (
	"os"
	"unsafe"

	"github.com/stheno/stheno/backend/cuda/internal/driver"
)

// poisoned is how many bytes of new memory are NaN as numbers; what lies beyond is 0, to save time.
const poisoned = 1 << 16

// Alloc gives memory that nobody has set.
func (d *Driver) Alloc(bytes int) (driver.Memory, error) {
	end, err := d.call("Alloc")
	defer end()
	if err != nil {
		return 0, err
	}
	if bytes < 1 {
		return 0, d.fault("%d bytes are allocated", bytes)
	}
	used := 0
	for _, piece := range d.memory {
		used += len(piece)
	}
	if int64(used+bytes) > d.GPU.Bytes {
		return 0, &driver.Error{Code: 2, Text: "out of memory"}
	}
	m := driver.Memory(d.handle())
	d.next += uintptr(bytes) // addresses of two pieces never meet
	piece := make([]byte, bytes)
	for i := range min(bytes, poisoned) {
		piece[i] = 0xff
	}
	d.memory[m] = piece
	return m, nil
}

func (d *Driver) Free(m driver.Memory) error {
	end, err := d.call("Free")
	defer end()
	if d.memory[m] == nil {
		return d.fault("memory is freed at %#x where none is allocated", uint64(m))
	}
	delete(d.memory, m) // also where the call fails
	return err
}

func (d *Driver) Fill(m driver.Memory, value byte, bytes int, s driver.Stream) error {
	end, err := d.call("Fill")
	defer end()
	if err != nil {
		return err
	}
	return d.submit(s, func() error {
		into := d.Bytes(m, bytes)
		for i := range into {
			into[i] = value
		}
		return nil
	})
}

// Upload cannot be recorded: a graph would read the slice later.
func (d *Driver) Upload(m driver.Memory, from unsafe.Pointer, bytes int, s driver.Stream) error {
	end, err := d.call("Upload")
	defer end()
	if err != nil {
		return err
	}
	r := d.streams[s]
	if r == nil || r.on {
		return d.fault("an upload into a stream that is none, or records")
	}
	upload := func() error {
		copy(d.Bytes(m, bytes), host(from, bytes))
		return nil
	}
	r.catchUp()
	if d.isPinned(from) {
		r.late = append(r.late, upload)
		return nil
	}
	return upload()
}

// Pin takes whole pages, once.
func (d *Driver) Pin(p unsafe.Pointer, bytes int) error {
	end, err := d.call("Pin")
	defer end()
	page := os.Getpagesize()
	switch {
	case err != nil:
		return err
	case bytes < 1 || bytes%page != 0 || int(uintptr(p)%uintptr(page)) != 0:
		return d.fault("%d bytes at %#x are pinned: no whole pages", bytes, uintptr(p))
	case d.isPinned(p):
		return d.fault("memory is pinned at %#x where it is already", uintptr(p))
	}
	d.pinned[p] = bytes
	return nil
}

func (d *Driver) Unpin(p unsafe.Pointer) error {
	end, err := d.call("Unpin")
	defer end()
	if d.pinned[p] == 0 {
		return d.fault("memory is unpinned at %#x where none is pinned", uintptr(p))
	}
	for _, r := range d.streams {
		if len(r.late) > 0 {
			return d.fault("memory is unpinned while an upload may read it")
		}
	}
	delete(d.pinned, p) // also where the call fails
	return err
}

func (d *Driver) isPinned(p unsafe.Pointer) bool {
	for at, n := range d.pinned {
		if uintptr(p)-uintptr(at) < uintptr(n) {
			return true
		}
	}
	return false
}

func (d *Driver) Download(to unsafe.Pointer, m driver.Memory, bytes int) error {
	end, err := d.call("Download")
	defer end()
	if err == nil {
		copy(host(to, bytes), d.Bytes(m, bytes))
	}
	return err
}

func (d *Driver) Copy(to, from driver.Memory, bytes int, s driver.Stream) error {
	end, err := d.call("Copy")
	defer end()
	if err != nil {
		return err
	}
	return d.submit(s, func() error {
		copy(d.Bytes(to, bytes), d.Bytes(from, bytes))
		return nil
	})
}

// host is the host's memory as a slice.
func host(p unsafe.Pointer, n int) []byte { return unsafe.Slice((*byte)(p), n) }
