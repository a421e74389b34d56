package main

import (
	"strings"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// isa is an instruction set.
type isa struct {
	name  string // as it ends the names of kernels
	bytes int    // of a vector register
	regs  int    // vector registers
	vec   func(i int) reg.VecPhysical
}

var isas = map[string]isa{
	"avx2":   {"AVX2", 32, 16, func(i int) reg.VecPhysical { return ymm[i] }},
	"avx512": {"AVX512", 64, 32, func(i int) reg.VecPhysical { return zmm[i] }},
}

var (
	ymm = []reg.VecPhysical{reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7,
		reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13, reg.Y14, reg.Y15}
	zmm = []reg.VecPhysical{reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7,
		reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12, reg.Z13, reg.Z14, reg.Z15,
		reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23,
		reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31}
)

// elem is an element type.
type elem struct {
	prefix string // of BLAS
	name   string // in Go
	size   int    // bytes
}

var elems = []elem{{"s", "float32", 4}, {"d", "float64", 8}}

func (t elem) wide() bool { return t.size == 8 }

// emitter writes instructions for one instruction set and, at a time, one element type.
type emitter struct {
	*build.Context
	isa
	elem
	mask  operand.Op             // of the lanes in a last, partial vector
	masks operand.Mem            // see maskTable
	data  map[string]operand.Mem // see bits
}

func newEmitter(file string) *emitter {
	c := build.NewContext()
	c.ConstraintExpr("amd64")
	return &emitter{Context: c, isa: isas[file[strings.LastIndex(file, "_")+1:]], data: map[string]operand.Mem{}}
}

func (e *emitter) of(t elem) { e.elem = t }

// lanes is the number of elements in a vector.
func (e *emitter) lanes() int { return e.bytes / e.size }

// pick chooses between the forms of an instruction for float32 and float64.
func pick[F any](e interface{ wide() bool }, s, d F) F {
	if e.wide() {
		return d
	}
	return s
}
