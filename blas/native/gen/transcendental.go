package main

import (
	"math"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func f32bits(x float64) uint32 { return math.Float32bits(float32(x)) }
func f64bits(x float64) uint64 { return math.Float64bits(x) }

// transcendentals are the functions that are not exact.
var transcendentals = []function{
	{name: "exp", sources: one, element: "exp(x[i])", scalar: "exp", kernel: of(newExp),
		doc:  ", within 2 ulp; it underflows gradually where x is very negative",
		wide: ", within 3 ulp: 2 on the kernel sets in assembly"},
	{name: "log", sources: one, element: "log(x[i])", scalar: "log", kernel: of(newLog),
		doc: ", the natural logarithm, within 2 ulp, of subnormal numbers too. It is -Inf for both zeros, NaN below"},
	{name: "sigmoid", sources: one, element: "1 / (1 + exp(-x[i]))", scalar: "sigmoid", kernel: of(newSigmoid),
		doc:  ", within 2 ulp; it underflows gradually where x is very negative",
		wide: ", within 3 ulp: 2 on the kernel sets in assembly"},
	{name: "tanh", sources: one, element: "tanh(x[i])", scalar: "math.Tanh", kernel: of(newTanh),
		doc: ", within 2 ulp, with the sign of x, of a zero too"},
	{name: "sin", sources: one, element: "sin(x[i])", scalar: "sin", kernel: of(newSin), limit: mostTurned,
		doc: ", within 2 ulp, of an angle in radians of any size. The sine of -0 is -0. It is NaN for infinite angles"},
	{name: "cos", sources: one, element: "cos(x[i])", scalar: "cos", kernel: of(newCos), limit: mostTurned,
		doc: ", within 2 ulp, of an angle in radians of any size. It is NaN for infinite angles"},
}

func writeTranscendentals(e machine) {
	for _, t := range elems {
		e.of(t)
		for _, f := range transcendentals {
			f.write(e)
		}
	}
}

// newExp: exp(x) = 2ⁿ·(1+w).
func newExp(e machine) func(x reg.VecVirtual) reg.VecVirtual {
	reduce, scale, one := newReduce(e), newScale(e), e.constant(1)
	return func(x reg.VecVirtual) reg.VecVirtual {
		w, n := reduce(x)
		return scale(e.add(w, one), n)
	}
}

// newReduce: n = round(x/ln 2), and w = exp(r)-1 with r = x - n·ln 2, |r| <= ln 2 / 2.
func newReduce(e machine) func(x reg.VecVirtual) (w, n reg.VecVirtual) {
	hi, lo := ln2(e)
	var (
		largest  = e.constant(pick(e, 89.0, 710.0)) // overflows
		smallest = e.constant(underflow(e))
		log2e    = e.constant(math.Log2E)
		magic    = e.constant(pick(e, 0x1.8p23, 0x1.8p52)) // its last digit counts ones
		ln2hi    = e.constant(hi)
		ln2lo    = e.constant(lo)
		tail     = constants(fit(expTail, -math.Ln2/2, math.Ln2/2, pick(e, 4, 9)), e.constant)
	)
	return func(x reg.VecVirtual) (w, n reg.VecVirtual) {
		x = e.larger(e.reg(smallest), x) // NaN stays
		x = e.smaller(e.reg(largest), x)
		n = e.copy(magic)
		e.addMul(n, x, log2e)
		n = e.sub(n, magic)
		e.subMul(x, n, ln2hi)
		e.subMul(x, n, ln2lo)
		w = horner(e, tail, x)
		e.mulAdd(w, e.mul(x, x), x)
		return w, n
	}
}

// underflow is an argument whose exponential is zero.
func underflow(e machine) float64 { return pick(e, -104.0, -746.0) }

// ln2 is log 2 as a number of few digits, whose product with an exponent is exact, and the rest.
func ln2(e machine) (hi, lo float64) {
	hi = math.Float64frombits(f64bits(math.Ln2) &^ pick[uint64](e, 1<<38-1, 1<<21-1))
	lo, _ = zero().Sub(bigLn2(), num(hi)).Float64()
	return hi, lo
}

// newScale: x·2ⁿ for integer n, with gradual underflow.
func newScale(e machine) func(x, n reg.VecVirtual) reg.VecVirtual {
	if e.scales() {
		return func(x, n reg.VecVirtual) reg.VecVirtual { return e.scale(x, n) }
	}
	// In two steps of half the exponent, neither of which leaves the range of exponents; only the last one rounds.
	half := e.constant(0.5)
	biased := e.constant(pick(e, 0x1.8p23+127, 0x1.8p52+1023)) // the last bits of its sum with n are 2ⁿ's exponent
	return func(x, n reg.VecVirtual) reg.VecVirtual {
		h := e.copy(biased)
		e.addMul(h, n, half)
		rest := e.add(e.sub(n, e.sub(h, biased)), biased)
		x = e.mul(x, e.shiftLeft(h, mantissa(e)))
		return e.mul(x, e.shiftLeft(rest, mantissa(e)))
	}
}

// newLog: log(x) = k·ln 2 + log(1+f) with x = 2ᵏ·(1+f), 1+f in [√½, √2), and with s = f/(2+f)
//
//	log(1+f) = 2·atanh(s) = f - (f²/2 - s·(f²/2 + z·tail(z))), z = s²
//
// as in Sun's fdlibm, e_log.c.
func newLog(e machine) func(x reg.VecVirtual) reg.VecVirtual {
	hi, lo := ln2(e)
	shift := pick[uint64](e, 23, 52)
	bias := pick[uint64](e, 127, 1023)
	root := pick(e, uint64(f32bits(math.Sqrt2/2)), f64bits(math.Sqrt2/2))
	var (
		zero     = e.rare(0)
		one      = e.constant(1)
		two      = e.constant(2)
		half     = e.constant(0.5)
		inf      = e.rare(math.Inf(1))
		minusInf = e.rare(math.Inf(-1))
		nan      = e.rare(math.NaN())
		normal   = e.rare(pick(e, 0x1p-126, 0x1p-1022))
		up       = e.rare(pick(e, 0x1p23, 0x1p52))
		digits   = e.rare(float64(shift))
		offset   = e.bits(bias<<shift - root)
		exponent = e.bits(pick[uint64](e, 1<<32-1, 1<<64-1) &^ (1<<shift - 1))
		biasBits = e.bits(bias << shift)
		count    = e.constant(pick(e, 0x1p23, 0x1p52))          // its last digit counts ones
		counted  = e.constant(pick(e, 0x1p23+127, 0x1p52+1023)) // and is taken off with the bias
		ln2hi    = e.constant(hi)
		ln2lo    = e.constant(lo)
		most     = 3 - 2*math.Sqrt2 // of s
		tail     = constants(fit(logTail, 0, most*most, pick(e, 3, 7)), e.constant)
	)
	return func(x reg.VecVirtual) reg.VecVirtual {
		// Denormal numbers are brought up first.
		y, down := e.copy(x), e.copy(zero)
		e.where(x, less, normal, e.mul(x, up), y)
		e.where(x, less, normal, e.reg(digits), down)
		shifted := e.addBits(y, offset) // the exponent is k + bias
		k := e.or(e.shiftRight(shifted, mantissa(e)), count)
		k = e.sub(e.sub(k, counted), down)
		f := e.addBits(e.subBits(y, e.and(shifted, exponent)), biasBits)
		f = e.sub(f, one)
		s := e.div(f, e.add(f, two))
		z := e.mul(s, s)
		h := e.mul(e.mul(f, f), half)
		r := horner(e, tail, z)
		e.mulAdd(r, z, h) // h + z·tail
		r = e.mul(r, s)
		e.addMul(r, k, ln2lo)
		r = e.add(e.sub(r, h), f)
		e.addMul(r, k, ln2hi)
		e.where(x, notLess, inf, x, r)
		e.where(x, equal, zero, e.reg(minusInf), r)
		e.where(x, less, zero, e.reg(nan), r)
		return r
	}
}

// newSigmoid: with t = exp(-|x|), which cannot overflow, v = 1/(1+t) or t·v. One Newton step on v, with the digits that
// 1+t lost, and t as the product of 2ⁿ and 1+w, unrounded, keep most rounding errors out of the result.
func newSigmoid(e machine) func(x reg.VecVirtual) reg.VecVirtual {
	reduce, scale := newReduce(e), newScale(e)
	one, zero, sign := e.constant(1), e.constant(0), sign(e)
	return func(x reg.VecVirtual) reg.VecVirtual {
		w, n := reduce(e.or(x, sign))
		t := scale(e.add(w, one), n)
		sum := e.add(t, one)
		lost := e.sub(t, e.sub(sum, one))
		v := e.div(e.reg(one), sum)
		rest := e.copy(one)
		e.subMul(rest, v, sum)
		e.subMul(rest, v, lost)
		e.addMul(v, rest, v)
		e.mulAdd(w, v, v)
		e.where(x, less, zero, scale(w, n), v)
		return v
	}
}

// newTanh: x + x³·tail(x²) near zero, else ±(1 - 2/(exp(2|x|)+1)).
func newTanh(e machine) func(x reg.VecVirtual) reg.VecVirtual {
	const near = 0.625
	exp := newExp(e)
	var (
		one, two = e.constant(1), e.constant(2)
		sign     = sign(e)
		limit    = e.constant(near)
		tail     = constants(fit(tanhTail, 0, near*near, pick(e, 5, 11)), e.rare)
	)
	return func(x reg.VecVirtual) reg.VecVirtual {
		signed := e.and(x, sign)
		abs := e.xor(x, signed)
		t := exp(e.add(abs, abs))
		far := e.sub(e.reg(one), e.div(e.reg(two), e.add(t, one)))
		z := e.mul(abs, abs)
		p := e.mul(horner(e, tail, z), z)
		e.mulAdd(p, abs, abs)
		e.where(abs, less, limit, p, far)
		return e.or(far, signed)
	}
}

// sign is the bit of the sign.
func sign(e machine) Op { return e.bits(pick[uint64](e, 1<<31, 1<<63)) }
