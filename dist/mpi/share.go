//go:build !static && (darwin || (linux && (cgo || 386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64)))

package mpi

import (
	"os"
	"slices"
	"unsafe"

	"github.com/stheno/stheno/dist"
)

// window is memory of the library's that the processes of a machine share: n bytes of each.
type window struct {
	handle uintptr
	of     [][]byte
	n      int
	taken  bool
}

// pages: the memory of each process begins with one.
var pages = os.Getpagesize()

// Share takes the first window that is free and large enough, or makes one: all processes do the same, for all have made the same calls.
func (g *group) Share(n int) (*dist.Shared, error) {
	if g.machine != g.size || g.size == 1 || g.apart {
		return nil, nil
	}
	n = (n + pages - 1) / pages * pages
	w := g.freeWindow(n)
	fits := []float64{0}
	if w != nil || room(n*g.size) {
		fits[0] = 1
	}
	if err := dist.Do(g.sumOf(g.comm, fits)); err != nil { // from here on the others have read what is in the window
		return nil, err
	}
	if g.apart = fits[0] < float64(g.size); g.apart {
		return nil, nil
	}
	if w == nil {
		w = g.newWindow(n)
	}
	able := []float64{0, 0} // who has a window, and can write to it
	if w != nil {
		able[0] = 1
		if mine := w.of[g.rank][:n]; backed(mine) {
			able[1] = 1
			clear(mine)
		}
	}
	if err := dist.Do(g.sumOf(g.comm, able)); err != nil {
		return nil, err
	}
	if able[1] == float64(g.size) {
		w.taken = true
		return &dist.Shared{Of: w.of, Free: func() { w.taken = false }}, nil
	}
	g.apart = true
	if able[0] == float64(g.size) {
		return nil, g.free(w)
	}
	return nil, nil
}

func (g *group) freeWindow(n int) *window {
	for _, w := range g.windows {
		if !w.taken && w.n >= n {
			return w
		}
	}
	return nil
}

// newWindow is nil where the library cannot make one.
func (g *group) newWindow(n int) *window {
	g.mu.Lock()
	defer g.mu.Unlock()
	l, w := g.lib, &window{n: n}
	if l.at["MPI_Win_allocate_shared"] == 0 || l.at["MPI_Win_shared_query"] == 0 || l.at["MPI_Win_free"] == 0 {
		return nil
	}
	base, handle := new(unsafe.Pointer), new(uintptr)
	if l.call("MPI_Win_allocate_shared", uintptr(n), 1, l.value[l.infoNull], g.local, uintptr(unsafe.Pointer(base)), uintptr(unsafe.Pointer(handle))) != nil {
		return nil
	}
	w.handle = l.handleAt(handle)
	for rank := range g.size {
		size, unit := new(uintptr), new(int32)
		if l.call("MPI_Win_shared_query", w.handle, uintptr(rank), uintptr(unsafe.Pointer(size)), uintptr(unsafe.Pointer(unit)), uintptr(unsafe.Pointer(base))) != nil {
			return nil
		}
		w.of = append(w.of, unsafe.Slice((*byte)(*base), n))
	}
	g.windows = append(g.windows, w)
	return w
}

// free gives a window back to the library, when all processes do.
func (g *group) free(w *window) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.windows = slices.DeleteFunc(g.windows, func(v *window) bool { return v == w })
	handle := w.handle
	return g.lib.call("MPI_Win_free", uintptr(unsafe.Pointer(&handle)))
}
