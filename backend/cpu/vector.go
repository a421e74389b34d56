package cpu

import (
	"github.com/stheno/stheno/blas/native"
	"github.com/stheno/stheno/ir"
)

// vectors are the native kernels of element-wise ops, for float32 and float64. An op without one runs as a loop over its formula.
var vectors = map[ir.Op]vectorPair{
	ir.Add: {native.Sadd, native.Dadd}, ir.Sub: {native.Ssub, native.Dsub}, ir.Mul: {native.Smul, native.Dmul}, ir.Div: {native.Sdiv, native.Ddiv},
	ir.Less: {native.Sless, native.Dless}, ir.LessEq: {native.SlessEq, native.DlessEq}, ir.Equal: {native.Sequal, native.Dequal},
	ir.Sqrt:    unary(native.Ssqrt, native.Dsqrt),
	ir.Exp:     unary(native.Sexp, native.Dexp),
	ir.Log:     unary(native.Slog, native.Dlog),
	ir.Tanh:    unary(native.Stanh, native.Dtanh),
	ir.Sigmoid: unary(native.Ssigmoid, native.Dsigmoid),
	ir.Sin:     unary(native.Ssin, native.Dsin),
	ir.Cos:     unary(native.Scos, native.Dcos),
}

type vectorPair struct {
	float32 func(dst, a, b []float32)
	float64 func(dst, a, b []float64)
}

func unary(f func(dst, a []float32), d func(dst, a []float64)) vectorPair {
	return vectorPair{func(dst, a, _ []float32) { f(dst, a) }, func(dst, a, _ []float64) { d(dst, a) }}
}

// vector is the kernel of an element-wise op over slices of equal length. dst may be a source. Ops of one argument
// ignore b.
func vector[T float](op ir.Op) func(dst, a, b []T) {
	pair, ok := vectors[op]
	if !ok {
		return ir.Loop[T](op.Formula())
	}
	if _, single := any(*new(T)).(float32); single {
		return any(pair.float32).(func(dst, a, b []T))
	}
	return any(pair.float64).(func(dst, a, b []T))
}
