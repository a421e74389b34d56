package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// arithmetic writes the element-wise kernels of one instruction.
func arithmetic(e machine) {
	for _, t := range elems {
		e.of(t)
		for _, f := range []struct {
			name, doc string
			body      func(x, y Op) reg.VecVirtual
		}{
			{"Add", "x[i] + y[i]", e.add},
			{"Sub", "x[i] - y[i]", e.sub},
			{"Mul", "x[i] * y[i]", e.mul},
			{"Div", "x[i] / y[i]", e.div},
			{"Less", "1 if x[i] < y[i], else 0", e.test(less)},
			{"LessEq", "1 if x[i] <= y[i], else 0", e.test(lessEq)},
			{"Equal", "1 if x[i] == y[i], else 0", e.test(equal)},
		} {
			e.begin(f.name, "dst, x, y []%[1]s", loopDoc(f.doc))
			e.each([]string{"x", "y"}, func(x []reg.VecVirtual) reg.VecVirtual { return f.body(x[0], x[1]) })
		}
		e.begin("Sqrt", unaryParams, loopDoc("sqrt(x[i])"))
		e.each([]string{"x"}, func(x []reg.VecVirtual) reg.VecVirtual { return e.sqrt(x[0]) })
		e.fromBytes()
	}
}

func loopDoc(element string) string {
	return "\tfor i := range dst {\n\t\tdst[i] = " + element + "\n\t}"
}

// fromBytes reads whole vectors only: there are no masks for bytes in AVX2.
func (e *emitter) fromBytes() {
	e.begin("FromBytes", "dst []%[1]s, src []byte", "\tfor i := range dst[:len(dst)/"+itoa(e.lanes())+"*"+itoa(e.lanes())+"] {\n\t\tdst[i] = "+e.elem.name+"(src[i]) / 255\n\t}")
	most := e.constant(255)
	dst := e.Load(e.Param("dst").Base(), e.GP64())
	n := e.Load(e.Param("dst").Len(), e.GP64())
	src := e.Load(e.Param("src").Base(), e.GP64())
	e.SUBQ(Imm(uint64(e.lanes())), n)
	e.JL(LabelRef("done"))
	e.Label("loop")
	e.store(e.div(e.fromInts(Mem{Base: src}), most), Mem{Base: dst}, false)
	e.ADDQ(Imm(uint64(e.lanes())), src)
	e.ADDQ(Imm(uint64(e.bytes)), dst)
	e.SUBQ(Imm(uint64(e.lanes())), n)
	e.JGE(LabelRef("loop"))
	e.Label("done")
	e.end()
}

// fromInts widens bytes to a vector of floating-point numbers.
func (e *emitter) fromInts(bytes Mem) reg.VecVirtual {
	d := e.V()
	if e.size == 4 {
		i := e.V()
		e.VPMOVZXBD(bytes, i)
		e.VCVTDQ2PS(i, d)
		return d
	}
	var i Op = e.XMM()
	if e.bytes == 64 {
		i = e.YMM()
	}
	e.VPMOVZXBD(bytes, i)
	e.VCVTDQ2PD(i, d)
	return d
}
