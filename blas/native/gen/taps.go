package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// tapRows are how many pixels a tile of the sums has: as many as possible first, then what divides what is left well.
var tapRows = []int{6, 3, 2, 1}

const tapsDoc = `the sum of taps, channel by channel: taps has two numbers for each, its places in x and in w.

	for i := range n {
		for j := range ch {
			acc := init[i*ldi+j]
			for t := 0; t < len(taps); t += 2 {
				acc = fma(w[taps[t+1]+j], x[taps[t]+i*step+j], acc)
			}
			dst[i*ldd+j] = acc
		}
	}`

const tapsParams = "dst []%[1]s, ldd, n, ch int, init []%[1]s, ldi int, x []%[1]s, step int, w []%[1]s, taps []int"

// taps writes the kernels of convolutions in which each channel stays by itself.
func taps(e *emitter) {
	for _, e.elem = range elems {
		e.begin("Taps", tapsParams, tapsDoc)
		k := &tapsKernel{e: e}
		k.write()
		permutes(e)
	}
}

// tapsKernel is where things lie.
type tapsKernel struct {
	e                    *emitter
	dst, init, x, w      reg.Register
	n, left              reg.Register // pixels, and channels of these, that are to come
	step, step3          reg.Register // bytes
	taps                 reg.Register
	tap, count           reg.Register // the next one, and how many are left
	here, beyond, weight reg.Register // x at a tap, the same three pixels further, w at a tap
}

func (k *tapsKernel) write() {
	e := k.e
	load := func(name string) reg.Register { return e.Load(e.Param(name).Base(), e.GP64()) }
	k.dst, k.init, k.x, k.w, k.taps = load("dst"), load("init"), load("x"), load("w"), load("taps")
	k.n, k.step = e.Load(e.Param("n"), e.GP64()), e.stride("step")
	k.left, k.step3, k.tap, k.count = e.GP64(), e.GP64(), e.GP64(), e.GP64()
	k.here, k.beyond, k.weight = e.GP64(), e.GP64(), e.GP64()
	e.LEAQ(Mem{Base: k.step, Index: k.step, Scale: 2}, k.step3)
	e.Load(e.Param("ch"), k.left)
	e.ANDQ(U32(uint32(e.lanes()-1)), k.left)
	e.setMask(k.left)
	for i, rows := range tapRows {
		next := "done"
		if i+1 < len(tapRows) {
			next = fmt.Sprint("rows", tapRows[i+1])
		}
		e.Label(fmt.Sprint("rows", rows))
		e.CMPQ(k.n, Imm(uint64(rows)))
		e.JL(LabelRef(next))
		k.channels(rows)
		k.move(rows)
		e.SUBQ(Imm(uint64(rows)), k.n)
		e.JMP(LabelRef(fmt.Sprint("rows", rows)))
	}
	e.Label("done")
	e.end()
}

// channels goes over those of some pixels: two vectors at a time, then one, then a part of one.
func (k *tapsKernel) channels(rows int) {
	e := k.e
	e.Load(e.Param("ch"), k.left)
	label := func(name string, vectors int) string { return fmt.Sprintf("%s%dx%d", name, rows, vectors) }
	for vectors := 2; vectors > 0; vectors-- {
		after := label("vectors", vectors-1)
		e.Label(label("vectors", vectors))
		e.CMPQ(k.left, Imm(uint64(vectors*e.lanes())))
		e.JL(LabelRef(after))
		k.tile(rows, vectors, false, label("tap", vectors))
		for _, p := range []reg.Register{k.dst, k.init, k.x, k.w} {
			e.ADDQ(Imm(uint64(vectors*e.bytes)), p)
		}
		e.SUBQ(Imm(uint64(vectors*e.lanes())), k.left)
		e.JMP(LabelRef(label("vectors", vectors)))
	}
	e.Label(label("vectors", 0))
	e.TESTQ(k.left, k.left)
	e.JZ(LabelRef(label("end", 0)))
	k.tile(rows, 1, true, label("tap", 0))
	e.Label(label("end", 0))
}

// move goes on to the next pixels, from behind the last whole vector of channels.
func (k *tapsKernel) move(rows int) {
	e := k.e
	back, far := e.GP64(), e.GP64()
	e.Load(e.Param("ch"), back)
	e.SUBQ(k.left, back)
	e.SHLQ(Imm(pick[uint64](e, 2, 3)), back)
	for _, p := range []reg.Register{k.dst, k.init, k.x, k.w} {
		e.SUBQ(back, p)
	}
	for _, p := range []struct {
		stride string
		of     reg.Register
	}{{"ldd", k.dst}, {"ldi", k.init}, {"step", k.x}} {
		e.Load(e.Param(p.stride), far)
		e.IMUL3Q(Imm(uint64(rows*e.size)), far, far)
		e.ADDQ(far, p.of)
	}
}

// tile is the sums of some pixels and some vectors of channels.
func (k *tapsKernel) tile(rows, vectors int, masked bool, label string) {
	e := k.e
	acc := make([]reg.VecVirtual, rows*vectors)
	each := func(from reg.Register, stride string, do func(at Mem, i int)) {
		p, far := e.GP64(), e.GP64()
		e.MOVQ(from, p)
		e.Load(e.Param(stride), far)
		for r := range rows {
			if r > 0 {
				e.LEAQ(Mem{Base: p, Index: far, Scale: uint8(e.size)}, p)
			}
			for v := range vectors {
				do(Mem{Base: p, Disp: v * e.bytes}, r*vectors+v)
			}
		}
	}
	each(k.init, "ldi", func(at Mem, i int) {
		acc[i] = e.V()
		e.load(at, acc[i], masked)
	})
	e.Load(e.Param("taps").Base(), k.tap)
	e.Load(e.Param("taps").Len(), k.count)
	e.SHRQ(Imm(1), k.count)
	e.JZ(LabelRef(label + "none"))
	e.Label(label)
	e.MOVQ(Mem{Base: k.tap}, k.here)
	e.MOVQ(Mem{Base: k.tap, Disp: 8}, k.weight)
	e.LEAQ(Mem{Base: k.x, Index: k.here, Scale: uint8(e.size)}, k.here)
	e.LEAQ(Mem{Base: k.w, Index: k.weight, Scale: uint8(e.size)}, k.weight)
	if rows > 3 {
		e.LEAQ(Mem{Base: k.here, Index: k.step3, Scale: 1}, k.beyond)
	}
	w := make([]reg.VecVirtual, vectors)
	for v := range w {
		w[v] = e.V()
		e.load(Mem{Base: k.weight, Disp: v * e.bytes}, w[v], masked)
	}
	for r := range rows {
		for v := range vectors {
			at := Mem{Base: k.here, Disp: v * e.bytes}
			if r >= 3 {
				at.Base = k.beyond
			}
			if r%3 > 0 {
				at.Index, at.Scale = k.step, uint8(r%3)
			}
			if !masked {
				e.addMul(acc[r*vectors+v], w[v], at)
				continue
			}
			x := e.V()
			e.load(at, x, true)
			e.addMul(acc[r*vectors+v], w[v], x)
		}
	}
	e.ADDQ(Imm(16), k.tap)
	e.DECQ(k.count)
	e.JNZ(LabelRef(label))
	e.Label(label + "none")
	each(k.dst, "ldd", func(at Mem, i int) { e.store(acc[i], at, masked) })
}
