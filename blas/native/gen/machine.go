package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// machine is an instruction set as the kernels that exist for several ones see it. Vectors are avo's virtual registers.
// Operands come in the order in which one writes them in mathematics; where a method takes an Op, only the last may be
// in memory.
type machine interface {
	of(t elem)  // the element type of what follows
	wide() bool // of 64 bits

	begin(name, params, doc string)
	each(sources []string, body func(x []reg.VecVirtual) reg.VecVirtual)
	fold(x reg.VecVirtual, op func(x, y Op) reg.VecVirtual) reg.VecVirtual
	result(x reg.VecVirtual)
	end()

	bits(b uint64) Op
	constant(x float64) Op
	rare(x float64) Op
	reg(c Op) Op
	copy(c Op) reg.VecVirtual

	add(x, y Op) reg.VecVirtual
	sub(x, y Op) reg.VecVirtual
	mul(x, y Op) reg.VecVirtual
	div(x, y Op) reg.VecVirtual
	sqrt(x Op) reg.VecVirtual
	larger(x, y Op) reg.VecVirtual  // y if it is NaN
	smaller(x, y Op) reg.VecVirtual // y if it is NaN
	mulAdd(d reg.VecVirtual, x, y Op)
	addMul(d reg.VecVirtual, x, y Op)
	subMul(d reg.VecVirtual, x, y Op)

	and(x, y Op) reg.VecVirtual
	or(x, y Op) reg.VecVirtual
	xor(x, y Op) reg.VecVirtual
	addBits(x, y Op) reg.VecVirtual
	subBits(x, y Op) reg.VecVirtual
	shiftLeft(x, count Op) reg.VecVirtual
	shiftRight(x, count Op) reg.VecVirtual
	where(a Op, predicate uint64, b Op, y Op, d reg.VecVirtual)
	test(predicate uint64) func(x, y Op) reg.VecVirtual

	scales() bool // has an instruction for x·2ⁿ, with gradual underflow
	scale(x, n Op) reg.VecVirtual

	// Kernels that differ more than in their instructions.
	fromBytes()
	softmax()
}

// Predicates of comparisons, with AVX's numbers.
const (
	less      = 17 // ordered
	lessEq    = 18 // ordered
	equal     = 0
	unordered = 3
	notLess   = 21 // or unordered
)

// horner evaluates a polynomial, lowest coefficient first.
func horner(e machine, c []Op, x Op) reg.VecVirtual {
	p := e.copy(c[len(c)-1])
	for i := len(c) - 2; i >= 0; i-- {
		e.mulAdd(p, x, c[i])
	}
	return p
}

// constants puts numbers where constant puts one.
func constants(x []float64, constant func(x float64) Op) []Op {
	var c []Op
	for _, x := range x {
		c = append(c, constant(x))
	}
	return c
}

// mantissa is the number of bits behind an exponent.
func mantissa(e machine) Op { return Imm(pick[uint64](e, 23, 52)) }
