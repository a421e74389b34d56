package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// arithmetic are the functions of one instruction.
var arithmetic = []function{
	{name: "add", sources: two, element: "x[i] + y[i]", kernel: binary(machine.add)},
	{name: "sub", sources: two, element: "x[i] - y[i]", kernel: binary(machine.sub)},
	{name: "mul", sources: two, element: "x[i] * y[i]", kernel: binary(machine.mul)},
	{name: "div", sources: two, element: "x[i] / y[i]", kernel: binary(machine.div)},
	{name: "less", sources: two, element: "1 if x[i] < y[i], else 0", kernel: test(less),
		generic: "test(func(x, y T) bool { return x < y })"},
	{name: "lessEq", sources: two, element: "1 if x[i] <= y[i], else 0", kernel: test(lessEq),
		generic: "test(func(x, y T) bool { return x <= y })"},
	{name: "equal", sources: two, element: "1 if x[i] == y[i], else 0", kernel: test(equal),
		generic: "test(func(x, y T) bool { return x == y })"},
	{name: "larger", sources: two, element: "the larger of x[i] and y[i], x[i] if it is NaN", kernel: binary(larger), generic: "larger[T]"},
	{name: "ofSame", sources: three, element: "z[i] if x[i] == y[i] or x[i] is NaN, else 0", kernel: same(true), generic: "ofSame[T]"},
	{name: "ofOther", sources: three, element: "0 if x[i] == y[i] or x[i] is NaN, else z[i]", kernel: same(false), generic: "ofOther[T]"},
	{name: "sqrt", sources: one, element: "sqrt(x[i])", doc: ", correctly rounded", kernel: unary(machine.sqrt),
		scalar: "math.Sqrt"},
}

func test(predicate uint64) algorithm {
	return binary(func(e machine, x, y Op) reg.VecVirtual { return e.test(predicate)(x, y) })
}

// larger keeps x where it is larger, or NaN: written as a comparison, for of two zeros instructions take the one or the other.
func larger(e machine, x, y Op) reg.VecVirtual {
	d := e.copy(y)
	e.where(y, less, x, x, d)
	e.where(x, unordered, x, x, d)
	return d
}

// same keeps z where x is y or NaN, or elsewhere.
func same(keep bool) algorithm {
	return func(e machine) func(x []reg.VecVirtual) reg.VecVirtual {
		zero := e.rare(0)
		return func(x []reg.VecVirtual) reg.VecVirtual {
			begin, then := e.reg(zero), Op(x[2])
			if !keep {
				begin, then = then, begin
			}
			d := e.copy(begin)
			e.where(x[0], equal, x[1], then, d)
			e.where(x[0], unordered, x[0], then, d)
			return d
		}
	}
}

func writeArithmetic(e machine) {
	for _, t := range elems {
		e.of(t)
		for _, f := range arithmetic {
			f.write(e)
		}
		e.fromBytes()
	}
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
