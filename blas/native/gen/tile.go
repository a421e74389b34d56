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

const runsDoc = `%s computes a tileSum of at most as many rows and columns as %s. With each step it asks for the
line of the cache at next, which moves by pace bytes: it need not be there.`

const copyDoc = `%s computes a tileSum of %d rows and %d columns whose rsA is 1. It does not ask for anything: it copies as many
elements of a from each step on as there are columns, side by side, to next. There must be so many.`

// sumFields are where kernels find the fields of a tileSum, of which slices take three words.
var sumFields = map[string]int{
	"rows": 0, "cols": 8, "runs": 16, "runsLen": 24, "a": 40, "rsA": 64, "csA": 72, "b": 80, "ldb": 104, "c": 112, "ldc": 136,
	"next": 144, "pace": 152, "onto": 160,
}

// tiles writes the kernels of the matrix product, and of convolutions.
func tiles(e *emitter) {
	for _, e.elem = range elems {
		tile(e, plain)
		tile(e, inRuns)
		tile(e, copying)
	}
}

// kind is a kind of kernel.
type kind int

const (
	plain   kind = iota
	inRuns       // of a sum that is cut into runs
	copying      // of the same, for whole tiles
)

// tile writes a loop over k for each number of rows and of vectors to the row. The last vector is masked; AVX2, whose
// masked instructions are slow, gets loops for whole rows besides. The loops for one kind of row share the stores: row i
// of the tile lives in the same registers in all of them, and the stores run from the last row to the first.
func tile(e *emitter, kind kind) {
	t, mr := &tileRegs{e: e}, mr[e.isa.name]
	t.function(kind)
	rows, cols := t.load("rows"), t.load("cols")
	if kind == plain {
		t.k = t.load("k")
	} else {
		t.runs, t.left, t.k = t.load("runs"), t.load("runsLen"), e.GP64()
		t.next = t.load("next")
	}
	if kind == inRuns {
		t.pace = t.load("pace")
	}
	t.rs, t.cs, t.ldb = t.stride("rsA"), t.stride("csA"), t.stride("ldb")
	t.b = t.load("b")
	a := t.load("a")
	if kind == copying {
		w := width{vectors, false}
		t.begin(a, w)
		t.sum(mr[vectors], w)
		t.stores(w)
		return
	}
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
		t.begin(a, w)
		t.enter(rows, w, func(r int) string { return t.entry(r, w) })
		for r := mr[w.vectors]; r > 0; r-- {
			t.sum(r, w)
		}
		t.stores(w)
	}
}

// function begins a kernel.
func (t *tileRegs) function(kind kind) {
	e, mr := t.e, mr[t.e.isa.name]
	names := [...]string{"gemmTile", "runsTile", "copyTile"}
	for i := range names {
		names[i] = e.prefix + names[i] + e.isa.name
	}
	docs := [...]string{
		fmt.Sprintf(tileDoc, names[plain], mr[vectors], vectors*e.lanes(), mr[1], e.lanes()),
		fmt.Sprintf(runsDoc, names[inRuns], names[plain]),
		fmt.Sprintf(copyDoc, names[copying], mr[vectors], vectors*e.lanes()),
	}
	e.Function(names[kind])
	e.Doc(lines(docs[kind])...)
	if kind == plain {
		e.SignatureExpr(fmt.Sprintf("func(rows, cols, k int, alpha %[1]s, a []%[1]s, rsA, csA int, b []%[1]s, ldb int, beta %[1]s, c []%[1]s, ldc int)", e.elem.name))
	} else {
		e.SignatureExpr("func(sum *byte)")
	}
	e.Pragma("noescape")
	e.Attributes(attr.NOSPLIT)
	if kind != plain {
		t.fields, t.copies = e.Load(e.Param("sum"), e.GP64()), kind == copying
	}
}

// arg is where an argument lies; of a slice its first element's address.
func (t *tileRegs) arg(name string) Mem {
	if t.fields != nil {
		return Mem{Base: t.fields, Disp: sumFields[name]}
	}
	p := t.e.Param(name)
	if len(name) == 1 && name != "k" {
		p = p.Base()
	}
	return t.e.at(p)
}

