package cpu

import (
	"math"

	"github.com/stheno/stheno/blas/native"
	"github.com/stheno/stheno/ir"
)

// vector is the kernel of an element-wise op over slices of equal length. dst may be a source. Ops of one argument
// ignore b.
func vector[T float](op ir.Op) func(dst, a, b []T) {
	var f any
	if _, ok := any(*new(T)).(float32); ok {
		f = vectors32[op]
	} else {
		f = vectors64[op]
	}
	if f := f.(func(dst, a, b []T)); f != nil {
		return f
	}
	return plain[T](op)
}

// vectors32 and vectors64 are the native kernels.
var (
	vectors32 = map[ir.Op]func(dst, a, b []float32){
		ir.Add: native.Sadd, ir.Sub: native.Ssub, ir.Mul: native.Smul, ir.Div: native.Sdiv,
		ir.Less: native.Sless, ir.LessEq: native.SlessEq, ir.Equal: native.Sequal, ir.Sqrt: unary(native.Ssqrt),
		ir.Exp: unary(native.Sexp), ir.Log: unary(native.Slog), ir.Tanh: unary(native.Stanh), ir.Sigmoid: unary(native.Ssigmoid),
	}
	vectors64 = map[ir.Op]func(dst, a, b []float64){
		ir.Add: native.Dadd, ir.Sub: native.Dsub, ir.Mul: native.Dmul, ir.Div: native.Ddiv,
		ir.Less: native.Dless, ir.LessEq: native.DlessEq, ir.Equal: native.Dequal, ir.Sqrt: unary(native.Dsqrt),
		ir.Exp: unary(native.Dexp), ir.Log: unary(native.Dlog), ir.Tanh: unary(native.Dtanh), ir.Sigmoid: unary(native.Dsigmoid),
	}
)

func unary[T float](f func(dst, a []T)) func(dst, a, b []T) {
	return func(dst, a, _ []T) { f(dst, a) }
}

// plain is the one op without a native kernel.
func plain[T float](op ir.Op) func(dst, a, b []T) {
	if op != ir.Pow {
		panic("cpu: no kernel for " + op.String())
	}
	return func(dst, a, b []T) {
		for i := range dst {
			dst[i] = T(math.Pow(float64(a[i]), float64(b[i])))
		}
	}
}
