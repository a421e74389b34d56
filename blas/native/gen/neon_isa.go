package main

import (
	"fmt"
	"strings"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Vector instructions that Go's assembler lacks, as they are for four lanes of 32 bits; bit 22 makes that two of 64.
var (
	fadd  = word{"fadd", 0x4e20d400}
	fsub  = word{"fsub", 0x4ea0d400}
	fmul  = word{"fmul", 0x6e20dc00}
	fdiv  = word{"fdiv", 0x6e20fc00}
	fmax  = word{"fmax", 0x4e20f400}
	fmin  = word{"fmin", 0x4ea0f400}
	fcmeq = word{"fcmeq", 0x4e20e400}
	fcmge = word{"fcmge", 0x6e20e400}
	fcmgt = word{"fcmgt", 0x6ea0e400}
	fsqrt = word{"fsqrt", 0x6ea1f800}
	ucvtf = word{"ucvtf", 0x6e21d800}
)

// word is an instruction by its code.
type word struct {
	name string
	code uint32
}

// word adds an instruction as the manual writes it: the result first, then one or two operands.
func (e *neon) word(w word, d reg.VecVirtual, x ...Op) {
	code, lanes := w.code, "4s"
	if e.wide() {
		code, lanes = code|1<<22, "2d"
	}
	args := []any{e.now(d)}
	for _, x := range x {
		args = append(args, e.vector(x))
	}
	e.code = append(e.code, line{func(args ...any) string {
		code, text := code, w.name
		for i, shift := range []int{0, 5, 16}[:len(args)] {
			code |= uint32(args[i].(int)) << shift
			text += fmt.Sprintf(" v%d.%s,", args[i], lanes)
		}
		return fmt.Sprintf("WORD $%#08x // %s", code, strings.TrimSuffix(text, ","))
	}, args})
}

// apply puts what a word gives into a fresh register.
func (e *neon) apply(w word, x ...Op) reg.VecVirtual {
	d := e.V()
	e.word(w, d, x...)
	return d
}

// s is the lanes in Go's notation.
func (e *neon) s() string { return pick(e, "S4", "D2") }

func (e *neon) V() reg.VecVirtual { return e.fresh.XMM() }

// now is the register that holds what was in v.
func (e *neon) now(v reg.VecVirtual) reg.VecVirtual {
	for m, ok := e.moved[v]; ok; m, ok = e.moved[v] {
		v = m
	}
	return v
}

func (e *neon) bits(b uint64) Op      { return e.copy(literal(b)) }
func (e *neon) constant(x float64) Op { return e.copy(e.rare(x)) }

func (e *neon) rare(x float64) Op {
	if e.wide() {
		return literal(f64bits(x))
	}
	return literal(f32bits(x))
}

// reg is a constant in a register.
func (e *neon) reg(c Op) Op { return e.vector(c) }

// vector is the register of an operand.
func (e *neon) vector(c Op) reg.VecVirtual {
	if v, ok := c.(reg.VecVirtual); ok {
		return e.now(v)
	}
	return e.copy(c)
}

// copy is a constant in a register that may be written.
func (e *neon) copy(c Op) reg.VecVirtual {
	d := e.V()
	switch c := c.(type) {
	case reg.VecVirtual:
		e.emit("VMOV V%v.B16, V%v.B16", c, d)
	case literal:
		b := uint64(c)
		if !e.wide() {
			b |= b << 32
		}
		if b == 0 {
			e.three("VEOR", "B16", d, d, d)
		} else {
			e.emit("VMOVQ $%#016x, $%#016x, V%v", b, b, d)
		}
	}
	return d
}

func (e *neon) add(x, y Op) reg.VecVirtual     { return e.apply(fadd, x, y) }
func (e *neon) sub(x, y Op) reg.VecVirtual     { return e.apply(fsub, x, y) }
func (e *neon) mul(x, y Op) reg.VecVirtual     { return e.apply(fmul, x, y) }
func (e *neon) div(x, y Op) reg.VecVirtual     { return e.apply(fdiv, x, y) }
func (e *neon) sqrt(x Op) reg.VecVirtual       { return e.apply(fsqrt, x) }
func (e *neon) larger(x, y Op) reg.VecVirtual  { return e.apply(fmax, x, y) }
func (e *neon) smaller(x, y Op) reg.VecVirtual { return e.apply(fmin, x, y) }
func (e *neon) addTo(d reg.VecVirtual, x Op)   { e.word(fadd, d, d, x) }

// mulAdd sets d = d*x + y, rounded once. The result lies elsewhere: the instruction adds to its third operand.
func (e *neon) mulAdd(d reg.VecVirtual, x, y Op) {
	sum := e.copy(y)
	e.addMul(sum, d, x)
	e.moved[e.now(d)] = sum
}

// addMul sets d = d + x*y, rounded once.
func (e *neon) addMul(d reg.VecVirtual, x, y Op) {
	e.three("VFMLA", e.s(), e.vector(y), e.vector(x), d)
}

// subMul sets d = d - x*y, rounded once.
func (e *neon) subMul(d reg.VecVirtual, x, y Op) {
	e.three("VFMLS", e.s(), e.vector(y), e.vector(x), d)
}

func (e *neon) and(x, y Op) reg.VecVirtual     { return e.apply3("VAND", "B16", x, y) }
func (e *neon) or(x, y Op) reg.VecVirtual      { return e.apply3("VORR", "B16", x, y) }
func (e *neon) xor(x, y Op) reg.VecVirtual     { return e.apply3("VEOR", "B16", x, y) }
func (e *neon) addBits(x, y Op) reg.VecVirtual { return e.apply3("VADD", e.s(), x, y) }
func (e *neon) subBits(x, y Op) reg.VecVirtual { return e.apply3("VSUB", e.s(), x, y) }

// apply3 puts what an instruction with two operands gives into a fresh register.
func (e *neon) apply3(name, lanes string, x, y Op) reg.VecVirtual {
	d := e.V()
	e.three(name, lanes, e.vector(y), e.vector(x), d)
	return d
}

// three adds an instruction with three vectors, in Go's order.
func (e *neon) three(name, lanes string, m, n, d reg.VecVirtual) {
	e.emit("%s V%v.%s, V%v.%s, V%v.%s", name, m, lanes, n, lanes, d, lanes)
}

func (e *neon) shiftLeft(x, count Op) reg.VecVirtual  { return e.shift("VSHL", x, count) }
func (e *neon) shiftRight(x, count Op) reg.VecVirtual { return e.shift("VUSHR", x, count) }

func (e *neon) shift(name string, x, count Op) reg.VecVirtual {
	d := e.V()
	e.emit("%s %s, V%v.%s, V%v.%s", name, count.Asm(), e.vector(x), e.s(), d, e.s())
	return d
}

// compare gives ones where a comparison holds, or where it does not.
func (e *neon) compare(a Op, predicate uint64, b Op) (mask reg.VecVirtual, holds bool) {
	switch predicate {
	case less:
		return e.apply(fcmgt, b, a), true
	case notLess:
		return e.apply(fcmgt, b, a), false
	case lessEq:
		return e.apply(fcmge, b, a), true
	case equal:
		return e.apply(fcmeq, a, b), true
	case unordered: // with itself: is it NaN
		if a == b {
			return e.apply(fcmeq, a, b), false
		}
	}
	panic("gen: no such comparison on NEON") // our own bug: the kernels are in this package
}

// where sets d to y in the lanes where the comparison a ? b holds.
func (e *neon) where(a Op, predicate uint64, b Op, y Op, d reg.VecVirtual) {
	mask, holds := e.compare(a, predicate, b)
	insert := "VBIF"
	if holds {
		insert = "VBIT"
	}
	e.three(insert, "B16", mask, e.vector(y), d)
}

// test is 1 in the lanes where a comparison holds, else 0.
func (e *neon) test(predicate uint64) func(x, y Op) reg.VecVirtual {
	return func(x, y Op) reg.VecVirtual {
		mask, _ := e.compare(x, predicate, y)
		return e.and(mask, e.rare(1))
	}
}

func (e *neon) scales() bool { return false }

func (e *neon) scale(_, _ Op) reg.VecVirtual {
	panic("gen: NEON does not scale") // our own bug: scales was not asked
}
