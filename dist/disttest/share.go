package disttest

import (
	"unsafe"

	"github.com/stheno/stheno/dist"
)

// Share has all goroutines of a machine see each other's memory; on several machines there is none.
func (m *member) Share(n int) (*dist.Shared, error) {
	if m.of != m.h.size {
		return nil, nil
	}
	mine := make([]uint64, n/8+1+lineBytes/8)
	skip := -uintptr(unsafe.Pointer(&mine[0])) % lineBytes
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(&mine[0])), len(mine)*8)[skip:]
	s := &dist.Shared{Of: make([][]byte, m.of), Free: func() {}}
	return s, dist.Do(m.all(func() any { return bytes[:n] }, func(brought map[int]any) {
		for rank, of := range brought {
			s.Of[rank] = of.([]byte)
		}
	}))
}

// lineBytes is where the memory of each begins: at a line of the cache.
const lineBytes = 64
