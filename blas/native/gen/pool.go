package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// rectifiers are what a pooling reads in the place of a number: itself, or a product with a comparison.
var rectifiers = []struct {
	name, of  string
	predicate uint64 // of 0 and x
}{
	{"", "x", 0},
	{"Less", "x·(0 < x)", less},
	{"LessEq", "x·(0 ≤ x)", lessEq},
}

const poolDoc = `the largest numbers of windows of two rows and two columns, %s in the place of x, NaN where one is:

	for i := range cols {
		for j := range ch {
			dst[i*ch+j] = larger(x[2*i*ch+j], x[(2*i+1)*ch+j], x[ld+2*i*ch+j], x[ld+(2*i+1)*ch+j])
		}
	}`

const poolGradDoc = `the gradient of %s by x: that by the result goes to the first of the largest, or of the NaNs,
times the comparison if there is one; the others of the window get 0.`

// pools writes the kernels of the poolings of 2 x 2 pixels that do not overlap.
func pools(e *emitter) {
	for _, e.elem = range elems {
		for r := range rectifiers {
			e.begin("Pool"+rectifiers[r].name, "dst, x []%[1]s, ld, ch, cols int", fmt.Sprintf(poolDoc, rectifiers[r].of))
			e.pool(r, false)
			e.begin("PoolGrad"+rectifiers[r].name, "dst, x []%[1]s, ld, ch, cols int, g []%[1]s", fmt.Sprintf(poolGradDoc, e.prefix+"Pool"+rectifiers[r].name+e.isa.name))
			e.pool(r, true)
		}
	}
}

// window is where the four numbers of a window lie, behind a pointer to each row.
type window struct{ top, bottom, ch reg.Register }

func (w window) at(i int) Mem {
	m := Mem{Base: w.top}
	if i/2 == 1 {
		m.Base = w.bottom
	}
	if i%2 == 1 {
		m.Index, m.Scale = w.ch, 1
	}
	return m
}

// pool goes from window to window, and in each from channel to channel.
func (e *emitter) pool(rectifier int, gradient bool) {
	load := func(name string) reg.Register { return e.Load(e.Param(name).Base(), e.GP64()) }
	dst, ld, ch := load("dst"), e.stride("ld"), e.stride("ch")
	x := window{load("x"), e.GP64(), ch}
	e.LEAQ(Mem{Base: x.top, Index: ld, Scale: 1}, x.bottom)
	k := &poolKernel{rectifier: rectifier, x: x, single: dst, hasGradient: gradient}
	pixels := []reg.Register{x.top, x.bottom}
	if gradient {
		k.dx, k.single = window{dst, e.GP64(), ch}, load("g")
		e.LEAQ(Mem{Base: dst, Index: ld, Scale: 1}, k.dx.bottom)
		pixels = append(pixels, k.dx.top, k.dx.bottom)
	}
	moving := append(pixels, k.single)
	k.zero, k.one = e.reg(e.rare(0)), e.reg(e.rare(1))
	cols, rest, left := e.Load(e.Param("cols"), e.GP64()), e.Load(e.Param("ch"), e.GP64()), e.GP64()
	e.ANDQ(U32(uint32(e.lanes()-1)), rest)
	e.setMask(rest)
	e.TESTQ(cols, cols)
	e.JZ(LabelRef("done"))
	e.Label("window")
	e.Load(e.Param("ch"), left)
	e.Label("vector")
	e.SUBQ(Imm(uint64(e.lanes())), left)
	e.JL(LabelRef("tail"))
	k.step(e, false)
	for _, p := range moving {
		e.ADDQ(Imm(uint64(e.bytes)), p)
	}
	e.JMP(LabelRef("vector"))
	e.Label("tail")
	e.TESTQ(rest, rest)
	e.JZ(LabelRef("next"))
	k.step(e, true)
	for _, p := range moving {
		e.LEAQ(Mem{Base: p, Index: rest, Scale: uint8(e.size)}, p)
	}
	e.Label("next")
	for _, p := range pixels {
		e.ADDQ(ch, p)
	}
	e.DECQ(cols)
	e.JNZ(LabelRef("window"))
	e.Label("done")
	e.end()
}

// poolKernel is what is the same in all steps.
type poolKernel struct {
	rectifier   int
	x, dx       window
	single      reg.Register // one row: of results, or of the gradients by them
	zero, one   Op
	hasGradient bool
}

// rectified loads number i of a window, and what it is multiplied by; nil where that is nothing.
func (e *emitter) rectified(k *poolKernel, i int, masked bool) (y, factor reg.VecVirtual) {
	v := e.V()
	e.load(k.x.at(i), v, masked)
	if rectifiers[k.rectifier].predicate == 0 {
		return v, nil
	}
	factor = e.copy(k.zero)
	e.where(k.zero, rectifiers[k.rectifier].predicate, v, k.one, factor)
	return e.mul(v, factor), factor
}

// step is one vector of channels.
func (k *poolKernel) step(e *emitter, masked bool) {
	most, _ := e.rectified(k, 0, masked)
	for i := 1; i < 4; i++ {
		y, _ := e.rectified(k, i, masked)
		most = larger(e, most, y)
	}
	if !k.hasGradient {
		e.store(most, Mem{Base: k.single}, masked)
		return
	}
	left := e.V()
	e.load(Mem{Base: k.single}, left, masked)
	for i := range 4 {
		y, factor := e.rectified(k, i, masked)
		share := e.copy(k.zero)
		e.where(y, equal, most, left, share)
		e.where(y, unordered, y, left, share)
		e.where(y, equal, most, k.zero, left)
		e.where(y, unordered, y, k.zero, left)
		if factor != nil {
			share = e.mul(share, factor)
		}
		e.store(share, k.dx.at(i), masked)
	}
}
