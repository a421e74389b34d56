package native

import (
	"fmt"
	"math"
	"slices"
)

// checkRows guards the kernels against rows that run over the end: it panics where n elements are not rows of cols.
func checkRows(n, cols int) int {
	if cols < 1 || n%cols != 0 {
		panic(fmt.Sprintf("native: softmax: %d elements are not rows of %d", n, cols)) // a bug of the caller's
	}
	return cols
}

func softmaxGeneric[T float](dst, x []T, cols int) {
	for ; len(dst) > 0; dst, x = dst[cols:], x[cols:] {
		const lanes = 8
		var partial [64]T
		m := slices.Max(x[:cols])
		for j, v := range x[:cols] {
			dst[j] = T(expBelow(float64(v), float64(m)))
			partial[j%lanes] += dst[j]
		}
		sum := fold(&partial, lanes)
		for j := range cols {
			dst[j] /= sum
		}
	}
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

// expBelow is exp(x-m) for x <= m. A rounded difference would be wrong by as many units as it is large, so what it lost
// is brought back (Knuth's TwoSum).
func expBelow(x, m float64) float64 {
	d := x - m
	e := math.Exp(d)
	if e == 0 {
		return 0 // d may be infinite
	}
	back := d - x // -m, nearly
	lost := (x - (d - back)) - (m + back)
	return e + e*lost
}
