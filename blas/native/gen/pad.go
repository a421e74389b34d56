package main

import (
	"strings"

	. "github.com/mmcloughlin/avo/operand"
)

const padDoc = `	for i := range rows {
		for j := range n {
			dst[i*ldd+j] = src[i*lds+j]
		}
	}
	return NaN if an element is infinite or NaN, else 0

for n > 0. The rest of a row's last vector becomes zero.`

// pad copies rows to where each begins on a whole vector.
func pad(e *emitter) {
	e.begin("Pad", "dst []%[1]s, ldd int, src []%[1]s, lds, rows, n int) (bad %[1]s", padDoc)
	zero, bad := e.V(), e.V()
	e.zero(zero)
	e.zero(bad)
	e.rows("dst", "ldd", "src", "lds", func(dst, src Mem, masked bool) {
		v := e.V()
		e.load(src, v, masked)
		e.set(bad, e.or(bad, e.mul(v, zero))) // NaN is the only 0*v with bits beyond the sign
		e.store(v, dst, false)
	})
	e.result(e.fold(bad, e.or))
}

const unpadDoc = `	for i := range rows {
		for j := range n {
			dst[i*ldd+j] = ASSIGN
		}
	}

for n > 0.`

// unpad ends a product as its dense kernels do.
func unpad(e *emitter) {
	for _, name := range []string{"Set", "Add"} {
		e.begin("Unpad"+name, "dst []%[1]s, ldd int, src []%[1]s, lds, rows, n int, alpha, beta %[1]s", unpadDocs[name])
		alpha, beta := e.V(), e.V()
		e.broadcastParam("alpha", alpha)
		if name == "Add" {
			e.broadcastParam("beta", beta)
		}
		e.rows("dst", "ldd", "src", "lds", func(dst, src Mem, masked bool) {
			x := e.V()
			e.load(src, x, false)
			if name == "Set" {
				e.store(e.mul(alpha, x), dst, masked)
				return
			}
			y := e.V()
			e.load(dst, y, masked)
			y = e.mul(beta, y)
			e.addMul(y, alpha, x)
			e.store(y, dst, masked)
		})
		e.end()
	}
}

var unpadDocs = map[string]string{
	"Set": strings.ReplaceAll(unpadDoc, "ASSIGN", "alpha * src[i*lds+j]"),
	"Add": strings.ReplaceAll(unpadDoc, "ASSIGN", "fma(alpha, src[i*lds+j], beta*dst[i*ldd+j])"),
}

// rows writes a loop over the rows of two matrices of n columns: whole vectors, then a masked one. Rows of few vectors,
// which are short work, have loops of their own.
func (e *emitter) rows(dst, ldd, src, lds string, body func(dst, src Mem, masked bool)) {
	d, s := e.Load(e.Param(dst).Base(), e.GP64()), e.Load(e.Param(src).Base(), e.GP64())
	dstep, sstep := e.stride(ldd), e.stride(lds)
	rows, n := e.Load(e.Param("rows"), e.GP64()), e.Load(e.Param("n"), e.GP64())
	rest, full := e.GP64(), e.GP64()
	e.MOVQ(n, rest)
	e.ANDQ(Imm(uint64(e.lanes()-1)), rest)
	e.setMask(rest)
	e.MOVQ(n, full)
	e.SUBQ(rest, full)
	e.IMUL3Q(Imm(uint64(e.size)), full, full) // bytes of a row's whole vectors
	e.TESTQ(rows, rows)
	e.JZ(LabelRef("done"))
	next := func(loop string) {
		e.ADDQ(dstep, d)
		e.ADDQ(sstep, s)
		e.DECQ(rows)
		e.JNZ(LabelRef(loop))
		e.JMP(LabelRef("done"))
	}
	const short = 3
	e.TESTQ(rest, rest)
	e.JZ(LabelRef("row"))
	for whole := range short {
		e.CMPQ(full, U32(uint32(whole*e.bytes)))
		e.JE(LabelRef("short" + itoa(whole)))
	}
	e.Label("row")
	at := e.GP64()
	e.XORQ(at, at)
	e.CMPQ(at, full)
	e.JGE(LabelRef("tail"))
	e.Label("whole")
	body(Mem{Base: d, Index: at, Scale: 1}, Mem{Base: s, Index: at, Scale: 1}, false)
	e.ADDQ(Imm(uint64(e.bytes)), at)
	e.CMPQ(at, full)
	e.JL(LabelRef("whole"))
	e.Label("tail")
	e.TESTQ(rest, rest)
	e.JZ(LabelRef("next"))
	body(Mem{Base: d, Index: at, Scale: 1}, Mem{Base: s, Index: at, Scale: 1}, true)
	e.Label("next")
	next("row")
	for whole := range short {
		label := "short" + itoa(whole)
		e.Label(label)
		for j := range whole + 1 {
			body(Mem{Base: d, Disp: j * e.bytes}, Mem{Base: s, Disp: j * e.bytes}, j == whole)
		}
		next(label)
	}
	e.Label("done")
}
