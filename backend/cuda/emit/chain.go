package emit

import (
	"fmt"

	"github.com/stheno/stheno/ir"
)

// result is a value that a chain keeps: its memory and the number of the operand.
type result struct {
	id      ir.ID
	operand int
}

// results are those of a sweep, of which in is one.
func (e *emitter) results(sweep []ir.ID, in *ir.Instr) []result {
	if len(sweep) == 1 {
		return []result{{sweep[0], in.Result()}}
	}
	var out []result
	for _, id := range sweep {
		out = append(out, result{id, e.p.At(id).Result()})
	}
	return out
}

// chainTask computes rows of an element-wise program, or of a view, which is one without steps: a thread an element, all
// intermediates in registers; or a thread some elements at a time, where a block has so many, whose reads wait for memory together.
func (e *emitter) chainTask(sweep []ir.ID, in *ir.Instr, rows int) task {
	inner := in.Shape.Size() / rows
	results := e.results(sweep, in)
	return func(w *ptx, lo, hi string) {
		from, end := w.compute("mad.lo.u32", lo, inner, threadIndex), w.compute("mul.lo.u32", hi, inner)
		if rows > 1 && inner*tileRows > block {
			e.elements(w, results, in, from, end, min(ceil(inner*tileRows, block), mostAtOnce))
		}
		e.elements(w, results, in, from, end, 1)
	}
}

// mostAtOnce is how many elements a thread computes at a time, at most.
const mostAtOnce = 4

// elements computes n elements of each thread at a time, a block apart, from the one in a register on, as long as all n are there.
// All is read before anything is written: a result may lie where an argument was.
func (e *emitter) elements(w *ptx, results []result, in *ir.Instr, from, end string, n int) {
	loop, done := w.mark(), w.mark()
	w.label(loop)
	at := make([]*element, n)
	for u := range at {
		at[u] = &element{ptx: w, shape: in.Shape, index: from, at: map[string]string{}}
		if u > 0 {
			at[u].index = w.compute("add.u32", from, u*block)
		}
	}
	w.jump("ge", at[n-1].index, end, done)
	operands := make([]int, len(results))
	for i, r := range results {
		operands[i] = r.operand
	}
	needed := in.Needed(operands...)
	for _, c := range at {
		for i, a := range in.Args {
			if src := e.p.At(a); !needed[i] {
				c.values = append(c.values, "")
			} else if src.Op == ir.Const && len(src.Data) == 1 {
				c.values = append(c.values, w.immediate(src.Data[0]))
			} else {
				c.values = append(c.values, c.load(a, in.Views[i]))
			}
		}
	}
	for _, c := range at {
		for j, s := range in.Body {
			if needed[len(in.Args)+j] {
				c.values = append(c.values, c.step(s))
			} else {
				c.values = append(c.values, "")
			}
		}
		for _, r := range results {
			w.line("st.global.%s [%s], %s", w.typ(), w.element(r.id, c.index), c.values[r.operand])
		}
	}
	w.line("add.u32 %s, %s, %d", from, from, n*block)
	w.line("bra %s", loop)
	w.label(done)
}

// element writes what one thread does for one element.
type element struct {
	*ptx
	shape  ir.Shape
	index  string            // register of the element's number
	values []string          // registers of the chain's operands: arguments, then steps
	at     map[string]string // views whose index is computed already
}

// load reads the element of an argument through its view.
func (c *element) load(id ir.ID, v ir.View) string {
	at, reg := c.element(id, c.source(v)), c.number()
	c.line("ld.global.%s %s, [%s]", c.typ(), reg, at)
	return reg
}

// source is the index that a view reads for the element. Dimensions that one stride walks through count as one.
func (c *element) source(v ir.View) string {
	if v.IsIdentity(c.shape) {
		return c.index
	}
	if reg, ok := c.at[v.String()]; ok {
		return reg
	}
	dims := joined(c.shape, v)
	sum, rest := c.compute("mov.u32", v.Offset), c.index
	for i := len(dims) - 1; i >= 0; i-- {
		if dims[i].stride != 0 {
			position := rest
			if i > 0 {
				position = c.compute("rem.u32", rest, dims[i].size)
			}
			sum = c.compute("mad.lo.u32", position, dims[i].stride, sum)
		}
		if i > 1 || i == 1 && dims[0].stride != 0 {
			rest = c.compute("div.u32", rest, dims[i].size)
		}
	}
	c.at[v.String()] = sum
	return sum
}

type dim struct{ size, stride int }

// joined are the dimensions of a view, outermost first.
func joined(s ir.Shape, v ir.View) []dim {
	var out []dim
	for i, size := range s {
		stride := v.Strides[i]
		if size == 1 {
			continue
		}
		if last := len(out) - 1; last >= 0 && out[last].stride == stride*size {
			out[last] = dim{out[last].size * size, stride}
			continue
		}
		out = append(out, dim{size, stride})
	}
	return out
}

// instructions are the ops that PTX has, rounded as IEEE 754 asks.
var instructions = map[ir.Op]string{ir.Add: "add.rn", ir.Sub: "sub.rn", ir.Mul: "mul.rn", ir.Div: "div.rn", ir.Sqrt: "sqrt.rn"}

// comparisons give 1 or 0; with a NaN they give 0.
var comparisons = map[ir.Op]string{ir.Less: "lt", ir.LessEq: "le", ir.Equal: "eq"}

func (c *element) step(s ir.ScalarOp) string {
	a, b := c.values[s.A], c.values[s.B]
	reg := c.number()
	if name, ok := instructions[s.Op]; ok {
		if s.Op.Arity() == 1 {
			c.line("%s.%s %s, %s", name, c.typ(), reg, a)
		} else {
			c.line("%s.%s %s, %s, %s", name, c.typ(), reg, a, b)
		}
	} else if name, ok := comparisons[s.Op]; ok {
		one, zero := c.immediate(1), c.immediate(0)
		c.line("setp.%s.%s %%p0, %s, %s", name, c.typ(), a, b)
		c.line("selp.%s %s, %s, %s, %%p0", c.typ(), reg, one, zero)
	} else if functions()[s.Op] {
		bits := 8 * c.dt.Bytes()
		c.call(fmt.Sprintf("%v_%s", s.Op, c.typ()), reg, []argument{{bits, a}, {bits, b}}[:s.Op.Arity()])
	} else {
		panic("cuda: no instruction for " + s.Op.String()) // our own bug: Has says that there is one
	}
	return reg
}
