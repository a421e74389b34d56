package main

import "fmt"

const tapsNEONDoc = tapsDoc + `

ch is a multiple of a vector's numbers.`

// tapsNEON has the accumulators from V0 on, two vectors of w in V12 and V13, two of x in V14 and V15.
func tapsNEON(e *neon) {
	for _, t := range elems {
		e.of(t)
		e.begin("Taps", tapsParams, tapsNEONDoc)
		for _, p := range []struct{ slice, register string }{{"dst", "R0"}, {"init", "R1"}, {"x", "R2"}, {"w", "R3"}} {
			e.pointer(p.slice, p.register)
		}
		for _, p := range []struct{ name, register string }{{"step", "R4"}, {"ldd", "R7"}, {"ldi", "R8"}} {
			e.emit("MOVD %s+%d(FP), %s", p.name, e.params[p.name], p.register)
			e.emit("LSL $%d, %s, %s", pick(e, 2, 3), p.register, p.register)
		}
		e.emit("MOVD n+%d(FP), R9", e.params["n"])
		e.emit("MOVD ch+%d(FP), R10", e.params["ch"])
		for i, rows := range tapRows {
			next := "done"
			if i+1 < len(tapRows) {
				next = fmt.Sprint("rows", tapRows[i+1])
			}
			e.mark(fmt.Sprint("rows", rows))
			e.emit("CMP $%d, R9", rows)
			e.emit("BLT %s", next)
			e.tapChannels(rows)
			for _, r := range []string{"R0", "R1", "R2", "R3"} {
				e.emit("SUB R10<<%d, %s", pick(e, 2, 3), r)
			}
			for range rows {
				e.emit("ADD R7, R0")
				e.emit("ADD R8, R1")
				e.emit("ADD R4, R2")
			}
			e.emit("SUB $%d, R9", rows)
			e.emit("B rows%d", rows)
		}
		e.mark("done")
		e.end()
	}
}

// tapChannels goes over the channels of some pixels, R11 of which are to come.
func (e *neon) tapChannels(rows int) {
	e.emit("MOVD R10, R11")
	for vectors := 2; vectors > 0; vectors-- {
		here, after := fmt.Sprintf("vectors%dx%d", rows, vectors), fmt.Sprintf("vectors%dx%d", rows, vectors-1)
		e.mark(here)
		e.emit("CMP $%d, R11", vectors*e.lanes())
		e.emit("BLT %s", after)
		e.tapTile(rows, vectors)
		for _, r := range []string{"R0", "R1", "R2", "R3"} {
			e.emit("ADD $%d, %s", 16*vectors, r)
		}
		e.emit("SUB $%d, R11", vectors*e.lanes())
		e.emit("B %s", here)
	}
	e.mark(fmt.Sprintf("vectors%dx0", rows))
}

// tapTile is the sums of some pixels and some vectors of channels.
func (e *neon) tapTile(rows, vectors int) {
	s, label := e.s(), fmt.Sprintf("tap%dx%d", rows, vectors)
	list := func(first int) string {
		if vectors == 1 {
			return fmt.Sprintf("[V%d.%s]", first, s)
		}
		return fmt.Sprintf("[V%d.%s, V%d.%s]", first, s, first+1, s)
	}
	each := func(from, stride, form string) {
		e.emit("MOVD %s, R14", from)
		for r := range rows {
			e.emit(form, list(r*vectors))
			e.emit("ADD %s, R14", stride)
		}
	}
	each("R1", "R8", "VLD1 (R14), %s")
	e.pointer("taps", "R12")
	e.length("taps", "R13")
	e.emit("LSR $1, R13, R13")
	e.emit("CBZ R13, %snone", label)
	e.mark(label)
	e.emit("MOVD (R12), R14")
	e.emit("MOVD 8(R12), R15")
	e.emit("ADD R14<<%d, R2, R14", pick(e, 2, 3))
	e.emit("ADD R15<<%d, R3, R15", pick(e, 2, 3))
	e.emit("VLD1 (R15), %s", list(12))
	for r := range rows {
		e.emit("VLD1 (R14), %s", list(14))
		e.emit("ADD R4, R14")
		for v := range vectors {
			e.emit("VFMLA V%d.%s, V%d.%s, V%d.%s", 12+v, s, 14+v, s, r*vectors+v, s)
		}
	}
	e.emit("ADD $16, R12")
	e.emit("SUBS $1, R13, R13")
	e.emit("BNE %s", label)
	e.mark(label + "none")
	each("R0", "R7", "VST1 %s, (R14)")
}
