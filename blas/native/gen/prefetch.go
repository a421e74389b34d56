package main

import (
	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/operand"
)

// prefetch writes the function of that name, which every amd64 has.
func prefetch(e *emitter) {
	e.Function("prefetch")
	e.Doc("prefetch has the memory bring two lines of the cache at each of count places, at least one, that are step bytes apart, and",
		"does not wait. The places need not be there.")
	e.SignatureExpr("func(at *byte, count, step int)")
	e.Attributes(attr.NOSPLIT)
	at, count, step := e.Load(e.Param("at"), e.GP64()), e.Load(e.Param("count"), e.GP64()), e.Load(e.Param("step"), e.GP64())
	e.Label("next")
	e.PREFETCHT1(Mem{Base: at})
	e.PREFETCHT1(Mem{Base: at, Disp: 64})
	e.ADDQ(step, at)
	e.DECQ(count)
	e.JNZ(LabelRef("next"))
	e.RET()
}
