package main

import (
	"math/big"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// mostTurned is where sine and cosine give up: a multiple of π/2 in three parts is exact enough below.
func mostTurned(e machine) float64 { return pick(e, 0x1p15, 0x1p30) }

// newSin: sin(x) = ±sin(r) or ±cos(r) with |x| = k·π/2 + r, |r| <= π/4, as k's last two bits say (Cody and Waite, Software
// Manual for the Elementary Functions, 1980). The first step of the difference is exact.
func newSin(e machine) func(x reg.VecVirtual) reg.VecVirtual {
	wave, sign := newWave(e), sign(e)
	return func(x reg.VecVirtual) reg.VecVirtual {
		signed := e.and(x, sign)
		return e.xor(wave(e.xor(x, signed), nil), signed)
	}
}

// newCos: cos(x) = sin(|x| + π/2).
func newCos(e machine) func(x reg.VecVirtual) reg.VecVirtual {
	wave, sign, quarter := newWave(e), sign(e), e.bits(1)
	return func(x reg.VecVirtual) reg.VecVirtual { return wave(e.xor(x, e.and(x, sign)), quarter) }
}

// newWave: sin(x) for x >= 0, or that many quarters of a turn later.
func newWave(e machine) func(x reg.VecVirtual, quarters Op) reg.VecVirtual {
	half := zero().Quo(bigPi(), num(2))
	perQuarter, _ := zero().Quo(num(1), half).Float64()
	const most = 0.617 // above the square of π/4, for k may be rounded from a number just beyond the middle
	var (
		parts   = constants(split(e, half, 3), e.constant)
		inverse = e.constant(perQuarter)
		magic   = e.constant(pick(e, 0x1.8p23, 0x1.8p52)) // its last digit counts ones
		sign    = sign(e)
		one     = e.constant(1)
		none    = e.rare(0)
		sinTail = constants(fit(alternating(3), 0, most, pick(e, 2, 5)), e.constant)
		cosTail = constants(fit(alternating(2), 0, most, pick(e, 3, 6)), e.constant)
		last    = pick[uint64](e, 31, 63) // the sign's bit
	)
	return func(r reg.VecVirtual, quarters Op) reg.VecVirtual {
		count := e.copy(magic)
		e.addMul(count, r, inverse)
		k := e.sub(count, magic)
		for _, p := range parts {
			e.subMul(r, k, p)
		}
		if quarters != nil {
			count = e.addBits(count, quarters)
		}
		z := e.mul(r, r)
		s := e.mul(horner(e, sinTail, z), z)
		e.mulAdd(s, r, r)
		c := horner(e, cosTail, z)
		e.mulAdd(c, z, one)
		odd := e.or(e.shiftLeft(count, Imm(last)), one) // ±1
		e.where(odd, less, none, c, s)
		return e.xor(s, e.and(e.shiftLeft(count, Imm(last-1)), sign))
	}
}

// split are n numbers of the element type whose sum is x.
func split(e machine, x *big.Float, n int) (parts []float64) {
	for range n {
		p, _ := x.Float64()
		if !e.wide() {
			short, _ := x.Float32()
			p = float64(short)
		}
		parts, x = append(parts, p), zero().Sub(x, num(p))
	}
	return parts
}

// alternating is -1/n! + z/(n+2)! - z²/(n+4)! + ...: with z = x², of the sine behind x for n = 3, of the cosine behind 1
// for n = 2.
func alternating(n float64) func(z *big.Float) *big.Float {
	return func(z *big.Float) *big.Float {
		sum, term := zero(), num(-1)
		for i := 2.0; i <= n; i++ {
			term.Quo(term, num(i))
		}
		for i := n; i < 100; i += 2 {
			sum.Add(sum, term)
			term.Quo(zero().Neg(term.Mul(term, z)), num((i+1)*(i+2)))
		}
		return sum
	}
}

// bigPi is 16·atan(1/5) - 4·atan(1/239) (Machin).
func bigPi() *big.Float {
	atan := func(inverse float64) *big.Float { // Gregory's series
		sum, power := zero(), zero().Quo(num(1), num(inverse))
		for i := 1.0; i < prec; i += 2 {
			sum.Add(sum, zero().Quo(power, num(i)))
			power.Quo(power, num(-inverse*inverse))
		}
		return sum
	}
	return zero().Sub(zero().Mul(num(16), atan(5)), zero().Mul(num(4), atan(239)))
}
