package native

import "unsafe"

// ahead is numbers that are read soon. The kernels of sums in runs ask for some of them as they go on: the memory answers beside that.
type ahead[T float] struct {
	rest, then []T
	each       int  // numbers for a tile
	pace       int  // bytes for a step of one
	far        bool // where tiles are written is asked for even if their sums are short: it is in no cache
}

// begin takes numbers, and others behind them, that about so many tiles of so many steps ask for.
func (a *ahead[T]) begin(x, then []T, tiles, steps int) {
	size := int(unsafe.Sizeof(T(0)))
	a.rest, a.then, a.each = x, then, (len(x)+len(then))/max(1, tiles)+1
	a.pace = (a.each*size + steps - 1) / max(1, steps)
}

// take is what the next tile asks for: when all has been asked for, what is near anyway.
func (a *ahead[T]) take(near []T) (next *byte, pace int) {
	if len(a.rest) == 0 {
		a.rest, a.then = a.then, nil
	}
	if len(a.rest) > 0 {
		near, pace = a.rest, a.pace
		a.rest = a.rest[min(a.each, len(a.rest)):]
	}
	return (*byte)(unsafe.Pointer(unsafe.SliceData(near))), pace
}

// askSteps is the length of sums from which on it pays to ask for where they are written, though it may be in a cache.
const askSteps = 32

// askTile asks for where a tile is written: so many rows, ld numbers apart, of two lines of the cache at most.
func askTile[T float](c []T, rows, ld int) {
	prefetch((*byte)(unsafe.Pointer(unsafe.SliceData(c))), rows, ld*int(unsafe.Sizeof(T(0))))
}
