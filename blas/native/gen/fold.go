package main

import (
	"strconv"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func itoa(i int) string { return strconv.Itoa(i) }

// set copies y to d.
func (e *emitter) set(d reg.VecVirtual, y Op) { e.VMOVUPS(y, d) }

// fold combines the lanes of x by halves until one is left, the first.
func (e *emitter) fold(x reg.VecVirtual, op func(x, y Op) reg.VecVirtual) reg.VecVirtual {
	for bytes := e.bytes / 2; bytes >= e.size; bytes /= 2 {
		x = op(x, e.upper(x, bytes))
	}
	return x
}

// result returns the first lane. The old instruction that stores it must not meet upper halves in use.
func (e *emitter) result(x reg.VecVirtual) {
	e.VZEROUPPER()
	e.Store(x.AsX(), e.ReturnIndex(0))
	e.RET()
}

// upper moves the second of two parts of a vector to its start. What follows it does not matter.
func (e *emitter) upper(x reg.VecVirtual, bytes int) reg.VecVirtual {
	d := e.V()
	switch bytes {
	case 32:
		e.VEXTRACTF64X4(Imm(1), x, d.AsY())
	case 16:
		if e.bytes == 64 {
			e.VEXTRACTF32X4(Imm(1), x.AsY(), d.AsX())
		} else {
			e.VEXTRACTF128(Imm(1), x, d.AsX())
		}
	case 8:
		e.VPERMILPD(Imm(1), x.AsX(), d.AsX())
	case 4:
		e.VMOVSHDUP(x.AsX(), d.AsX())
	}
	return d
}
