package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// packs writes the kernels that bring panels of B into order.
func packs(e *emitter) {
	for _, e.elem = range elems {
		packRows(e)
		if e.bytes == 32 { // more width would not help
			transpose(e)
		}
	}
}

// packRows copies full rows of a panel.
func packRows(e *emitter) {
	nr := itoa(vectors * e.lanes())
	e.begin("PackRows", "dst, src []%[1]s, lds, rows int", "\tfor i := range rows {\n\t\tcopy(dst[i*"+nr+":][:"+nr+"], src[i*lds:])\n\t}")
	dst := e.Load(e.Param("dst").Base(), e.GP64())
	src := e.Load(e.Param("src").Base(), e.GP64())
	lds := e.stride("lds")
	n := e.Load(e.Param("rows"), e.GP64())
	e.Label("loop")
	e.TESTQ(n, n)
	e.JZ(LabelRef("done"))
	for j := range vectors {
		v := e.V()
		e.load(Mem{Base: src, Disp: j * e.bytes}, v, false)
		e.store(v, Mem{Base: dst, Disp: j * e.bytes}, false)
	}
	e.ADDQ(lds, src)
	e.ADDQ(U32(vectors*e.bytes), dst)
	e.DECQ(n)
	e.JMP(LabelRef("loop"))
	e.Label("done")
	e.end()
}

const transposeDoc = `	for i := range rows {
		for j := range cols {
			dst[j*ldd+i] = src[i*lds+j]
		}
	}

for rows and cols that are multiples of `

// transpose moves squares of one vector's width. Two rows that are half a square apart share a register, so that all
// shuffles stay within halves of registers.
func transpose(e *emitter) {
	lanes := e.lanes()
	e.begin("Transpose", "dst []%[1]s, ldd int, src []%[1]s, lds, rows, cols int", transposeDoc+itoa(lanes)+".")
	dst := e.Load(e.Param("dst").Base(), e.GP64())
	src := e.Load(e.Param("src").Base(), e.GP64())
	rows := e.Load(e.Param("rows"), e.GP64())
	ldd, lds := e.stride("ldd"), e.stride("lds")
	ldd3, lds3 := e.GP64(), e.GP64()
	e.LEAQ(Mem{Base: ldd, Index: ldd, Scale: 2}, ldd3)
	e.LEAQ(Mem{Base: lds, Index: lds, Scale: 2}, lds3)

	// row is row i of a square.
	row := func(p [2]reg.Register, ld, ld3 reg.Register, i int) Mem {
		b := p[i/4]
		return [4]Mem{{Base: b}, {Base: b, Index: ld, Scale: 1}, {Base: b, Index: ld, Scale: 2}, {Base: b, Index: ld3, Scale: 1}}[i%4]
	}
	e.Label("rows")
	e.SUBQ(Imm(uint64(lanes)), rows)
	e.JL(LabelRef("done"))
	s, d := [2]reg.Register{e.GP64(), e.GP64()}, [2]reg.Register{e.GP64(), e.GP64()}
	e.MOVQ(src, s[0])
	e.MOVQ(dst, d[0])
	cols := e.Load(e.Param("cols"), e.GP64())
	e.Label("cols")
	e.SUBQ(Imm(uint64(lanes)), cols)
	e.JL(LabelRef("next"))
	e.LEAQ(Mem{Base: s[0], Index: lds, Scale: 4}, s[1])
	e.LEAQ(Mem{Base: d[0], Index: ldd, Scale: 4}, d[1])
	half := lanes / 2
	for h := range 2 {
		var a []reg.VecVirtual
		for i := range half {
			low, high := row(s, lds, lds3, i), row(s, lds, lds3, i+half)
			low.Disp, high.Disp = 16*h, 16*h
			v := e.V()
			e.VMOVUPS(low, v.AsX())
			e.VINSERTF128(Imm(1), high, v, v)
			a = append(a, v)
		}
		for i, v := range e.transposeHalves(a) {
			e.store(v, row(d, ldd, ldd3, h*half+i), false)
		}
	}
	e.ADDQ(Imm(uint64(e.bytes)), s[0])
	e.LEAQ(Mem{Base: d[0], Index: ldd, Scale: 4}, d[0])
	if lanes == 8 {
		e.LEAQ(Mem{Base: d[0], Index: ldd, Scale: 4}, d[0])
	}
	e.JMP(LabelRef("cols"))
	e.Label("next")
	e.LEAQ(Mem{Base: src, Index: lds, Scale: 4}, src)
	if lanes == 8 {
		e.LEAQ(Mem{Base: src, Index: lds, Scale: 4}, src)
	}
	e.ADDQ(Imm(uint64(e.bytes)), dst)
	e.JMP(LabelRef("rows"))
	e.Label("done")
	e.end()
}

// transposeHalves transposes the squares that the lower and the upper halves of the registers form.
func (e *emitter) transposeHalves(a []reg.VecVirtual) []reg.VecVirtual {
	join := func(f func(...Op), x, y reg.VecVirtual) reg.VecVirtual {
		d := e.V()
		f(y, x, d)
		return d
	}
	if e.size == 8 {
		return []reg.VecVirtual{join(e.VUNPCKLPD, a[0], a[1]), join(e.VUNPCKHPD, a[0], a[1])}
	}
	low01, high01 := join(e.VUNPCKLPS, a[0], a[1]), join(e.VUNPCKHPS, a[0], a[1])
	low23, high23 := join(e.VUNPCKLPS, a[2], a[3]), join(e.VUNPCKHPS, a[2], a[3])
	return []reg.VecVirtual{
		join(e.VUNPCKLPD, low01, low23), join(e.VUNPCKHPD, low01, low23),
		join(e.VUNPCKLPD, high01, high23), join(e.VUNPCKHPD, high01, high23),
	}
}
