package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// pointer loads the start of a slice.
func (e *neon) pointer(slice, r string) {
	e.emit("MOVD %s_base+%d(FP), %s", slice, e.params[slice], r)
}

// pointers puts the starts of slices into R2 and what follows.
func (e *neon) pointers(slices []string) (registers []string) {
	for i, s := range slices {
		r := fmt.Sprintf("R%d", 2+i)
		e.pointer(s, r)
		registers = append(registers, r)
	}
	return registers
}

// length loads the length of a slice.
func (e *neon) length(slice, r string) {
	e.emit("MOVD %s_len+%d(FP), %s", slice, e.params[slice]+8, r)
}

// at reads the i-th vector behind r.
func (e *neon) at(r string, i int) reg.VecVirtual {
	v := e.V()
	e.emit("FMOVQ %d(%s), F%v", 16*i, r, v)
	return v
}

// step moves on by n vectors.
func (e *neon) step(n int, registers ...string) {
	for _, r := range registers {
		e.emit("ADD $%d, %s", 16*n, r)
	}
}

// rest reads the last R1 elements, fewer than a vector; the other lanes are those of a constant.
func (e *neon) rest(r string, other Op) reg.VecVirtual {
	v := e.copy(other)
	e.lanewise(r, func(lane int) { e.emit("VLD1.P %d(R8), V%v.%s[%d]", e.size, v, e.s()[:1], lane) })
	return v
}

// storeRest writes the first R1 elements of a vector.
func (e *neon) storeRest(v reg.VecVirtual, r string) {
	e.lanewise(r, func(lane int) { e.emit("VST1.P V%v.%s[%d], %d(R8)", v, e.s()[:1], lane, e.size) })
}

// lanewise moves each of the first R1 lanes, with R8 behind r.
func (e *neon) lanewise(r string, move func(lane int)) {
	e.emit("MOVD " + r + ", R8")
	done := e.fork()
	for lane := range e.lanes() - 1 {
		if lane == 1 {
			e.emit("CMP $2, R1")
			e.emit("BLT " + done)
		} else if lane == 2 {
			e.emit("BEQ " + done)
		}
		move(lane)
	}
	if e.lanes() > 2 {
		e.mark(done)
	}
}

// each writes the loop over the elements of slices that have the length of dst. body gets a vector of each source and
// returns what dst gets.
func (e *neon) each(sources []string, body func(x []reg.VecVirtual) reg.VecVirtual) {
	e.pointer("dst", "R0")
	e.length("dst", "R1")
	e.walk("", e.pointers(sources), "R0", literal(0), body)
}

// walk runs over R1 elements: some vectors at a time, then one, then a partial one, whose other lanes are those of a
// constant. What body returns goes to dst, if there is one.
func (e *neon) walk(label string, src []string, dst string, other Op, body func(x []reg.VecVirtual) reg.VecVirtual) {
	moving := src
	if dst != "" {
		moving = append(src[:len(src):len(src)], dst)
	}
	step := func(read func(r string) reg.VecVirtual, store func(v reg.VecVirtual)) {
		var x []reg.VecVirtual
		for _, r := range src {
			x = append(x, read(r))
		}
		if v := body(x); dst != "" {
			store(v)
		}
	}
	for _, n := range e.unroll {
		loop, tail := fmt.Sprintf("%sloop%d", label, n), fmt.Sprintf("%stail%d", label, n)
		e.emit("SUBS $%d, R1, R1", n*e.lanes())
		e.emit("BLT " + tail)
		e.loop(loop, func() {
			for i := range n {
				step(func(r string) reg.VecVirtual { return e.at(r, i) },
					func(v reg.VecVirtual) { e.emit("FMOVQ F%v, %d(%s)", v, 16*i, dst) })
			}
			e.step(n, moving...)
			e.emit("SUBS $%d, R1, R1", n*e.lanes())
			e.emit("BGE " + loop)
		})
		e.mark(tail)
		e.emit("ADDS $%d, R1, R1", n*e.lanes())
	}
	e.emit("BEQ " + label + "done")
	step(func(r string) reg.VecVirtual { return e.rest(r, other) }, func(v reg.VecVirtual) { e.storeRest(v, dst) })
	e.mark(label + "done")
}

// fold combines the lanes of x by halves until one is left, the first.
func (e *neon) fold(x reg.VecVirtual, op func(x, y Op) reg.VecVirtual) reg.VecVirtual {
	for bytes := 8; bytes >= e.size; bytes /= 2 {
		upper := e.V()
		e.emit("VEXT $%d, V%v.B16, V%v.B16, V%v.B16", bytes, x, x, upper)
		x = op(x, upper)
	}
	return x
}

// result returns the first lane.
func (e *neon) result(x reg.VecVirtual) {
	e.emit("%s F%v, %s+%d(FP)", pick(e, "FMOVS", "FMOVD"), x, e.returned, e.params[e.returned])
	e.end()
}
