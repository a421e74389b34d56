package main

import (
	"fmt"
	"strconv"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func itoa(i int) string { return strconv.Itoa(i) }

const foldDoc = `	var p [%[1]d]%[2]s
	for i := range x {
		p[i%%%[1]d] += %[3]s
	}
	for h := %[4]d; h > 0; h /= 2 {
		for j := range h {
			p[j] += p[j+h]
		}
	}
	return p[0]`

// reductions writes the kernels that make one number of a slice. The partial results fill 256 bytes of registers.
func reductions(e machine) {
	for _, t := range elems {
		e.of(t)
		partials := 256 / t.size
		e.begin("Sum", "x []%[1]s) (sum %[1]s", fmt.Sprintf(foldDoc, partials, t.name, "x[i]", partials/2))
		p := e.accumulate([]string{"x"}, func(p reg.VecVirtual, x []reg.VecVirtual) { e.addTo(p, x[0]) })
		e.result(e.fold(p, e.add))

		e.begin("Dot", "x, y []%[1]s) (sum %[1]s", fmt.Sprintf(foldDoc, partials, t.name, "round(x[i] * y[i])", partials/2))
		p = e.accumulate([]string{"x", "y"}, func(p reg.VecVirtual, x []reg.VecVirtual) { e.addTo(p, e.mul(x[0], x[1])) })
		e.result(e.fold(p, e.add))

		e.largest()
	}
}

// set copies y to d.
func (e *emitter) set(d reg.VecVirtual, y Op) { e.VMOVUPS(y, d) }

// accumulate runs over the slices with 256 bytes of partial results, which start as zeroes.
func (e *emitter) accumulate(sources []string, body func(p reg.VecVirtual, x []reg.VecVirtual)) []reg.VecVirtual {
	n := e.Load(e.Param(sources[0]).Len(), e.GP64())
	var src []reg.Register
	for _, s := range sources {
		src = append(src, e.Load(e.Param(s).Base(), e.GP64()))
	}
	var p []reg.VecVirtual
	for range 256 / e.bytes {
		v := e.V()
		e.zero(v)
		p = append(p, v)
	}
	step := func(i int, masked bool) {
		var x []reg.VecVirtual
		for _, s := range src {
			v := e.V()
			e.load(Mem{Base: s, Disp: i * e.bytes}, v, masked)
			x = append(x, v)
		}
		body(p[i], x)
	}
	lanes := uint64(e.lanes())
	e.Label("loop")
	e.CMPQ(n, Imm(uint64(256/e.size)))
	e.JL(LabelRef("tail"))
	for i := range p {
		step(i, false)
	}
	for _, s := range src {
		e.ADDQ(U32(256), s)
	}
	e.SUBQ(Imm(uint64(256/e.size)), n)
	e.JMP(LabelRef("loop"))
	e.Label("tail")
	for i := range p {
		e.CMPQ(n, Imm(lanes))
		e.JL(LabelRef(fmt.Sprintf("last%d", i)))
		step(i, false)
		e.SUBQ(Imm(lanes), n)
	}
	e.JMP(LabelRef("fold"))
	for i := range p {
		e.Label(fmt.Sprintf("last%d", i))
		e.setMask(n)
		step(i, true)
		if i < len(p)-1 {
			e.JMP(LabelRef("fold"))
		}
	}
	e.Label("fold")
	return p
}

// largest reads the last vector whole, even if it was partly read before: a maximum may see an element twice. A second
// register collects NaN, which the instruction for the maximum drops.
func (e *emitter) largest() {
	e.begin("Max", "x []%[1]s) (max %[1]s", "\tmax = -Inf\n\tfor i := range x {\n\t\tif x[i] > max || x[i] != x[i] {\n\t\t\tmax = x[i]\n\t\t}\n\t}\n\nfor at least "+itoa(e.lanes())+" elements, except that NaN stays.")
	src := e.Load(e.Param("x").Base(), e.GP64())
	n := e.Load(e.Param("x").Len(), e.GP64())
	last := e.GP64()
	e.LEAQ(Mem{Base: src, Index: n, Scale: uint8(e.size), Disp: -e.bytes}, last)
	m, nan := e.V(), e.V()
	e.load(Mem{Base: last}, m, false)
	e.zero(nan)
	e.where(m, unordered, m, m, nan)
	e.Label("loop")
	e.CMPQ(src, last)
	e.JGE(LabelRef("done"))
	x := e.V()
	e.load(Mem{Base: src}, x, false)
	e.where(x, unordered, x, x, nan)
	e.set(m, e.larger(m, x))
	e.ADDQ(Imm(uint64(e.bytes)), src)
	e.JMP(LabelRef("loop"))
	e.Label("done")
	e.result(e.add(e.fold([]reg.VecVirtual{m}, e.larger), e.fold([]reg.VecVirtual{nan}, e.add)))
}

// fold combines partial results by halves until one is left, in the first lane.
func (e *emitter) fold(p []reg.VecVirtual, op func(x, y Op) reg.VecVirtual) reg.VecVirtual {
	for h := len(p) / 2; h > 0; h /= 2 {
		for j := range h {
			e.set(p[j], op(p[j], p[j+h]))
		}
	}
	x := p[0]
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
