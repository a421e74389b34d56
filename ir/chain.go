package ir

import "slices"

// A chain is kept short enough that its intermediate blocks stay in the first-level cache.
const (
	maxSteps = 24
	maxLoads = 12
)

// A chain may have several results: chains that follow one another in the program and are alike but for their Back, which falls
// from one to the next, are one sweep. An engine computes a sweep in one pass over memory, and reads each element of the
// arguments before it writes that element of any result: a result may lie where an argument was. A pooling and the indices of its
// largest numbers are a sweep, too.

// beside reports whether two instructions that follow one another are of one sweep.
func (in *Instr) beside(next *Instr) bool {
	if in.Op == MaxPool && next.Op == MaxPoolIndex {
		return in.Args[0] == next.Args[0] && in.Window == next.Window && in.Act == next.Act && in.Shape.Eq(next.Shape)
	}
	return in.Op == Chain && next.Op == Chain && in.Back > next.Back && in.Shape.Eq(next.Shape) &&
		slices.Equal(in.Args, next.Args) && slices.Equal(in.Body, next.Body) && slices.EqualFunc(in.Views, next.Views, View.equal)
}

// sweep is the first and the last value that are computed in one pass with this one.
func (p *Program) sweep(id ID) (first, last ID) {
	for first = id; first > 0 && p.At(first-1).beside(p.At(first)); {
		first--
	}
	for last = id; int(last)+1 < len(p.Instrs) && p.At(last).beside(p.At(last+1)); {
		last++
	}
	return first, last
}

// Sweeps are the instructions of a group as they are computed: those of one sweep together, every other alone.
func (p *Program) Sweeps(g Group) [][]ID {
	var out [][]ID
	for i, id := range g.Instrs {
		if last := len(out) - 1; i > 0 && g.Instrs[i-1] == id-1 && p.At(id-1).beside(p.At(id)) {
			out[last] = append(out[last], id)
		} else {
			out = append(out, []ID{id})
		}
	}
	return out
}

// Result is the number of the chain's operand, arguments first and then steps, that is its value.
func (in *Instr) Result() int { return len(in.Args) + len(in.Body) - 1 - in.Back }

// Needed tells which operands of a chain, arguments first and then steps, these of its operands are computed from.
func (in *Instr) Needed(results ...int) []bool {
	n := len(in.Args)
	needed := make([]bool, n+len(in.Body))
	for _, r := range results {
		needed[r] = true
	}
	for j := len(in.Body) - 1; j >= 0; j-- {
		if s := in.Body[j]; needed[n+j] {
			needed[s.A] = true
			needed[s.B] = needed[s.B] || s.Op.Arity() == 2
		}
	}
	return needed
}

// Steps is how many steps of a chain these of its operands are computed by.
func (in *Instr) Steps(results ...int) (n int) {
	for _, needed := range in.Needed(results...)[len(in.Args):] {
		if needed {
			n++
		}
	}
	return n
}

// AsChain is an element-wise instruction that stands alone as a chain of one step.
func (p *Program) AsChain(in *Instr) *Instr {
	c := &Instr{Op: Chain, Args: in.Args, Shape: in.Shape, Body: []ScalarOp{{Op: in.Op, A: 0, B: len(in.Args) - 1}}}
	for _, s := range p.Shapes(in) {
		if len(s) == 0 {
			c.Views = append(c.Views, Broadcast(in.Shape))
		} else {
			c.Views = append(c.Views, Identity(in.Shape))
		}
	}
	return c
}

// chainBuilder collects the loads and the steps of a chain.
type chainBuilder struct {
	shape Shape
	args  []ID
	views []View
	body  []ScalarOp
}

// load makes an operand of an argument, once for all steps that read it in the same way.
func (c *chainBuilder) load(id ID, v View) int {
	for i, a := range c.args {
		if a == id && v.equal(c.views[i]) {
			return i
		}
	}
	c.args, c.views = append(c.args, id), append(c.views, v)
	return len(c.args) - 1
}

// source is what a chain of that shape reads where an op reads the value: through whatever views and reshapes stand before it, and a
// scalar for every element.
func (p *Program) source(id ID, shape Shape) (ID, View) {
	src := p.At(id)
	view := Identity(shape)
	switch {
	case src.Op == ViewOp && src.Shape.Eq(shape):
		id, view = src.Args[0], src.Views[0]
	case len(src.Shape) == 0:
		view = Broadcast(shape)
	}
	for p.At(id).Op == Reshape {
		id = p.At(id).Args[0]
	}
	return id, view
}
