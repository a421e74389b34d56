package main

import (
	"math"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// bytesNEON is the number of bytes that fromBytes takes at a time.
const bytesNEON = 16

// fromBytes takes 16 bytes at a time, and their products with 1/255 as the sum of two numbers: so rounded, they are the
// quotients of all bytes.
func (e *neon) fromBytes() {
	e.begin("FromBytes", "dst []%[1]s, src []byte", "\tfor i := range dst[:len(dst)/16*16] {\n\t\tdst[i] = "+e.elem.name+"(src[i]) / 255\n\t}")
	inverse := 1.0 / 255
	if !e.wide() {
		inverse = float64(float32(inverse))
	}
	missing, _ := zero().Sub(zero().Quo(num(1), num(255)), num(inverse)).Float64()
	hi, lo := e.constant(inverse), e.constant(missing)
	e.pointer("dst", "R0")
	e.length("dst", "R1")
	e.pointer("src", "R2")
	e.emit("SUBS $16, R1, R1")
	e.emit("BLT done")
	e.loop("loop", func() {
		parts := e.widen(e.widen([]reg.VecVirtual{e.at("R2", 0)}, "B16", "B8", "H8"), "H8", "H4", "S4")
		if e.wide() {
			parts = e.widen(parts, "S4", "S2", "D2")
		}
		for i, x := range parts {
			x = e.apply(ucvtf, x)
			q := e.mul(x, lo)
			e.addMul(q, x, hi)
			e.emit("FMOVQ F%v, %d(R0)", q, 16*i)
		}
		e.step(1, "R2")
		e.step(len(parts), "R0")
		e.emit("SUBS $16, R1, R1")
		e.emit("BGE loop")
	})
	e.mark("done")
	e.end()
}

// widen makes two vectors of each: of its lower half and of its upper half.
func (e *neon) widen(parts []reg.VecVirtual, whole, half, to string) (wider []reg.VecVirtual) {
	for _, x := range parts {
		lower, upper := e.V(), e.V()
		e.emit("VUXTL V%v.%s, V%v.%s", x, half, lower, to)
		e.emit("VUXTL2 V%v.%s, V%v.%s", x, whole, upper, to)
		wider = append(wider, lower, upper)
	}
	return wider
}

// softmax walks over each row three times, with R0 and R2 at its start, R3 columns and R4 elements left.
func (e *neon) softmax() {
	e.begin("Softmax", "dst, x []%[1]s, cols int", softmaxDoc)
	exp, least := newExpBelow(e), e.rare(math.Inf(-1))
	e.pointer("dst", "R0")
	e.pointer("x", "R2")
	e.emit("MOVD cols+%d(FP), R3", e.params["cols"])
	e.length("dst", "R4")
	e.emit("CBZ R4, done")
	e.loop("row", func() {
		m := e.copy(least)
		e.row("max", "R2", "", least, func(x reg.VecVirtual) reg.VecVirtual {
			e.word(fmax, m, m, x)
			return nil
		})
		m = e.spread(e.fold(m, e.larger))

		total := e.copy(literal(0))
		e.row("exp", "R2", "R6", least, func(x reg.VecVirtual) reg.VecVirtual {
			x = exp(x, m)
			e.addTo(total, x)
			return x
		})
		total = e.spread(e.fold(total, e.add))

		e.row("div", "R0", "R6", literal(0), func(x reg.VecVirtual) reg.VecVirtual { return e.div(x, total) })
		e.emit("ADD R3<<%d, R0", pick(e, 2, 3))
		e.emit("ADD R3<<%d, R2", pick(e, 2, 3))
		e.emit("SUBS R3, R4, R4")
		e.emit("BGT row")
	})
	e.mark("done")
	e.end()
}

// row walks over the row that starts at r; dst is R6, which starts with dst's row, or none.
func (e *neon) row(label, r, dst string, other Op, body func(x reg.VecVirtual) reg.VecVirtual) {
	e.emit("MOVD R3, R1")
	e.emit("MOVD " + r + ", R5")
	if dst != "" {
		e.emit("MOVD R0, " + dst)
	}
	e.walk(label, []string{"R5"}, dst, other, func(x []reg.VecVirtual) reg.VecVirtual { return body(x[0]) })
}

// spread copies the first lane to all.
func (e *neon) spread(x reg.VecVirtual) reg.VecVirtual {
	d := e.V()
	e.emit("VDUP V%v.%s[0], V%v.%s", x, e.s()[:1], d, e.s())
	return d
}
