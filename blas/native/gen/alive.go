package main

import (
	"strings"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const rowsDoc = `	for ; len(runs) > 0; runs, c = runs[3:], c[ldc:] {
		for i := runs[0]; i < runs[1]; i++ {
			for j := range WIDTH {
				c[j] = fma(vals[i], b[runs[2]+cols[i]*stride+j], c[j])
			}
		}
	}`

// alive adds rows of b, each times a number that is not zero, to rows of c, one run of them to each: two elements at a time, each to sums
// of its own, where there are registers.
func alive(e *emitter, w int) {
	addRows(e, "Alive", w, 2*w+3 <= e.regs, 0, "\n\nbut for the order in which it adds up: two elements at a time, each to sums of its own.")
}

// inOrder is alive that adds up as dense products do, and asks the memory for rows of b before they are needed.
func inOrder(e *emitter, w int) { addRows(e, "InOrder", w, false, 8, "") }

// addRows writes either, which asks for what is met so many elements ahead, if any.
func addRows(e *emitter, name string, w int, pair bool, ahead int, more string) {
	doc := rowsDoc + more
	if w > 1 {
		doc = e.prefix + name + "1" + e.isa.name + " for rows of WIDTH elements."
	}
	e.begin(name+itoa(w), "c []%[1]s, ldc int, b []%[1]s, stride int, runs []int, vals []%[1]s, cols []int32", strings.ReplaceAll(doc, "WIDTH", itoa(w*e.lanes())))
	c, b := e.Load(e.Param("c").Base(), e.GP64()), e.Load(e.Param("b").Base(), e.GP64())
	stride := e.stride("stride")
	runs, left := e.Load(e.Param("runs").Base(), e.GP64()), e.Load(e.Param("runs").Len(), e.GP64())
	vals, cols := e.Load(e.Param("vals").Base(), e.GP64()), e.Load(e.Param("cols").Base(), e.GP64())
	sums, others := e.vectors(w), e.vectors(w)
	e.TESTQ(left, left)
	e.JZ(LabelRef("done"))
	e.Label("row")
	e.move(true, Mem{Base: c}, sums)
	if pair {
		for _, v := range others {
			e.zero(v)
		}
	}
	i, end, from, at := e.GP64(), e.GP64(), e.GP64(), e.GP64()
	e.MOVQ(Mem{Base: runs}, i)
	e.MOVQ(Mem{Base: runs, Disp: 8}, end)
	e.MOVQ(Mem{Base: runs, Disp: 16}, from)
	e.LEAQ(Mem{Base: b, Index: from, Scale: uint8(e.size)}, from)
	product := func(n int, sums []reg.VecVirtual) {
		x := e.V()
		e.MOVLQSX(Mem{Base: cols, Index: i, Scale: 4, Disp: 4 * n}, at)
		e.IMULQ(stride, at)
		pick(e, e.VBROADCASTSS, e.VBROADCASTSD)(Mem{Base: vals, Index: i, Scale: uint8(e.size), Disp: n * e.size}, x)
		e.addProducts(sums, x, Mem{Base: from, Index: at, Scale: 1})
	}
	if pair {
		e.DECQ(end)
		e.CMPQ(i, end)
		e.JGE(LabelRef("single"))
		e.Label("pair")
		product(0, sums)
		product(1, others)
		e.ADDQ(Imm(2), i)
		e.CMPQ(i, end)
		e.JL(LabelRef("pair"))
		e.Label("single")
		e.INCQ(end)
	}
	e.CMPQ(i, end)
	e.JGE(LabelRef("next"))
	e.Label("element")
	if ahead > 0 {
		e.MOVLQSX(Mem{Base: cols, Index: i, Scale: 4, Disp: 4 * ahead}, at)
		e.IMULQ(stride, at)
		for line := 0; line < w*e.bytes; line += 64 {
			e.PREFETCHT0(Mem{Base: from, Index: at, Scale: 1, Disp: line})
		}
	}
	product(0, sums)
	e.INCQ(i)
	e.CMPQ(i, end)
	e.JL(LabelRef("element"))
	e.Label("next")
	e.ADDQ(Imm(24), runs)
	if pair {
		for j, v := range sums {
			pick(e, e.VADDPS, e.VADDPD)(others[j], v, v)
		}
	}
	e.move(false, Mem{Base: c}, sums)
	ldc := e.stride("ldc")
	e.ADDQ(ldc, c)
	e.SUBQ(Imm(3), left)
	e.JNZ(LabelRef("row"))
	e.Label("done")
	e.end()
}
