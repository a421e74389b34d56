package ir

// A chain is kept short enough that its intermediate blocks stay in the first-level cache.
const (
	maxSteps = 24
	maxLoads = 12
)

// FuseChains makes one pass over memory of each tree of element-wise ops: every intermediate that is read once
// disappears, and broadcasts, transposes and reshapes of the arguments become the way they are read.
func FuseChains(p *Program) *Program {
	return rewriteUses(p, func(q *Program, _ ID, in Instr, single func(ID) bool) ID {
		if !in.Op.Elementwise() {
			return q.emit(in)
		}
		c := chainBuilder{p: q, shape: in.Shape}
		operands := make([]int, len(in.Args))
		for i, a := range in.Args {
			operands[i] = c.operand(a, single(a), len(in.Args)-i)
		}
		c.body = append(c.body, Step{Op: in.Op, A: operands[0], B: operands[len(operands)-1]})
		return q.emit(c.instr())
	})
}

// chainBuilder collects loads and steps. While it builds, step j is numbered -1-j, because the number of loads
// that come before the steps is not known yet.
type chainBuilder struct {
	p     *Program
	shape Shape
	args  []ID
	views []View
	body  []Step
}

// operand makes an argument available: inlined where it is a chain that nobody else reads, else as a load.
// It leaves room for the loads and the step that are still to come.
func (c *chainBuilder) operand(id ID, single bool, pending int) int {
	src := c.p.At(id)
	if src.Op == Chain && single && src.Shape.Eq(c.shape) &&
		len(c.body)+len(src.Body) < maxSteps && len(c.args)+len(src.Args)+pending <= maxLoads {
		return c.inline(src)
	}
	return c.load(id)
}

func (c *chainBuilder) inline(src *Instr) int {
	at := make([]int, 0, len(src.Args)+len(src.Body))
	for i, a := range src.Args {
		at = append(at, c.loadView(a, src.Views[i]))
	}
	for _, s := range src.Body {
		c.body = append(c.body, Step{Op: s.Op, A: at[s.A], B: at[s.B]})
		at = append(at, -len(c.body))
	}
	return at[len(at)-1]
}

// load reads a value of the chain's shape, or a scalar, through whatever views and reshapes stand before it.
func (c *chainBuilder) load(id ID) int {
	src := c.p.At(id)
	view := Identity(c.shape)
	switch {
	case src.Op == ViewOp && src.Shape.Eq(c.shape):
		id, view = src.Args[0], src.Views[0]
	case len(src.Shape) == 0:
		view = Broadcast(c.shape)
	}
	for c.p.At(id).Op == Reshape {
		id = c.p.At(id).Args[0]
	}
	return c.loadView(id, view)
}

func (c *chainBuilder) loadView(id ID, v View) int {
	for i, a := range c.args {
		if a == id && v.String() == c.views[i].String() {
			return i
		}
	}
	c.args = append(c.args, id)
	c.views = append(c.views, v)
	return len(c.args) - 1
}

func (c *chainBuilder) instr() Instr {
	number := func(i int) int {
		if i < 0 {
			return len(c.args) - 1 - i
		}
		return i
	}
	body := make([]Step, len(c.body))
	for i, s := range c.body {
		body[i] = Step{Op: s.Op, A: number(s.A), B: number(s.B)}
	}
	return Instr{Op: Chain, Args: c.args, Views: c.views, Body: body, Shape: c.shape}
}
