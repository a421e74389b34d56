package main

import (
	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// widest is the largest number of vectors to a row of the tiles that the sparse kernels work on.
const widest = 8

// sparse writes the kernels of the products that skip zeros.
func sparse(e *emitter) {
	for _, e.elem = range elems {
		compress(e)
		pad(e)
		unpad(e)
		for w := 1; w <= widest; w++ {
			gather(e, w)
			alive(e, w)
			inOrder(e, w)
			scatter(e, w)
		}
	}
}

const compressDoc = `	n := 0
	for r := range rows {
		bounds[2*r] = first + n
		for j, v := range x[r*ldx:][:width] {
			if v != 0 {
				vals[n], cols[n] = v, r*apart+j
				n++
			}
		}
		bounds[2*r+1] = first + n
	}
	return n

It may write up to rows*width elements of vals and cols.`

// compress writes whole vectors: what lies behind the packed lanes is overwritten by the next one, and never passes the
// element that was just read. The last elements of a row go one by one, for the same reason.
func compress(e *emitter) {
	lanes := e.lanes()
	e.begin("Compress", "vals []%[1]s, cols, bounds []int32, x []%[1]s, ldx, rows, width, first, apart int) (n int", compressDoc)
	vals, cols := e.Load(e.Param("vals").Base(), e.GP64()), e.Load(e.Param("cols").Base(), e.GP64())
	bounds := e.Load(e.Param("bounds").Base(), e.GP64())
	x, ldx := e.Load(e.Param("x").Base(), e.GP64()), e.stride("ldx")
	rows := e.Load(e.Param("rows"), e.GP64())
	first, n := e.GP64(), e.GP64()
	e.Load(e.Param("first"), first)
	e.XORQ(n, n)
	zero, index, begin, step := e.V(), e.V(), e.V(), e.V()
	e.zero(zero)
	e.VMOVUPS(e.table("numbers", lanes/2, func(i int) uint64 { return uint64(2*i) | uint64(2*i+1)<<32 }), e.words(begin))
	e.VPBROADCASTD(e.table("lanes", 1, func(int) uint64 { return uint64(lanes) }), e.words(step))
	apart, aparts := e.Load(e.Param("apart"), e.GP64()), e.V()
	number := e.GP64() // of a row's first element
	e.XORQ(number, number)
	e.VPBROADCASTD(e.param("apart"), e.words(aparts))
	e.TESTQ(rows, rows)
	e.JZ(LabelRef("done"))

	e.Label("row")
	at, left, p := e.GP64(), e.GP64(), e.GP64()
	e.LEAQ(Mem{Base: first, Index: n, Scale: 1}, at)
	e.MOVL(at.As32(), Mem{Base: bounds})
	e.MOVQ(x, p)
	e.Load(e.Param("width"), left)
	e.VMOVUPS(e.words(begin), e.words(index))
	e.SUBQ(Imm(uint64(lanes)), left)
	e.JL(LabelRef("tail"))
	e.Label("vector")
	v := e.V()
	e.load(Mem{Base: p}, v, false)
	count := e.packLanes(v, index, zero, Mem{Base: vals, Index: n, Scale: uint8(e.size)}, Mem{Base: cols, Index: n, Scale: 4})
	e.ADDQ(count, n)
	e.ADDQ(Imm(uint64(e.bytes)), p)
	e.VPADDD(e.words(step), e.words(index), e.words(index))
	e.SUBQ(Imm(uint64(lanes)), left)
	e.JGE(LabelRef("vector"))
	e.Label("tail")
	e.ADDQ(Imm(uint64(lanes)), left)
	e.JZ(LabelRef("next"))
	j := e.GP64()
	e.Load(e.Param("width"), j)
	e.SUBQ(left, j)
	e.ADDQ(number, j)
	e.Label("element")
	b, some := e.GP64(), e.GP64()
	e.XORQ(some, some)
	e.MOVL(j.As32(), Mem{Base: cols, Index: n, Scale: 4})
	if e.size == 4 {
		e.MOVL(Mem{Base: p}, b.As32())
		e.MOVL(b.As32(), Mem{Base: vals, Index: n, Scale: 4})
		e.ADDL(b.As32(), b.As32()) // without the sign
	} else {
		e.MOVQ(Mem{Base: p}, b)
		e.MOVQ(b, Mem{Base: vals, Index: n, Scale: 8})
		e.ADDQ(b, b)
	}
	e.SETNE(some.As8())
	e.ADDQ(some, n)
	e.ADDQ(Imm(uint64(e.size)), p)
	e.INCQ(j)
	e.DECQ(left)
	e.JNZ(LabelRef("element"))
	e.Label("next")
	e.LEAQ(Mem{Base: first, Index: n, Scale: 1}, at)
	e.MOVL(at.As32(), Mem{Base: bounds, Disp: 4})
	e.ADDQ(Imm(8), bounds)
	e.ADDQ(ldx, x)
	e.ADDQ(apart, number)
	e.VPADDD(e.words(aparts), e.words(begin), e.words(begin))
	e.DECQ(rows)
	e.JNZ(LabelRef("row"))
	e.Label("done")
	e.VZEROUPPER()
	e.Store(n, e.ReturnIndex(0))
	e.RET()
}

// words is the part of a register that holds an int32 for each lane.
func (e *emitter) words(v reg.VecVirtual) Op {
	switch 4 * e.lanes() {
	case 64:
		return v
	case 32:
		return v.AsY()
	}
	return v.AsX()
}

// table is read-only data of 8-byte words, written once a file.
func (e *emitter) table(name string, n int, word func(i int) uint64) Mem {
	name = e.prefix + name + e.isa.name
	if _, ok := e.data[name]; !ok {
		m := e.StaticGlobal(name)
		e.DataAttributes(attr.RODATA | attr.NOPTR)
		for i := range n {
			e.AddDatum(8*i, U64(word(i)))
		}
		e.data[name] = m
	}
	return e.data[name]
}

// packLanes stores the lanes of v that are not zero, and the same lanes of index, and returns how many there are.
// AVX-512 has an instruction for it; for AVX2 a table has the permutation of every pattern of lanes.
func (e *emitter) packLanes(v, index, zero reg.VecVirtual, vals, cols Mem) reg.Register {
	const notEqual = 4 // or unordered: NaN is not zero
	pattern, count := e.GP64(), e.GP64()
	pv, pi := e.V(), e.V()
	if e.bytes == 64 {
		k := e.K()
		pick(e, e.VCMPPS, e.VCMPPD)(Imm(notEqual), zero, v, k)
		pick(e, e.VCOMPRESSPS_Z, e.VCOMPRESSPD_Z)(v, k, pv)
		e.VPCOMPRESSD_Z(e.words(index), k, e.words(pi))
		e.KMOVW(k, pattern.As32())
	} else {
		m, order := e.V(), e.V()
		pick(e, e.VCMPPS, e.VCMPPD)(Imm(notEqual), zero, v, m)
		pick(e, e.VMOVMSKPS, e.VMOVMSKPD)(m, pattern.As32())
		at := e.GP64()
		e.LEAQ(e.packOrder(), at)
		e.VPMOVZXBD(Mem{Base: at, Index: pattern, Scale: 8}, order)
		e.VPERMPS(v, order, pv)
		if e.size == 4 {
			e.VPERMD(index, order, pi)
		} else { // half of each number of a pair of words
			e.LEAQ(e.packOrderHalf(), at)
			e.VPMOVZXBD(Mem{Base: at, Index: pattern, Scale: 8}, order.AsX())
			e.VPERMILPS(order.AsX(), index.AsX(), pi.AsX())
		}
	}
	e.POPCNTQ(pattern, count)
	e.store(pv, vals, false)
	e.VMOVUPS(e.words(pi), cols)
	return count
}

// packOrder has, for every pattern of lanes, the 32-bit words that move to the front, a byte each.
func (e *emitter) packOrder() Mem {
	return e.table("order", 1<<e.lanes(), func(pattern int) uint64 {
		order, at := uint64(0), 0
		for lane := range e.lanes() {
			for w := 0; pattern>>lane&1 == 1 && w < e.size/4; w++ {
				order |= uint64(lane*e.size/4+w) << (8 * at)
				at++
			}
		}
		return order
	})
}

// packOrderHalf is packOrder for lanes of one word.
func (e *emitter) packOrderHalf() Mem {
	return e.table("half", 1<<e.lanes(), func(pattern int) uint64 {
		order, at := uint64(0), 0
		for lane := range e.lanes() {
			if pattern>>lane&1 == 1 {
				order |= uint64(lane) << (8 * at)
				at++
			}
		}
		return order
	})
}

const gatherDoc = `	for r := range rows {
		for i := bounds[2*r]; i < bounds[2*r+1]; i++ {
			for j := range WIDTH {
				c[r*WIDTH+j] = fma(vals[i], tile[cols[i]*WIDTH+j], c[r*WIDTH+j])
			}
		}
	}`
