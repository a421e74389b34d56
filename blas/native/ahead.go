package native

import "unsafe"

// ahead is numbers that are read soon. The kernels of sums in runs ask for some of them as they go on: the memory answers beside that.
type ahead[T float] struct {
	rest, then []T
	numbers    []T  // of the first of some rows: asked for before all else
	apart      int  // bytes, from row to row
	each       int  // numbers for a tile
	pace       int  // bytes for a step of one
	any        bool // there is something to ask for
	far        bool // where tiles are written is asked for even if their sums are short: it is in no cache
}

// begin takes numbers, and others behind them, that about so many tiles of so many steps ask for.
func (a *ahead[T]) begin(x, then []T, tiles, steps int) {
	size := int(unsafe.Sizeof(T(0)))
	a.rest, a.then, a.each = x, then, (len(x)+len(then))/max(1, tiles)+1
	a.pace = (a.each*size + steps - 1) / max(1, steps)
	a.any = len(x) > 0 || len(then) > 0 || len(a.numbers) > 0
}

// column takes the first n numbers, one or more, of each of some rows: each of the next tiles asks for a line of the cache in as many rows as it
// has steps.
func (a *ahead[T]) column(x []T, n, apart int) {
	a.numbers, a.apart = x[:min(n, len(x))], apart*int(unsafe.Sizeof(T(0)))
	a.any = a.any || len(x) > 0
}

// take is what the next tile asks for, if there is any.
func (a *ahead[T]) take() (next *byte, pace int) {
	if n := len(a.numbers); n > 0 {
		next, pace = (*byte)(unsafe.Pointer(unsafe.SliceData(a.numbers))), a.apart
		if a.numbers = a.numbers[min(64/int(unsafe.Sizeof(T(0))), n-1):]; n == 1 {
			a.numbers = nil
		}
	} else {
		if len(a.rest) == 0 {
			a.rest, a.then = a.then, nil
		}
		next, pace = (*byte)(unsafe.Pointer(unsafe.SliceData(a.rest))), a.pace
		a.rest = a.rest[min(a.each, len(a.rest)):]
	}
	a.any = len(a.numbers) > 0 || len(a.rest) > 0 || len(a.then) > 0
	return next, pace
}

// askSteps is the length of sums from which on it pays to ask for where they are written, though it may be in a cache.
const askSteps = 32

// askTile asks for where a tile is written: so many rows, ld numbers apart, of two lines of the cache at most.
func askTile[T float](c []T, rows, ld int) {
	prefetch((*byte)(unsafe.Pointer(unsafe.SliceData(c))), rows, ld*int(unsafe.Sizeof(T(0))))
}
