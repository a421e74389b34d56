package native

import "math"

func genericVectors[T float]() vectorKernels[T] {
	return vectorKernels[T]{
		exp:     each[T](exp),
		log:     each[T](math.Log),
		sigmoid: each[T](sigmoid),
		tanh:    each[T](math.Tanh),

		add: func(dst, x, y []T) {
			for i := range dst {
				dst[i] = x[i] + y[i]
			}
		},
		sub: func(dst, x, y []T) {
			for i := range dst {
				dst[i] = x[i] - y[i]
			}
		},
		mul: func(dst, x, y []T) {
			for i := range dst {
				dst[i] = x[i] * y[i]
			}
		},
		div: func(dst, x, y []T) {
			for i := range dst {
				dst[i] = x[i] / y[i]
			}
		},
		maximum: func(dst, x, y []T) {
			for i := range dst {
				dst[i] = maximum(x[i], y[i])
			}
		},

		addScalar: func(dst, x []T, alpha T) {
			for i := range dst {
				dst[i] = x[i] + alpha
			}
		},
		mulScalar: func(dst, x []T, alpha T) {
			for i := range dst {
				dst[i] = x[i] * alpha
			}
		},
		maximumScalar: func(dst, x []T, alpha T) {
			for i := range dst {
				dst[i] = maximum(x[i], alpha)
			}
		},
		axpy: func(dst, x, y []T, alpha T) {
			for i := range dst {
				dst[i] = T(alpha*x[i]) + y[i]
			}
		},

		fromBytes: fromBytesGeneric[T],

		sum: sumGeneric[T],
		dot: dotGeneric[T],
		max: maxGeneric[T],
	}
}

// each applies a function of float64, whose error vanishes in float32's rounding.
func each[T float](f func(float64) float64) func(dst, x []T) {
	return func(dst, x []T) {
		for i := range dst {
			dst[i] = T(f(float64(x[i])))
		}
	}
}

// exp steps back from the largest arguments, for which math.Exp on amd64 is infinite too early.
func exp(x float64) float64 {
	if x > 709 {
		return math.Exp(x-1) * math.E
	}
	return math.Exp(x)
}

// sigmoid takes the exponential of a negative number only, which cannot overflow.
func sigmoid(x float64) float64 {
	e := exp(-math.Abs(x))
	if x < 0 {
		return e / (1 + e)
	}
	return 1 / (1 + e)
}

// maximum is what x86's MAX instructions compute, except that x is kept if it is NaN.
func maximum[T float](x, y T) T {
	if x > y || x != x {
		return x
	}
	return y
}

func fromBytesGeneric[T float](dst []T, src []byte) {
	for i := range dst {
		dst[i] = T(src[i]) / 255
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
