package main

import (
	"strings"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// gather multiplies packed rows of A by a tile of B. Two rows of C at a time stay in registers, so that there are sums
// enough to hide the latency of adding to one.
func gather(e *emitter, w int) {
	e.beginWide("Gather", w, gatherDoc)
	s := e.newSegments(w)
	var sums [2][]reg.VecVirtual
	for r := range sums {
		sums[r] = e.vectors(w)
	}
	if len(sums[0])+len(sums[1]) > e.regs-4 {
		s.eachRow(sums[0], true, func(x reg.VecVirtual, tile Mem) { e.addProducts(sums[0], x, tile) })
		return
	}
	// Pairs of rows: as many elements as both have, and the rest of the longer one.
	e.Label("pair")
	e.CMPQ(s.rows, Imm(2))
	e.JL(LabelRef("single"))
	i, end, k, last, both := e.GP64(), e.GP64(), e.GP64(), e.GP64(), e.GP64()
	for n, r := range []reg.Register{i, end, k, last} {
		e.MOVLQSX(Mem{Base: s.bounds, Disp: 4 * n}, r)
	}
	e.move(true, Mem{Base: s.c}, sums[0])
	e.move(true, Mem{Base: s.c, Disp: w * e.bytes}, sums[1])
	e.MOVQ(end, both) // both = i + min(end-i, last-k)
	other := e.GP64()
	e.MOVQ(last, other)
	e.SUBQ(k, other)
	e.ADDQ(i, other)
	e.CMPQ(other, both)
	e.CMOVQLT(other, both)
	e.CMPQ(i, both)
	e.JGE(LabelRef("rest0"))
	e.Label("both")
	for r, at := range []reg.Register{i, k} {
		x, tile := s.element(at)
		e.addProducts(sums[r], x, tile)
	}
	e.INCQ(k)
	e.INCQ(i)
	e.CMPQ(i, both)
	e.JL(LabelRef("both"))
	for r, at := range []reg.Register{i, k} {
		e.Label("rest" + itoa(r))
		e.CMPQ(at, []reg.Register{end, last}[r])
		e.JGE(LabelRef("rest" + itoa(r+1)))
		x, tile := s.element(at)
		e.addProducts(sums[r], x, tile)
		e.INCQ(at)
		e.JMP(LabelRef("rest" + itoa(r)))
	}
	e.Label("rest2")
	e.move(false, Mem{Base: s.c}, sums[0])
	e.move(false, Mem{Base: s.c, Disp: w * e.bytes}, sums[1])
	e.ADDQ(U32(uint32(2*w*e.bytes)), s.c)
	e.ADDQ(Imm(16), s.bounds)
	e.SUBQ(Imm(2), s.rows)
	e.JMP(LabelRef("pair"))
	e.Label("single")
	s.eachRow(sums[0], true, func(x reg.VecVirtual, tile Mem) { e.addProducts(sums[0], x, tile) })
}

const scatterDoc = `	for r := range rows {
		for i := bounds[2*r]; i < bounds[2*r+1]; i++ {
			for j := range WIDTH {
				tile[cols[i]*WIDTH+j] = fma(vals[i], c[r*WIDTH+j], tile[cols[i]*WIDTH+j])
			}
		}
	}`

// scatter is gather for A transposed: it adds to the tile. A row of c stays in registers.
func scatter(e *emitter, w int) {
	e.beginWide("Scatter", w, scatterDoc)
	c := e.vectors(w)
	e.newSegments(w).eachRow(c, false, func(x reg.VecVirtual, tile Mem) {
		for j, v := range c {
			at := tile.Offset(j * e.bytes)
			sum := e.V()
			e.load(at, sum, false)
			e.addMul(sum, x, v)
			e.store(sum, at, false)
		}
	})
}

// beginWide starts a kernel on tiles of w vectors to the row. The comment of the narrowest one says it all.
func (e *emitter) beginWide(name string, w int, doc string) {
	if w > 1 {
		doc = e.prefix + name + "1" + e.isa.name + " for rows of WIDTH elements."
	}
	e.begin(name+itoa(w), sparseParams, strings.ReplaceAll(doc, "WIDTH", itoa(w*e.lanes())))
}

func (e *emitter) vectors(n int) []reg.VecVirtual {
	var v []reg.VecVirtual
	for range n {
		v = append(v, e.V())
	}
	return v
}

// addProducts adds x times a row of a tile to the sums.
func (e *emitter) addProducts(sums []reg.VecVirtual, x reg.VecVirtual, tile Mem) {
	for j, v := range sums {
		e.addMul(v, x, tile.Offset(j*e.bytes))
	}
}

// move loads or stores neighbouring vectors.
func (e *emitter) move(load bool, at Mem, regs []reg.VecVirtual) {
	for j, v := range regs {
		if m := at.Offset(j * e.bytes); load {
			e.load(m, v, false)
		} else {
			e.store(v, m, false)
		}
	}
}

const sparseParams = "c, tile []%[1]s, rows int, bounds []int32, vals []%[1]s, cols []int32"

// segments are the registers of a loop over packed rows.
type segments struct {
	e                                 *emitter
	w                                 int
	c, tile, rows, bounds, vals, cols reg.Register
}

func (e *emitter) newSegments(w int) *segments {
	return &segments{e, w, e.Load(e.Param("c").Base(), e.GP64()), e.Load(e.Param("tile").Base(), e.GP64()),
		e.Load(e.Param("rows"), e.GP64()), e.Load(e.Param("bounds").Base(), e.GP64()),
		e.Load(e.Param("vals").Base(), e.GP64()), e.Load(e.Param("cols").Base(), e.GP64())}
}

// element is packed element i, in all lanes, and the row of the tile that belongs to it.
func (s *segments) element(i reg.Register) (reg.VecVirtual, Mem) {
	e := s.e
	x, at := e.V(), e.GP64()
	e.MOVLQSX(Mem{Base: s.cols, Index: i, Scale: 4}, at)
	e.IMUL3Q(U32(uint32(s.w*e.bytes)), at, at)
	pick(e, e.VBROADCASTSS, e.VBROADCASTSD)(Mem{Base: s.vals, Index: i, Scale: uint8(e.size)}, x)
	return x, Mem{Base: s.tile, Index: at, Scale: 1}
}

// eachRow writes the loops over rows and over the elements of each, up to the function's end. A row of c is loaded before
// its elements, and stored after them if they change it.
func (s *segments) eachRow(c []reg.VecVirtual, changed bool, body func(x reg.VecVirtual, tile Mem)) {
	e := s.e
	e.TESTQ(s.rows, s.rows)
	e.JZ(LabelRef("done"))
	e.Label("row")
	i, end := e.GP64(), e.GP64()
	e.MOVLQSX(Mem{Base: s.bounds}, i)
	e.MOVLQSX(Mem{Base: s.bounds, Disp: 4}, end)
	e.CMPQ(i, end)
	e.JGE(LabelRef("next"))
	e.move(true, Mem{Base: s.c}, c)
	e.Label("element")
	body(s.element(i))
	e.INCQ(i)
	e.CMPQ(i, end)
	e.JL(LabelRef("element"))
	if changed {
		e.move(false, Mem{Base: s.c}, c)
	}
	e.Label("next")
	e.ADDQ(U32(uint32(s.w*e.bytes)), s.c)
	e.ADDQ(Imm(8), s.bounds)
	e.DECQ(s.rows)
	e.JNZ(LabelRef("row"))
	e.Label("done")
	e.end()
}
