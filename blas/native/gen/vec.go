package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// begin starts a function. doc is what its loop does.
func (e *emitter) begin(name, params, doc string) {
	name = e.prefix + name + e.isa.name
	e.Function(name)
	e.Attributes(attr.NOSPLIT)
	e.Pragma("noescape")
	e.Doc(describe(name, doc)...)
	e.SignatureExpr(fmt.Sprintf("func("+params+")", e.elem.name))
}

// each writes the loop over the elements of slices that have the length of dst: full vectors, then a masked one. body
// gets a vector of each source and returns what dst gets.
func (e *emitter) each(sources []string, body func(x []reg.VecVirtual) reg.VecVirtual) {
	dst := e.Load(e.Param("dst").Base(), e.GP64())
	n := e.Load(e.Param("dst").Len(), e.GP64())
	var src []reg.Register
	for _, s := range sources {
		src = append(src, e.Load(e.Param(s).Base(), e.GP64()))
	}
	step := func(masked bool) {
		var x []reg.VecVirtual
		for _, s := range src {
			v := e.V()
			e.load(Mem{Base: s}, v, masked)
			x = append(x, v)
		}
		e.store(body(x), Mem{Base: dst}, masked)
	}
	e.CMPQ(n, Imm(uint64(e.lanes())))
	e.JL(LabelRef("tail"))
	e.Label("loop")
	step(false)
	for _, p := range append(src, dst) {
		e.ADDQ(Imm(uint64(e.bytes)), p)
	}
	e.SUBQ(Imm(uint64(e.lanes())), n)
	e.CMPQ(n, Imm(uint64(e.lanes())))
	e.JGE(LabelRef("loop"))
	e.Label("tail")
	e.TESTQ(n, n)
	e.JZ(LabelRef("done"))
	e.setMask(n)
	step(true)
	e.Label("done")
}

// V is a fresh vector register.
func (e *emitter) V() reg.VecVirtual {
	if e.bytes == 64 {
		return e.ZMM()
	}
	return e.YMM()
}

// constant is a number in all lanes: in a register where there are many, else in memory. It must be asked for before
// the loop.
func (e *emitter) constant(x float64) Op { return e.bits(e.pattern(x)) }

// rare is a constant that is not worth a register.
func (e *emitter) rare(x float64) Op { return e.memory(e.pattern(x), e.bytes) }

func (e *emitter) pattern(x float64) uint64 {
	if e.size == 4 {
		return uint64(f32bits(x))
	}
	return f64bits(x)
}

// bits is a constant of the given pattern.
func (e *emitter) bits(b uint64) Op {
	if e.bytes == 32 {
		return e.memory(b, e.bytes)
	}
	v := e.V()
	e.VBROADCASTSD(e.memory(b, 8), v)
	return v
}

// memory is a constant that fills so many bytes.
func (e *emitter) memory(b uint64, bytes int) Mem {
	if e.size == 4 {
		b |= b << 32
	}
	name := fmt.Sprintf("%sx%x", e.isa.name, b)
	if bytes == 8 {
		name = fmt.Sprintf("word%sx%x", e.isa.name, b)
	}
	if _, ok := e.data[name]; !ok {
		m := e.StaticGlobal(name)
		e.DataAttributes(attr.RODATA | attr.NOPTR)
		for i := range bytes / 8 {
			e.AddDatum(8*i, U64(b))
		}
		e.data[name] = m
	}
	return e.data[name]
}

// reg is a constant in a register.
func (e *emitter) reg(c Op) Op {
	if _, ok := c.(Mem); !ok {
		return c
	}
	v := e.V()
	e.VMOVUPS(c, v)
	return v
}

// copy is a constant in a register that may be written.
func (e *emitter) copy(c Op) reg.VecVirtual {
	v := e.V()
	e.VMOVUPS(c, v)
	return v
}

// The arithmetic: operands in the order in which one writes them in mathematics; only the last may be in memory.

func (e *emitter) add(x, y Op) reg.VecVirtual {
	d := e.V()
	pick(e, e.VADDPS, e.VADDPD)(y, x, d)
	return d
}

func (e *emitter) sub(x, y Op) reg.VecVirtual {
	d := e.V()
	pick(e, e.VSUBPS, e.VSUBPD)(y, x, d)
	return d
}

