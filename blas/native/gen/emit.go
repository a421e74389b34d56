package main

import (
	"strings"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/gotypes"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func lines(s string) []string { return strings.Split(s, "\n") }

// describe is the comment of a kernel; doc is the loop that it stands for, or words.
func describe(name, doc string) []string {
	if strings.HasPrefix(doc, "\t") {
		return lines(name + " is\n\n" + doc)
	}
	return lines(name + " is " + doc)
}

// stride loads a distance in elements as one in bytes.
func (e *emitter) stride(name string) reg.Register {
	r := e.GP64()
	e.Load(e.Param(name), r)
	e.inBytes(r)
	return r
}

// inBytes makes bytes of elements.
func (e *emitter) inBytes(r reg.Register) { e.SHLQ(Imm(map[int]uint64{4: 2, 8: 3}[e.size]), r) }

func (e *emitter) zero(v Op) {
	if e.bytes == 64 {
		e.VPXORD(v, v, v)
	} else {
		e.VXORPS(v, v, v)
	}
}

// param is where an argument lies.
func (e *emitter) param(name string) Mem { return e.at(e.Param(name)) }

// at is where a parameter or a part of one lies.
func (e *emitter) at(p gotypes.Component) Mem {
	b, err := p.Resolve()
	if err != nil {
		panic(err) // our own bug: the kernel has no such parameter
	}
	return b.Addr
}

func (e *emitter) broadcastParam(name string, v Op) {
	pick(e, e.VBROADCASTSS, e.VBROADCASTSD)(e.param(name), v)
}

// setMask sets the mask to the first n lanes, 0 <= n <= lanes.
func (e *emitter) setMask(n reg.Register) {
	if e.bytes == 64 {
		bits := e.GP64()
		e.MOVQ(I64(-1), bits)
		e.BZHIQ(n, bits, bits)
		k := e.K()
		e.KMOVW(bits.As32(), k)
		e.mask = k
		return
	}
	// A window on as many ones and then zeroes.
	table, p := e.maskTable(), e.GP64()
	e.LEAQ(table.Offset(e.bytes), p)
	offset := e.GP64()
	e.MOVQ(n, offset)
	e.SHLQ(Imm(map[int]uint64{4: 2, 8: 3}[e.size]), offset)
	e.SUBQ(offset, p)
	m := e.V()
	e.VMOVUPS(Mem{Base: p}, m)
	e.mask = m
}

// maskTable is one vector of ones and one of zeroes.
func (e *emitter) maskTable() Mem {
	if e.masks.Base == nil {
		e.masks = e.StaticGlobal("lanes" + e.isa.name)
		e.DataAttributes(attr.RODATA | attr.NOPTR)
		for i := range 2 * e.bytes / 8 {
			word := U64(0)
			if i < e.bytes/8 {
				word = ^word
			}
			e.AddDatum(8*i, word)
		}
	}
	return e.masks
}

// load reads a vector; the lanes that the mask hides become zero.
func (e *emitter) load(m Mem, v Op, masked bool) {
	switch {
	case !masked:
		pick(e, e.VMOVUPS, e.VMOVUPD)(m, v)
	case e.bytes == 64:
		pick(e, e.VMOVUPS_Z, e.VMOVUPD_Z)(m, e.mask, v)
	default:
		pick(e, e.VMASKMOVPS, e.VMASKMOVPD)(m, e.mask, v)
	}
}

// store writes a vector, or the lanes of it that the mask shows.
func (e *emitter) store(v Op, m Mem, masked bool) {
	if !masked {
		pick(e, e.VMOVUPS, e.VMOVUPD)(v, m)
	} else if e.bytes == 64 {
		pick(e, e.VMOVUPS, e.VMOVUPD)(v, e.mask, m)
	} else {
		pick(e, e.VMASKMOVPS, e.VMASKMOVPD)(v, e.mask, m)
	}
}

// end returns to Go, whose own code is slow while the upper halves of the registers are in use.
func (e *emitter) end() {
	e.VZEROUPPER()
	e.RET()
}
