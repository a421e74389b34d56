package native

import "math"

func genericVectors[T float]() vectorKernels[T] {
	return vectorKernels[T]{elementwise: genericElementwise[T](), fromBytes: fromBytesGeneric[T], softmax: softmaxGeneric[T]}
}

// each applies a function of float64, whose error vanishes in float32's rounding.
func each[T float](f func(float64) float64) func(dst, x []T) {
	return func(dst, x []T) {
		for i := range dst {
			dst[i] = T(f(float64(x[i])))
		}
	}
}

// finish completes a kernel whose results lie within ±1: what was too large for it, or no number, comes out as it is.
func finish[T float](kernel func(dst, x []T) (left T), f func(float64) float64) func(dst, x []T) {
	return func(dst, x []T) {
		if kernel(dst, x) == 0 {
			return
		}
		for i, v := range dst {
			if !(-1 <= v && v <= 1) {
				dst[i] = T(f(float64(v)))
			}
		}
	}
}

// test is 1 where a comparison holds, else 0.
func test[T float](holds func(x, y T) bool) func(dst, x, y []T) {
	return func(dst, x, y []T) {
		for i := range dst {
			v := T(0)
			if holds(x[i], y[i]) {
				v = 1
			}
			dst[i] = v
		}
	}
}

func larger[T float](dst, x, y []T) {
	for i := range dst {
		if v := y[i]; x[i] > v || x[i] != x[i] {
			dst[i] = x[i]
		} else {
			dst[i] = v
		}
	}
}

func ofSame[T float](dst, x, y, z []T) {
	for i := range dst {
		v := T(0)
		if x[i] == y[i] || x[i] != x[i] {
			v = z[i]
		}
		dst[i] = v
	}
}

func ofOther[T float](dst, x, y, z []T) {
	for i := range dst {
		v := z[i]
		if x[i] == y[i] || x[i] != x[i] {
			v = 0
		}
		dst[i] = v
	}
}

// exp takes half of the largest results, for which math.Exp on amd64 is infinite too early.
func exp(x float64) float64 {
	if !(709 < x && x < 710) {
		return math.Exp(x)
	}
	y := x - math.Ln2
	lost := x - y - math.Ln2
	half := math.Exp(y)
	return 2 * (half + half*lost)
}

// log brings subnormal numbers up first: math.Log on amd64 takes their exponent for that of the smallest normal one.
func log(x float64) float64 {
	if 0 < x && x < 0x1p-1022 {
		return math.Log(x*0x1p52) - 52*math.Ln2
	}
	return math.Log(x)
}

// sigmoid takes the exponential of a negative number only, which cannot overflow.
func sigmoid(x float64) float64 {
	e := exp(-math.Abs(x))
	if x < 0 {
		return e / (1 + e)
	}
	return 1 / (1 + e)
}

// Division is slow and a byte has only 256 values: each quotient is rounded once, here.
var (
	quotients32 = quotients[float32]()
	quotients64 = quotients[float64]()
)

func quotients[T float]() (table [256]T) {
	for v := range table {
		table[v] = T(v) / 255
	}
	return table
}

func fromBytesGeneric[T float](dst []T, src []byte) {
	var tables any = &quotients32
	if _, wide := any(T(0)).(float64); wide {
		tables = &quotients64
	}
	table := tables.(*[256]T)
	for i, v := range src[:len(dst)] {
		dst[i] = table[v]
	}
}

// withTail completes a kernel that does whole vectors only.
func withTail[T float](whole func(dst []T, src []byte), lanes int) func(dst []T, src []byte) {
	return func(dst []T, src []byte) {
		whole(dst, src)
		done := len(dst) / lanes * lanes
		fromBytesGeneric(dst[done:], src[done:])
	}
}