func (e *emitter) mul(x, y Op) reg.VecVirtual {
	d := e.V()
	pick(e, e.VMULPS, e.VMULPD)(y, x, d)
	return d
}

func (e *emitter) div(x, y Op) reg.VecVirtual {
	d := e.V()
	pick(e, e.VDIVPS, e.VDIVPD)(y, x, d)
	return d
}

func (e *emitter) sqrt(x Op) reg.VecVirtual {
	d := e.V()
	pick(e, e.VSQRTPS, e.VSQRTPD)(x, d)
	return d
}

// larger is x where x > y, else y.
func (e *emitter) larger(x, y Op) reg.VecVirtual {
	d := e.V()
	pick(e, e.VMAXPS, e.VMAXPD)(y, x, d)
	return d
}

// smaller is x where x < y, else y.
func (e *emitter) smaller(x, y Op) reg.VecVirtual {
	d := e.V()
	pick(e, e.VMINPS, e.VMINPD)(y, x, d)
	return d
}

// mulAdd sets d = d*x + y, rounded once.
func (e *emitter) mulAdd(d reg.VecVirtual, x, y Op) { pick(e, e.VFMADD213PS, e.VFMADD213PD)(y, x, d) }

// addMul sets d = d + x*y, rounded once.
func (e *emitter) addMul(d reg.VecVirtual, x, y Op) { pick(e, e.VFMADD231PS, e.VFMADD231PD)(y, x, d) }

// subMul sets d = d - x*y, rounded once.
func (e *emitter) subMul(d reg.VecVirtual, x, y Op) { pick(e, e.VFNMADD231PS, e.VFNMADD231PD)(y, x, d) }

func (e *emitter) and(x, y Op) reg.VecVirtual {
	d := e.V()
	pick(e, e.VANDPS, e.VANDPD)(y, x, d)
	return d
}

func (e *emitter) or(x, y Op) reg.VecVirtual {
	d := e.V()
	pick(e, e.VORPS, e.VORPD)(y, x, d)
	return d
}

func (e *emitter) xor(x, y Op) reg.VecVirtual {
	d := e.V()
	pick(e, e.VXORPS, e.VXORPD)(y, x, d)
	return d
}

// addBits and subBits work on the patterns as integers.
func (e *emitter) addBits(x, y Op) reg.VecVirtual {
	d := e.V()
	pick(e, e.VPADDD, e.VPADDQ)(y, x, d)
	return d
}

func (e *emitter) subBits(x, y Op) reg.VecVirtual {
	d := e.V()
	pick(e, e.VPSUBD, e.VPSUBQ)(y, x, d)
	return d
}

func (e *emitter) shiftLeft(x, count Op) reg.VecVirtual {
	d := e.V()
	pick(e, e.VPSLLD, e.VPSLLQ)(count, x, d)
	return d
}

func (e *emitter) shiftRight(x, count Op) reg.VecVirtual {
	d := e.V()
	pick(e, e.VPSRLD, e.VPSRLQ)(count, x, d)
	return d
}

// where sets d to y in the lanes where the comparison a ? b holds.
func (e *emitter) where(a Op, predicate uint64, b Op, y Op, d reg.VecVirtual) {
	if e.bytes == 64 {
		k := e.K()
		pick(e, e.VCMPPS, e.VCMPPD)(Imm(predicate), b, a, k)
		pick(e, e.VMOVAPS, e.VMOVAPD)(y, k, d)
		return
	}
	m := e.V()
	pick(e, e.VCMPPS, e.VCMPPD)(Imm(predicate), b, a, m)
	pick(e, e.VBLENDVPS, e.VBLENDVPD)(m, y, d, d)
}

// test is 1 in the lanes where a comparison holds, else 0.
func (e *emitter) test(predicate uint64) func(x, y Op) reg.VecVirtual {
	return func(x, y Op) reg.VecVirtual {
		d := e.V()
		e.zero(d)
		e.where(x, predicate, y, e.reg(e.rare(1)), d)
		return d
	}
}

func (e *emitter) scales() bool { return e.bytes == 64 }

func (e *emitter) scale(x, n Op) reg.VecVirtual {
	d := e.V()
	pick(e, e.VSCALEFPS, e.VSCALEFPD)(n, x, d)
	return d
}
