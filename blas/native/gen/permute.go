package main

import (
	. "github.com/mmcloughlin/avo/operand"
)

const permuteDoc = `vectors whose numbers come from the vector at a place of x: for each pixel and each of bases

	for j := range LANES {
		dst[p*ldd+v*LANES+j] = x[p*step+bases[v]+word(v, j)]
	}

where words has, for each vector, the number of each 32 bits of the result among those of the vector at x.`

// permutes writes the kernel that brings each pixel's channels to where they are needed.
func permutes(e *emitter) {
	e.begin("Permute", "dst []%[1]s, ldd, n int, x []%[1]s, step int, bases []int, words []int32", permuteDoc)
	dst, x := e.Load(e.Param("dst").Base(), e.GP64()), e.Load(e.Param("x").Base(), e.GP64())
	n, ldd, step := e.Load(e.Param("n"), e.GP64()), e.stride("ldd"), e.stride("step")
	bases, words, left := e.GP64(), e.GP64(), e.GP64()
	to, base := e.GP64(), e.GP64()
	e.TESTQ(n, n)
	e.JZ(LabelRef("done"))
	e.Label("pixel")
	e.Load(e.Param("bases").Base(), bases)
	e.Load(e.Param("bases").Len(), left)
	e.Load(e.Param("words").Base(), words)
	e.MOVQ(dst, to)
	e.TESTQ(left, left)
	e.JZ(LabelRef("next"))
	e.Label("vector")
	order, v := e.V(), e.V()
	e.MOVQ(Mem{Base: bases}, base)
	e.VMOVUPS(Mem{Base: words}, order)
	e.VPERMPS(Mem{Base: x, Index: base, Scale: uint8(e.size)}, order, v)
	e.VMOVUPS(v, Mem{Base: to})
	e.ADDQ(Imm(8), bases)
	e.ADDQ(Imm(uint64(e.bytes)), words)
	e.ADDQ(Imm(uint64(e.bytes)), to)
	e.DECQ(left)
	e.JNZ(LabelRef("vector"))
	e.Label("next")
	e.ADDQ(ldd, dst)
	e.ADDQ(step, x)
	e.DECQ(n)
	e.JNZ(LabelRef("pixel"))
	e.Label("done")
	e.end()
}