func (t *tileRegs) load(name string) reg.Register {
	r := t.e.GP64()
	t.e.MOVQ(t.arg(name), r)
	return r
}

// stride loads a distance in elements as one in bytes.
func (t *tileRegs) stride(name string) reg.Register {
	r := t.load(name)
	t.e.inBytes(r)
	return r
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
	next, pace  reg.Register // of the same: what is asked for
	fields      reg.Register // of the same: the tileSum
	copies      bool         // of what is read, to next
}

func (w width) acc(e *emitter, i, j int) Op { return e.vec(w.vectors*i + j) }
func (t *tileRegs) row(j int) Op            { return t.e.vec(t.e.regs - 4 + j) }
func (t *tileRegs) elem() Op                { return t.e.vec(t.e.regs - 2) }

// begin points to A and clears the sums.
func (t *tileRegs) begin(a reg.Register, w width) {
	rows := mr[t.e.isa.name][w.vectors]
	t.point(a, rows)
	for i := range rows * w.vectors {
		t.e.zero(t.e.vec(i))
	}
}

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
	e, by := t.e, t.k // which is not needed yet
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
	for j := 0; t.copies && j < w.vectors; j++ {
		e.load(Mem{Base: t.a[0], Disp: j * e.bytes}, t.elem(), false)
		e.store(t.elem(), Mem{Base: t.next, Disp: j * e.bytes}, false)
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
	switch {
	case t.copies:
		e.ADDQ(Imm(uint64(w.vectors*e.bytes)), t.next)
	case t.runs != nil:
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
	if t.fields != nil { // the sums needed its register
		t.fields = e.Load(e.Param("sum"), e.GP64())
	}
	rows, c, ldc := t.load("rows"), t.load("c"), t.stride("ldc")
	last := e.GP64() // of C's rows
	e.LEAQ(Mem{Base: rows, Disp: -1}, last)
	e.IMULQ(ldc, last)
	e.ADDQ(last, c)
	each := func(label string, body func(acc Op, m Mem, masked bool)) {
		t.enter(rows, w, func(r int) string { return w.label(label, r) })
		for i := mr[e.isa.name][w.vectors] - 1; i >= 0; i-- {
			e.Label(w.label(label, i+1))
			for j := range w.vectors {
				body(w.acc(e, i, j), Mem{Base: c, Disp: j * e.bytes}, w.last(j))
			}
			e.SUBQ(ldc, c)
		}
		e.end()
	}
	alpha, beta, x := t.row(0), t.row(1), t.elem()
	if t.fields != nil {
		e.CMPQ(t.arg("onto"), Imm(0))
		e.JE(LabelRef(w.label("zero")))
		each("add", func(acc Op, m Mem, masked bool) {
			e.load(m, x, masked)
			pick(e, e.VADDPS, e.VADDPD)(acc, x, x)
			e.store(x, m, masked)
		})
		e.Label(w.label("zero"))
		each("set", e.store)
		return
	}
	e.broadcastParam("alpha", alpha)
	e.broadcastParam("beta", beta)
	bits := e.GP64() // beta without its sign
	if e.size == 4 {
		e.MOVL(e.param("beta"), bits.As32())
		e.ADDL(bits.As32(), bits.As32())
	} else {
		e.MOVQ(e.param("beta"), bits)
		e.ADDQ(bits, bits)
	}
	e.JZ(LabelRef(w.label("zero")))
	each("add", func(acc Op, m Mem, masked bool) {
		e.load(m, x, masked)
		pick(e, e.VMULPS, e.VMULPD)(beta, x, x)
		pick(e, e.VFMADD231PS, e.VFMADD231PD)(alpha, acc, x)
		e.store(x, m, masked)
	})
	e.Label(w.label("zero"))
	each("set", func(acc Op, m Mem, masked bool) {
		pick(e, e.VMULPS, e.VMULPD)(alpha, acc, x)
		e.store(x, m, masked)
	})
}

// enter jumps to what is there for so many rows; most often there are as many as can be.
func (t *tileRegs) enter(rows reg.Register, w width, label func(rows int) string) {
	most := mr[t.e.isa.name][w.vectors]
	for r := most; r > 0; r-- {
		t.e.CMPQ(rows, Imm(uint64(r)))
		t.e.JE(LabelRef(label(r)))
	}
}
