package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// mr is the number of a tile's rows, by the vectors to a row: the accumulators, a row of B and one element of A fill the
// registers. (28 rows of one vector would fit AVX-512, too, but gain only a twentieth.)
var mr = map[string][vectors + 1]int{"AVX2": {1: 12, 2: 6}, "AVX512": {1: 14, 2: 14}}

const vectors = 2 // of a row, at most

const tileDoc = `%s computes one tile of C, for k >= 1, 1 <= rows <= %d, 1 <= cols <= %d, or as
many as %d rows of %d columns:

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

const runsDoc = `%s computes one tile of C as %s does, of a sum that is cut into runs, one or more. runs
has three numbers for each: before the run a and b move by the first and the second, in elements; it then takes
as many steps as the third says, at least one. With each step it asks for the line of the cache at next, which moves
by pace bytes: it need not be there.`

// tiles writes the kernels of the matrix product, and of convolutions.
func tiles(e *emitter) {
	for _, e.elem = range elems {
		tile(e, false)
		tile(e, true)
	}
}

// tile writes a loop over k for each number of rows and of vectors to the row. The last vector is masked; AVX2, whose
// masked instructions are slow, gets loops for whole rows besides. The loops for one kind of row share the stores: row i
// of the tile lives in the same registers in all of them, and the stores run from the last row to the first.
func tile(e *emitter, runs bool) {
	mr := mr[e.isa.name]
	name, doc, sum, more := e.prefix+"gemmTile"+e.isa.name, tileDoc, ", k int", ""
	doc = fmt.Sprintf(tileDoc, name, mr[2], 2*e.lanes(), mr[1], e.lanes())
	if runs {
		plain := name
		name, sum, more = e.prefix+"runsTile"+e.isa.name, " int, runs []int", ", next *byte, pace int"
		doc = fmt.Sprintf(runsDoc, name, plain)
	}
	e.Function(name)
	e.Doc(lines(doc)...)
	e.SignatureExpr(fmt.Sprintf("func(rows, cols%[2]s, alpha %[1]s, a []%[1]s, rsA, csA int, b []%[1]s, ldb int, beta %[1]s, c []%[1]s, ldc int%[3]s)", e.elem.name, sum, more))
	e.Pragma("noescape")
	e.Attributes(attr.NOSPLIT)

	t := &tileRegs{e: e}
	rows := e.Load(e.Param("rows"), e.GP64())
	cols := e.Load(e.Param("cols"), e.GP64())
	if runs {
		t.runs, t.left = e.Load(e.Param("runs").Base(), e.GP64()), e.Load(e.Param("runs").Len(), e.GP64())
		t.k = e.GP64()
		t.next, t.pace = e.Load(e.Param("next"), e.GP64()), e.param("pace")
	} else {
		t.k = e.Load(e.Param("k"), e.GP64())
	}
	t.rs = e.stride("rsA")
	t.cs = e.stride("csA")
	t.ldb = e.stride("ldb")
	t.b = e.Load(e.Param("b").Base(), e.GP64())
	a := e.Load(e.Param("a").Base(), e.GP64())
	kinds := []width{{vectors, true}, {1, true}}
	if e.bytes == 32 {
		kinds = append(kinds, width{vectors, false})
		e.CMPQ(cols, Imm(uint64(vectors*e.lanes())))
		e.JE(LabelRef(kinds[2].label("begin")))
	}
	e.CMPQ(cols, Imm(uint64(e.lanes())))
	e.JLE(LabelRef(kinds[1].label("begin")))
	for _, w := range kinds {
		e.Label(w.label("begin"))
		if w.masked {
			e.SUBQ(Imm(uint64((w.vectors-1)*e.lanes())), cols)
			e.setMask(cols)
		}
		mr := mr[w.vectors]
		t.point(a, mr)
		for i := range mr * w.vectors {
			e.zero(e.vec(i))
		}
		for r := mr - 1; r > 0; r-- {
			e.CMPQ(rows, Imm(uint64(r)))
			e.JE(LabelRef(t.entry(r, w)))
		}
		for r := mr; r > 0; r-- {
			t.sum(r, w)
		}
		t.stores(w)
	}
}

// width is a kind of row.
type width struct {
	vectors int
	masked  bool // in the last vector
}

// last tells whether vector j is the masked one.
func (w width) last(j int) bool { return w.masked && j == w.vectors-1 }

func (w width) label(name string, row ...int) string {
	for _, r := range row {
		name += itoa(r)
	}
	name += "x" + itoa(w.vectors)
	if w.masked {
		name += "masked"
	}
	return name
}

// tileRegs says what lives where.
type tileRegs struct {
	e           *emitter
	a           []reg.Register // &a[4i*rsA]
	rs, rs3, cs reg.Register   // bytes
	b, ldb, k   reg.Register
	runs, left  reg.Register // of a sum in runs: the next one, and how many of their numbers are left
	next        reg.Register // of the same: what is asked for
	pace        Op
}

func (w width) acc(e *emitter, i, j int) Op { return e.vec(w.vectors*i + j) }
func (t *tileRegs) row(j int) Op            { return t.e.vec(t.e.regs - 4 + j) }
func (t *tileRegs) elem() Op                { return t.e.vec(t.e.regs - 2) }

// point makes one pointer to every four rows.
func (t *tileRegs) point(a reg.Register, rows int) {
	t.a, t.rs3 = []reg.Register{a}, t.e.GP64()
	t.e.LEAQ(Mem{Base: t.rs, Index: t.rs, Scale: 2}, t.rs3)
	for len(t.a)*4 < rows {
		p := t.e.GP64()
		t.e.LEAQ(Mem{Base: t.a[len(t.a)-1], Index: t.rs, Scale: 4}, p)
		t.a = append(t.a, p)
	}
}

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

// entry is where the sum for r rows begins.
func (t *tileRegs) entry(r int, w width) string {
	if t.runs != nil {
		return w.label("run", r)
	}
	return w.label("sum", r)
}

// run moves to the next run.
func (t *tileRegs) run(r int, w width) {
	e, by := t.e, t.e.GP64()
	e.Label(t.entry(r, w))
	e.MOVQ(Mem{Base: t.runs}, by)
	for i := 0; i < r; i += 4 {
		e.LEAQ(Mem{Base: t.a[i/4], Index: by, Scale: uint8(e.size)}, t.a[i/4])
	}
	e.MOVQ(Mem{Base: t.runs, Disp: 8}, by)
	e.LEAQ(Mem{Base: t.b, Index: by, Scale: uint8(e.size)}, t.b)
	e.MOVQ(Mem{Base: t.runs, Disp: 16}, t.k)
	e.ADDQ(Imm(24), t.runs)
}

// sum is the loop over k for r rows.
func (t *tileRegs) sum(r int, w width) {
	e := t.e
	if t.runs != nil {
		t.run(r, w)
	}
	label := w.label("sum", r)
	e.Label(label)
	for j := range w.vectors {
		e.load(Mem{Base: t.b, Disp: j * e.bytes}, t.row(j), w.last(j))
	}
	for i := range r {
		if w.vectors == 1 && e.bytes == 64 { // a load of its own would cost a third of the speed (EPYC 9004)
			pick(e, e.VFMADD231PS_BCST, e.VFMADD231PD_BCST)(t.at(i), t.row(0), w.acc(e, i, 0))
			continue
		}
		pick(e, e.VBROADCASTSS, e.VBROADCASTSD)(t.at(i), t.elem())
		for j := range w.vectors {
			pick(e, e.VFMADD231PS, e.VFMADD231PD)(t.row(j), t.elem(), w.acc(e, i, j))
		}
	}
	for i := 0; i < r; i += 4 {
		e.ADDQ(t.cs, t.a[i/4])
	}
	e.ADDQ(t.ldb, t.b)
	if t.runs != nil {
		e.PREFETCHT1(Mem{Base: t.next})
		e.ADDQ(t.pace, t.next)
	}
	e.DECQ(t.k)
	e.JNZ(LabelRef(label))
	if t.runs != nil {
		e.SUBQ(Imm(3), t.left)
		e.JNZ(LabelRef(t.entry(r, w)))
	}
	e.JMP(LabelRef(w.label("store")))
}

// stores writes the rows, the last one first.
func (t *tileRegs) stores(w width) {
	e := t.e
	e.Label(w.label("store"))
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
	e.JZ(LabelRef(w.label("zero")))
	t.enter(rows, "add", w)
	for i := mr[e.isa.name][w.vectors] - 1; i >= 0; i-- {
		e.Label(w.label("add", i+1))
		for j := range w.vectors {
			m := Mem{Base: c, Disp: j * e.bytes}
			e.load(m, x, w.last(j))
			pick(e, e.VMULPS, e.VMULPD)(beta, x, x)
			pick(e, e.VFMADD231PS, e.VFMADD231PD)(alpha, w.acc(e, i, j), x)
			e.store(x, m, w.last(j))
		}
		e.SUBQ(ldc, c)
	}
	e.end()
	e.Label(w.label("zero"))
	t.enter(rows, "set", w)
	for i := mr[e.isa.name][w.vectors] - 1; i >= 0; i-- {
		e.Label(w.label("set", i+1))
		for j := range w.vectors {
			pick(e, e.VMULPS, e.VMULPD)(alpha, w.acc(e, i, j), x)
			e.store(x, Mem{Base: c, Disp: j * e.bytes}, w.last(j))
		}
		e.SUBQ(ldc, c)
	}
	e.end()
}

// enter jumps to the first row that there is.
func (t *tileRegs) enter(rows reg.Register, label string, w width) {
	for r := mr[t.e.isa.name][w.vectors] - 1; r > 0; r-- {
		t.e.CMPQ(rows, Imm(uint64(r)))
		t.e.JE(LabelRef(w.label(label, r)))
	}
}
