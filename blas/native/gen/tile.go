package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// mr is the number of a tile's rows: with two vectors to the row, the accumulators, a row of B and one element of A
// fill the registers.
var mr = map[string]int{"AVX2": 6, "AVX512": 14}

const vectors = 2 // of a row

const tileDoc = `%s computes one tile of C, for 1 <= rows <= %d, 1 <= cols <= %d, k >= 1:

	for i := range rows {
		for j := range cols {
			acc := 0
			for p := range k {
				acc = fma(a[i*rsA+p*csA], b[p*ldb+j], acc)
			}
			if beta == 0 {
				c[i*ldc+j] = alpha * acc
			} else {
				c[i*ldc+j] = fma(alpha, acc, beta*c[i*ldc+j])
			}
		}
	}`

// tiles writes the kernels of the matrix product.
func tiles(e *emitter) {
	for _, e.elem = range elems {
		tile(e)
	}
}

// tile writes a loop over k for each number of rows and of vectors to the row. The last vector is always masked. The
// loops for one number of vectors share the stores: row i of the tile lives in the same registers in all of them, and
// the stores run from the last row to the first.
func tile(e *emitter) {
	mr := mr[e.isa.name]
	name := e.prefix + "gemmTile" + e.isa.name
	e.Function(name)
	e.Doc(lines(fmt.Sprintf(tileDoc, name, mr, vectors*e.lanes()))...)
	e.SignatureExpr(fmt.Sprintf("func(rows, cols, k int, alpha %[1]s, a []%[1]s, rsA, csA int, b []%[1]s, ldb int, beta %[1]s, c []%[1]s, ldc int)", e.elem.name))
	e.Pragma("noescape")
	e.Attributes(attr.NOSPLIT)

	t := &tileRegs{e: e, mr: mr}
	rows := e.Load(e.Param("rows"), e.GP64())
	cols := e.Load(e.Param("cols"), e.GP64())
	t.k = e.Load(e.Param("k"), e.GP64())
	t.rs = e.stride("rsA")
	t.cs = e.stride("csA")
	t.ldb = e.stride("ldb")
	t.b = e.Load(e.Param("b").Base(), e.GP64())
	t.a = append(t.a, e.Load(e.Param("a").Base(), e.GP64()))
	for len(t.a)*4 < mr { // one pointer to every four rows
		p := e.GP64()
		e.LEAQ(Mem{Base: t.a[len(t.a)-1], Index: t.rs, Scale: 4}, p)
		t.a = append(t.a, p)
	}
	t.rs3 = e.GP64()
	e.LEAQ(Mem{Base: t.rs, Index: t.rs, Scale: 2}, t.rs3)

	e.CMPQ(cols, Imm(uint64(e.lanes())))
	e.JG(LabelRef("vectors2"))
	for v := 1; v <= vectors; v++ {
		e.Label(fmt.Sprintf("vectors%d", v))
		if v > 1 {
			e.SUBQ(Imm(uint64((v-1)*e.lanes())), cols)
		}
		e.setMask(cols)
		for i := range mr * v {
			e.zero(t.acc(i/v, i%v))
		}
		for r := mr - 1; r > 0; r-- {
			e.CMPQ(rows, Imm(uint64(r)))
			e.JE(LabelRef(fmt.Sprintf("sum%dx%d", r, v)))
		}
		for r := mr; r > 0; r-- {
			t.sum(r, v)
		}
		t.stores(v)
	}
}

// tileRegs says what lives where.
type tileRegs struct {
	e           *emitter
	mr          int
	a           []reg.Register // &a[4i*rsA]
	rs, rs3, cs reg.Register   // bytes
	b, ldb, k   reg.Register
}

func (t *tileRegs) acc(i, j int) reg.VecPhysical { return t.e.vec(vectors*i + j) }
func (t *tileRegs) row(j int) reg.VecPhysical    { return t.e.vec(vectors*t.mr + j) }
func (t *tileRegs) elem() reg.VecPhysical        { return t.e.vec(vectors * (t.mr + 1)) }

