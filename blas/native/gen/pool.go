package main

import (
	"fmt"
	"strings"

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

const poolIndexDoc = `what %s gives, and which of the four is the first of the largest, or of the NaNs: 0 to 3, plus 4 where
the comparison, if there is one, is 0 for it.`

const unpoolDoc = `each number of g at one of the four places of its window, which the index says; 0 at the others. Indices
from 4 on say the place plus 4, for a number times 0. The first place is

	dst[2*i*ch+j] = g[i*ch+j] if index[i*ch+j] is 0, 0*g[i*ch+j] if it is 4, else 0`

// pools writes the kernels of the poolings of 2 x 2 pixels that do not overlap.
func pools(e *emitter) {
	for _, e.elem = range elems {
		for r := range rectifiers {
			name := "Pool" + rectifiers[r].name
			e.begin(name, "dst, x []%[1]s, ld, ch, cols int", fmt.Sprintf(poolDoc, rectifiers[r].of))
			e.pool(&poolKernel{rectifier: r, pixels: "x", singles: []string{"dst"}, step: (*poolKernel).largest})
			e.begin(strings.Replace(name, "Pool", "PoolIndex", 1), "dst, index, x []%[1]s, ld, ch, cols int", fmt.Sprintf(poolIndexDoc, e.prefix+name+e.isa.name))
			e.pool(&poolKernel{rectifier: r, pixels: "x", singles: []string{"dst", "index"}, step: (*poolKernel).largest})
		}
		e.begin("Unpool", "dst, index, g []%[1]s, ld, ch, cols int", unpoolDoc)
		e.pool(&poolKernel{pixels: "dst", singles: []string{"g", "index"}, step: (*poolKernel).unpool})
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

// poolKernel is a kernel that goes from window to window, and in each from channel to channel.
type poolKernel struct {
	rectifier int
	pixels    string   // the parameter with two rows of pixels
	singles   []string // those with one number a window
	step      func(k *poolKernel, e *emitter, masked bool)

	window    window
	single    []reg.Register
	zero, one Op
	four      Op
	places    [4]Op // their numbers, plus 4 where there is a rectifier
}

func (e *emitter) pool(k *poolKernel) {
	load := func(name string) reg.Register { return e.Load(e.Param(name).Base(), e.GP64()) }
	ld, ch := e.stride("ld"), e.stride("ch")
	k.window = window{load(k.pixels), e.GP64(), ch}
	e.LEAQ(Mem{Base: k.window.top, Index: ld, Scale: 1}, k.window.bottom)
	pixels := []reg.Register{k.window.top, k.window.bottom}
	for _, name := range k.singles {
		k.single = append(k.single, load(name))
	}
	moving := append(pixels, k.single...)
	k.numbers(e)
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
	k.step(k, e, false)
	for _, p := range moving {
		e.ADDQ(Imm(uint64(e.bytes)), p)
	}
	e.JMP(LabelRef("vector"))
	e.Label("tail")
	e.TESTQ(rest, rest)
	e.JZ(LabelRef("next"))
	k.step(k, e, true)
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

// numbers brings constants into registers.
func (k *poolKernel) numbers(e *emitter) {
	k.zero, k.one = e.reg(e.rare(0)), e.reg(e.rare(1))
	if len(k.singles) == 1 {
		return
	}
	k.four = e.reg(e.rare(4))
	for i := range k.places {
		k.places[i] = e.rare(float64(i))
		if rectifiers[k.rectifier].predicate != 0 {
			k.places[i] = e.rare(float64(i + 4))
		}
	}
}

// rectified loads number i of a window, and what it is multiplied by; nil where that is nothing.
func (k *poolKernel) rectified(e *emitter, i int, masked bool) (y, factor reg.VecVirtual) {
	v := e.V()
	e.load(k.window.at(i), v, masked)
	if rectifiers[k.rectifier].predicate == 0 {
		return v, nil
	}
	factor = e.copy(k.zero)
	e.where(k.zero, rectifiers[k.rectifier].predicate, v, k.one, factor)
	return e.mul(v, factor), factor
}

// largest is one vector of channels. The index is found from the last place to the first.
func (k *poolKernel) largest(e *emitter, masked bool) {
	var y, factor [4]reg.VecVirtual
	y[0], factor[0] = k.rectified(e, 0, masked)
	most := y[0]
	for i := 1; i < 4; i++ {
		y[i], factor[i] = k.rectified(e, i, masked)
		most = larger(e, most, y[i])
	}
	e.store(most, Mem{Base: k.single[0]}, masked)
	if len(k.single) == 1 {
		return
	}
	index := e.copy(k.zero)
	for i := 3; i >= 0; i-- {
		if e.bytes < 64 { // so many registers there are not
			y[i], factor[i] = k.rectified(e, i, masked)
		}
		place := e.copy(k.places[i])
		if factor[i] != nil {
			e.subMul(place, factor[i], k.four)
		}
		e.where(y[i], equal, most, place, index)
		e.where(y[i], unordered, y[i], place, index)
	}
	e.store(index, Mem{Base: k.single[1]}, masked)
}

// unpool is one vector of channels.
func (k *poolKernel) unpool(e *emitter, masked bool) {
	g, index := e.V(), e.V()
	e.load(Mem{Base: k.single[0]}, g, masked)
	e.load(Mem{Base: k.single[1]}, index, masked)
	nothing, place := e.mul(g, k.zero), e.sub(index, k.four)
	e.where(k.four, lessEq, index, nothing, g)
	e.where(k.four, lessEq, index, place, index)
	for i := range 4 {
		share := e.copy(k.zero)
		e.where(index, equal, k.places[i], g, share)
		e.store(share, k.window.at(i), masked)
	}
}
