package main

import "strings"

// The tile of NEON has 8 rows of two vectors, of which each register holds a part: one accumulator to each vector.
const (
	rowsNEON    = 8
	vectorsNEON = 2
)

const sumsDoc = `	for i := range 8 {
		row := a[min(i, rows-1)*rsA:]
		for j := range NR {
			acc[i*NR+j] = 0
			for p := range k {
				acc[i*NR+j] = fma(row[p*csA], b[p*ldb+j], acc[i*NR+j])
			}
		}
	}`

// tilesNEON writes the sums of a tile, which Go then stores. Registers are fixed: acc is R0, k R1, B R2 and the bytes
// between its rows R3, the bytes between elements of a row of A R4, the rows of A R8 to R15.
func tilesNEON(e *neon) {
	for _, t := range elems {
		e.of(t)
		nr := itoa(vectorsNEON * e.lanes())
		e.beginTile("Sums", strings.ReplaceAll(sumsDoc, "NR", nr))
		e.sums()
		e.beginTile("Column", "the loop of "+t.prefix+"SumsNEON for j = 0 alone.")
		e.column()
	}
}

// beginTile loads the arguments. Rows that the tile does not have become its last one: they are summed up, but the caller
// drops them.
func (e *neon) beginTile(name, doc string) {
	e.begin(name, "acc []%[1]s, rows, k int, a []%[1]s, rsA, csA int, b []%[1]s, ldb int", doc)
	e.pointer("acc", "R0")
	e.pointer("b", "R2")
	e.pointer("a", "R8")
	for _, p := range []struct{ name, register string }{{"k", "R1"}, {"ldb", "R3"}, {"csA", "R4"}, {"rows", "R5"}, {"rsA", "R6"}} {
		e.emit("MOVD %s+%d(FP), %s", p.name, e.params[p.name], p.register)
	}
	for _, r := range []string{"R3", "R4", "R6"} {
		e.emit("LSL $%d, %s, %s", pick(e, 2, 3), r, r)
	}
	for i := 1; i < rowsNEON; i++ {
		e.emit("SUBS $1, R5, R5")
		e.emit("CSEL GT, R6, ZR, R7")
		e.emit("ADD R7, R%d, R%d", 7+i, 8+i)
	}
}

// sums has the accumulators in V0 to V15, a row of B in V16 and V17, elements of A from V18 on.
func (e *neon) sums() {
	s, accumulators := e.s(), rowsNEON*vectorsNEON
	for i := range accumulators {
		e.emit("VEOR V%d.B16, V%d.B16, V%d.B16", i, i, i)
	}
	e.loop("loop", func() {
		e.emit("VLD1 (R2), [V16.%s, V17.%s]", s, s)
		e.emit("ADD R3, R2, R2")
		for i := range rowsNEON {
			e.emit("VLD1R.P (R%d)(R4), [V%d.%s]", 8+i, 18+i, s)
		}
		for i := range accumulators {
			e.emit("VFMLA V%d.%s, V%d.%s, V%d.%s", 18+i/vectorsNEON, s, 16+i%vectorsNEON, s, i, s)
		}
		e.emit("SUBS $1, R1, R1")
		e.emit("BNE loop")
	})
	for i := 0; i < accumulators; i += 4 {
		e.emit("VST1.P [V%d.%s, V%d.%s, V%d.%s, V%d.%s], 64(R0)", i, s, i+1, s, i+2, s, i+3, s)
	}
	e.end()
}

// column has the accumulators in F0 to F7, b[p] in F16, an element of A in F17.
func (e *neon) column() {
	move := pick(e, "FMOVS", "FMOVD")
	for i := range rowsNEON {
		e.emit("VEOR V%d.B16, V%d.B16, V%d.B16", i, i, i)
	}
	e.loop("loop", func() {
		e.emit("%s (R2), F16", move)
		e.emit("ADD R3, R2, R2")
		for i := range rowsNEON {
			e.emit("%s (R%d), F17", move, 8+i)
			e.emit("ADD R4, R%d, R%d", 8+i, 8+i)
			e.emit("%s F16, F%d, F17, F%d", pick(e, "FMADDS", "FMADDD"), i, i)
		}
		e.emit("SUBS $1, R1, R1")
		e.emit("BNE loop")
	})
	for i := range rowsNEON {
		e.emit("%s F%d, %d(R0)", move, i, 16*vectorsNEON*i)
	}
	e.end()
}