// at is a[i*rsA].
func (t *tileRegs) at(i int) Mem {
	switch p := t.a[i/4]; i % 4 {
	case 1:
		return Mem{Base: p, Index: t.rs, Scale: 1}
	case 2:
		return Mem{Base: p, Index: t.rs, Scale: 2}
	case 3:
		return Mem{Base: p, Index: t.rs3, Scale: 1}
	default:
		return Mem{Base: p}
	}
}

// sum is the loop over k for r rows of v vectors.
func (t *tileRegs) sum(r, v int) {
	e := t.e
	label := fmt.Sprintf("sum%dx%d", r, v)
	e.Label(label)
	for j := range v {
		e.load(Mem{Base: t.b, Disp: j * e.bytes}, t.row(j), j == v-1)
	}
	for i := range r {
		pick(e, e.VBROADCASTSS, e.VBROADCASTSD)(t.at(i), t.elem())
		for j := range v {
			pick(e, e.VFMADD231PS, e.VFMADD231PD)(t.row(j), t.elem(), t.acc(i, j))
		}
	}
	for i := 0; i < r; i += 4 {
		e.ADDQ(t.cs, t.a[i/4])
	}
	e.ADDQ(t.ldb, t.b)
	e.DECQ(t.k)
	e.JNZ(LabelRef(label))
	e.JMP(LabelRef(fmt.Sprintf("store%d", v)))
}

// stores writes the rows of v vectors, the last row first.
func (t *tileRegs) stores(v int) {
	e := t.e
	e.Label(fmt.Sprintf("store%d", v))
	rows := e.Load(e.Param("rows"), e.GP64())
	c := e.Load(e.Param("c").Base(), e.GP64())
	ldc := e.stride("ldc")
	alpha, beta, x := t.row(0), t.row(1), t.elem()
	e.broadcastParam("alpha", alpha)
	e.broadcastParam("beta", beta)

	last := e.GP64() // of C's rows
	e.LEAQ(Mem{Base: rows, Disp: -1}, last)
	e.IMULQ(ldc, last)
	e.ADDQ(last, c)

	bits := e.GP64() // beta without its sign
	if e.size == 4 {
		e.MOVL(e.param("beta"), bits.As32())
		e.ADDL(bits.As32(), bits.As32())
	} else {
		e.MOVQ(e.param("beta"), bits)
		e.ADDQ(bits, bits)
	}
	e.JZ(LabelRef(fmt.Sprintf("zero%d", v)))
	t.enter(rows, "add", v)
	for i := t.mr - 1; i >= 0; i-- {
		e.Label(fmt.Sprintf("add%dx%d", i+1, v))
		for j := range v {
			m := Mem{Base: c, Disp: j * e.bytes}
			e.load(m, x, j == v-1)
			pick(e, e.VMULPS, e.VMULPD)(beta, x, x)
			pick(e, e.VFMADD231PS, e.VFMADD231PD)(alpha, t.acc(i, j), x)
			e.store(x, m, j == v-1)
		}
		e.SUBQ(ldc, c)
	}
	e.end()
	e.Label(fmt.Sprintf("zero%d", v))
	t.enter(rows, "set", v)
	for i := t.mr - 1; i >= 0; i-- {
		e.Label(fmt.Sprintf("set%dx%d", i+1, v))
		for j := range v {
			pick(e, e.VMULPS, e.VMULPD)(alpha, t.acc(i, j), x)
			e.store(x, Mem{Base: c, Disp: j * e.bytes}, j == v-1)
		}
		e.SUBQ(ldc, c)
	}
	e.end()
}

// enter jumps to the first row that there is.
func (t *tileRegs) enter(rows reg.Register, label string, v int) {
	for r := t.mr - 1; r > 0; r-- {
		t.e.CMPQ(rows, Imm(uint64(r)))
		t.e.JE(LabelRef(fmt.Sprintf("%s%dx%d", label, r, v)))
	}
}
