//go:build cuda

package nvidia

// #include <cuda.h>
import "C"

import (
	"runtime"
	"sync"
	"unsafe"
)

// pinned has what keeps Go's memory where it is, by its address, while the driver knows that: cgo asks for it.
var pinned sync.Map

// Pin is page-locking by the driver. gorgonia.org/cu lacks it.
func (Driver) Pin(p unsafe.Pointer, bytes int) error {
	pin := new(runtime.Pinner)
	pin.Pin(p)
	if err := result(C.cuMemHostRegister(p, C.size_t(bytes), 0)); err != nil {
		pin.Unpin()
		return failure(err)
	}
	pinned.Store(p, pin)
	return nil
}

// Unpin lets go also where the driver refuses.
func (Driver) Unpin(p unsafe.Pointer) error {
	err := result(C.cuMemHostUnregister(p))
	if pin, ok := pinned.LoadAndDelete(p); ok {
		pin.(*runtime.Pinner).Unpin()
	}
	return failure(err)
}
