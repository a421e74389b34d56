package cpu

import (
	"math"

	"stheno/ir"
)

// vector is the kernel of an element-wise op over slices of equal length. dst may be a source. Ops of one argument
// ignore b.
func vector[T float](op ir.Op) func(dst, a, b []T) { return vectors[T]()[op] }

func vectors[T float]() map[ir.Op]func(dst, a, b []T) {
	return map[ir.Op]func(dst, a, b []T){
		ir.Add: func(dst, a, b []T) {
			for i := range dst {
				dst[i] = a[i] + b[i]
			}
		},
		ir.Sub: func(dst, a, b []T) {
			for i := range dst {
				dst[i] = a[i] - b[i]
			}
		},
		ir.Mul: func(dst, a, b []T) {
			for i := range dst {
				dst[i] = a[i] * b[i]
			}
		},
		ir.Div: func(dst, a, b []T) {
			for i := range dst {
				dst[i] = a[i] / b[i]
			}
		},
		ir.Less:    compare[T](func(a, b T) bool { return a < b }),
		ir.LessEq:  compare[T](func(a, b T) bool { return a <= b }),
		ir.Equal:   compare[T](func(a, b T) bool { return a == b }),
		ir.Pow:     each[T](math.Pow),
		ir.Exp:     each[T](func(a, _ float64) float64 { return math.Exp(a) }),
		ir.Log:     each[T](func(a, _ float64) float64 { return math.Log(a) }),
		ir.Sqrt:    each[T](func(a, _ float64) float64 { return math.Sqrt(a) }),
		ir.Tanh:    each[T](func(a, _ float64) float64 { return math.Tanh(a) }),
		ir.Sigmoid: each[T](func(a, _ float64) float64 { return 1 / (1 + math.Exp(-a)) }),
	}
}

func compare[T float](f func(a, b T) bool) func(dst, a, b []T) {
	return func(dst, a, b []T) {
		for i := range dst {
			if f(a[i], b[i]) {
				dst[i] = 1
			} else {
				dst[i] = 0
			}
		}
	}
}

func each[T float](f func(a, b float64) float64) func(dst, a, b []T) {
	return func(dst, a, b []T) {
		for i := range dst {
			dst[i] = T(f(float64(a[i]), float64(b[i])))
		}
	}
}
