// Package irtest makes programs to test passes and engines with: a sample of every op (samples.go, a table beside
// ir's own), whole programs grown from these samples at random, and the comparison with the reference.
package irtest

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/stheno/stheno/ir"
)

// Gen is a builder that draws what it builds at random. The same seed gives the same program and the same numbers.
type Gen struct {
	*ir.Builder
	R  *rand.Rand
	In map[string][]float64 // the value of every input

	pool []ir.ID             // values that later instructions may read; unused by a sample that stands alone
	vals map[ir.ID][]float64 // what instructions evaluate to
}

// New starts an empty program.
func New(name string, dt ir.DType, seed uint64) *Gen {
	return &Gen{
		Builder: ir.NewBuilder(name, dt),
		R:       rand.New(rand.NewPCG(seed, 4)),
		In:      map[string][]float64{},
		vals:    map[ir.ID][]float64{},
	}
}

// Fresh adds an input with values between lo and hi. They are multiples of 1/8: exact in float32, and equal often
// enough that comparisons see ties.
func (g *Gen) Fresh(lo, hi float64, shape ...int) ir.ID {
	name := fmt.Sprintf("x%d", len(g.In))
	g.In[name] = g.numbers(lo, hi, ir.Shape(shape).Size())
	return g.Input(name, shape...)
}

func (g *Gen) numbers(lo, hi float64, n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = lo + float64(g.R.IntN(int((hi-lo)*8)+1))/8
	}
	return v
}

// Arg is a value of this shape to work on: where the program is grown, one that it has already, as it lies or
// through a reshape; else a fresh input.
func (g *Gen) Arg(shape ...int) ir.ID {
	s := ir.Shape(shape)
	var same, size []ir.ID
	for _, id := range g.pool {
		switch v := g.Shape(id); {
		case v.Eq(s):
			same = append(same, id)
		case v.Size() == s.Size():
			size = append(size, id)
		}
	}
	switch {
	case len(same) > 0 && !g.rarely():
		return g.pick(same)
	case len(size) > 0 && !g.rarely():
		return g.Builder.Reshape(g.pick(size), s...)
	case g.pool != nil && g.rarely():
		return g.Const(g.numbers(-1, 1, 1), s...)
	}
	return g.Fresh(-2, 2, s...)
}

func (g *Gen) pick(ids []ir.ID) ir.ID { return ids[g.R.IntN(len(ids))] }
func (g *Gen) coin() bool             { return g.R.IntN(2) == 0 }
func (g *Gen) rarely() bool           { return g.R.IntN(8) == 0 }

// value is what an instruction of the program so far evaluates to.
func (g *Gen) value(id ir.ID) []float64 {
	if v, ok := g.vals[id]; ok {
		return v
	}
	in := g.P.At(id)
	if in.Op == ir.Input {
		return g.In[in.Name]
	}
	args := make([][]float64, len(in.Args))
	for i, a := range in.Args {
		args[i] = g.value(a)
	}
	v, err := Eval(&g.P, id, args)
	if err != nil {
		panic(fmt.Sprintf("irtest: %s: %v", in.Describe(), err)) // our own bug: what it made has passed Infer
	}
	g.vals[id] = v
	return v
}

// Eval runs one instruction's reference kernel on the given arguments.
func Eval(p *ir.Program, id ir.ID, args [][]float64) ([]float64, error) {
	in := *p.At(id)
	alone, inputs := &ir.Program{}, map[string][]float64{}
	for i, a := range in.Args {
		name := fmt.Sprint(i)
		alone.Instrs = append(alone.Instrs, ir.Instr{Op: ir.Input, Name: name, Shape: p.At(a).Shape})
		inputs[name] = args[i]
	}
	in.Args = make([]ir.ID, len(args))
	for i := range args {
		in.Args[i] = ir.ID(i)
	}
	alone.Instrs = append(alone.Instrs, in)
	alone.Outputs = []ir.ID{ir.ID(len(args))}
	out, _, err := alone.Eval(inputs)
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

// keep lets later instructions read the value, unless it is so large or so broken that rounding in float32 would
// tell more than the program's meaning.
func (g *Gen) keep(id ir.ID) {
	for _, v := range g.value(id) {
		if !(math.Abs(v) <= 8) {
			return
		}
	}
	g.pool = append(g.pool, id)
}
