package native

import (
	"math"
	"unsafe"
)

// partials is the number of partial sums of a reduction: 256 bytes of them, four registers of the widest set.
func partials[T float]() int { return 256 / int(unsafe.Sizeof(T(0))) }

func sumGeneric[T float](x []T) T {
	var p [64]T
	w := partials[T]()
	for ; len(x) >= w; x = x[w:] {
		for j, v := range x[:w] {
			p[j] += v
		}
	}
	for j, v := range x {
		p[j] += v
	}
	return fold(&p, w)
}

func dotGeneric[T float](x, y []T) T {
	var p [64]T
	w := partials[T]()
	for ; len(x) >= w; x, y = x[w:], y[w:] {
		y := y[:w]
		for j, v := range x[:w] {
			p[j] += T(v * y[j])
		}
	}
	for j, v := range x {
		p[j] += T(v * y[j])
	}
	return fold(&p, w)
}

// fold adds up the first w partial sums by halves.
func fold[T float](p *[64]T, w int) T {
	for h := w / 2; h > 0; h /= 2 {
		for j := range h {
			p[j] += p[j+h]
		}
	}
	return p[0]
}

func maxGeneric[T float](x []T) T {
	m := T(math.Inf(-1))
	for _, v := range x {
		m = max(m, v)
	}
	return m
}

// shortMax completes a kernel that needs a whole vector.
func shortMax[T float](long func(x []T) T, lanes int) func(x []T) T {
	return func(x []T) T {
		if len(x) < lanes {
			return maxGeneric(x)
		}
		return long(x)
	}
}
