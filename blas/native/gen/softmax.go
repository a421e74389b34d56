package main

import (
	"math"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const softmaxDoc = `	for ; len(dst) > 0; dst, x = dst[cols:], x[cols:] {
		m, sum := max(x[:cols]), 0
		for j := range cols {
			dst[j] = exp(x[j] - m) // of the exact difference
			sum += dst[j]
		}
		for j := range cols {
			dst[j] /= sum
		}
	}

with one partial sum to each lane, folded by halves.`

func softmaxes(e machine) {
	for _, t := range elems {
		e.of(t)
		e.softmax()
	}
}

// newExpBelow: exp(x-m) for x <= m. A rounded difference would be wrong by as many units as it is large, so what it lost
// is brought back (Knuth's TwoSum), but where it is so large that nothing is left of the result: there it may be infinite.
func newExpBelow(e machine) func(x, m reg.VecVirtual) reg.VecVirtual {
	exp, smallest, zero := newExp(e), e.rare(underflow(e)), e.rare(0)
	return func(x, m reg.VecVirtual) reg.VecVirtual {
		d := e.sub(x, m)
		back := e.sub(d, x) // -m, nearly
		lost := e.sub(e.sub(x, e.sub(d, back)), e.add(m, back))
		e.where(d, less, smallest, e.reg(zero), lost)
		v := exp(d)
		e.addMul(v, v, lost)
		return v
	}
}

// softmax has a loop for rows that fit one vector, which stays in its register, and one for longer rows. The lanes
// behind a row's end hold -Inf, whose exponential adds nothing.
func (e *emitter) softmax() {
	e.begin("Softmax", "dst, x []%[1]s, cols int", softmaxDoc)
	exp := newExpBelow(e)
	least := e.rare(math.Inf(-1))
	dst := e.Load(e.Param("dst").Base(), e.GP64())
	n := e.Load(e.Param("dst").Len(), e.GP64())
	x := e.Load(e.Param("x").Base(), e.GP64())
	cols := e.Load(e.Param("cols"), e.GP64())
	size := uint8(e.size)
	lanes := e.lanes()

	// full is the number of bytes of a row's whole vectors but the last, which is masked even if it is whole.
	full := e.GP64()
	e.LEAQ(Mem{Base: cols, Disp: -1}, full)
	e.ANDQ(I32(int32(-lanes)), full)
	rest := e.GP64()
	e.MOVQ(cols, rest)
	e.SUBQ(full, rest)
	e.setMask(rest)
	e.IMUL3Q(Imm(uint64(e.size)), full, full)
	e.TESTQ(n, n)
	e.JZ(LabelRef("done"))
	e.TESTQ(full, full)
	e.JNZ(LabelRef("long"))

	e.Label("short")
	v := e.loadOr(Mem{Base: x}, least)
	v = exp(v, e.spread(e.fold(v, e.larger)))
	sum := e.spread(e.fold(v, e.add))
	e.store(e.div(v, sum), Mem{Base: dst}, true)
	e.LEAQ(Mem{Base: x, Index: cols, Scale: size}, x)
	e.LEAQ(Mem{Base: dst, Index: cols, Scale: size}, dst)
	e.SUBQ(cols, n)
	e.JG(LabelRef("short"))
	e.JMP(LabelRef("done"))

	// vectors runs over the whole vectors of a row.
	vectors := func(name string, body func(at reg.Register)) {
		at := e.GP64()
		e.XORQ(at, at)
		e.Label(name)
		body(at)
		e.ADDQ(Imm(uint64(e.bytes)), at)
		e.CMPQ(at, full)
		e.JL(LabelRef(name))
	}
	in := func(p, at reg.Register) Mem { return Mem{Base: p, Index: at, Scale: 1} }

	e.Label("long")
	m := e.loadOr(in(x, full), least)
	vectors("max", func(at reg.Register) {
		v := e.V()
		e.load(in(x, at), v, false)
		e.set(m, e.larger(v, m))
	})
	m = e.spread(e.fold(m, e.larger))
	last := exp(e.loadOr(in(x, full), least), m)
	total := e.copy(last)
	vectors("exp", func(at reg.Register) {
		v := e.V()
		e.load(in(x, at), v, false)
		v = exp(v, m)
		e.set(total, e.add(total, v))
		e.store(v, in(dst, at), false)
	})
	total = e.spread(e.fold(total, e.add))
	e.store(e.div(last, total), in(dst, full), true)
	vectors("div", func(at reg.Register) {
		v := e.V()
		e.load(in(dst, at), v, false)
		e.store(e.div(v, total), in(dst, at), false)
	})
	e.LEAQ(Mem{Base: x, Index: cols, Scale: size}, x)
	e.LEAQ(Mem{Base: dst, Index: cols, Scale: size}, dst)
	e.SUBQ(cols, n)
	e.JG(LabelRef("long"))
	e.Label("done")
	e.end()
}

// spread copies the first lane to all.
func (e *emitter) spread(x reg.VecVirtual) reg.VecVirtual {
	d := e.V()
	pick(e, e.VBROADCASTSS, e.VBROADCASTSD)(x.AsX(), d)
	return d
}

// loadOr reads the lanes that the mask shows; the others are those of a constant.
func (e *emitter) loadOr(m Mem, other Op) reg.VecVirtual {
	d := e.copy(other)
	if e.bytes == 64 {
		pick(e, e.VMOVUPS, e.VMOVUPD)(m, e.mask, d)
		return d
	}
	v := e.V()
	e.load(m, v, true)
	pick(e, e.VBLENDVPS, e.VBLENDVPD)(e.mask, v, d, d)
	return d
}
