package cpu

import "github.com/stheno/stheno/ir"

// chainKernel runs the steps of a chain over blocks. An argument that lies as the results do is read in place, and a result is
// computed where it lies; every other operand has a block of scratch memory.
func chainKernel[T float](c *compiler[T], in *ir.Instr, results []result[T]) kernel {
	l := newChainLayout(c, in, results)
	block, inner := c.engine.plan.block, inner(in.Shape)
	args := make([]rows[T], len(in.Args))
	for i, a := range in.Args {
		args[i] = c.rows(a)
		args[i].row = inner // also where it has another shape
	}
	x := &chainRun[T]{chainLayout: l, args: args, inner: inner, block: block, scratch: c.scratch(l.slots.top * block)}
	if in.Shape.Rows() == 1 {
		work := (len(l.calls) + len(l.each)) * inner * stepCost
		c.cutAlone(in, work, (inner+block-1)/block, c.engine.plan.finer, func(worker, lo, hi int) {
			x.run(worker, 0, 1, lo*block, min(hi*block, inner))
		})
	}
	return func(worker, lo, hi int) { x.run(worker, lo, hi, lo*inner, hi*inner) }
}

// stepCost is the work of a step on an element, in multiplications of a product: for where a chain of one row is cut.
const stepCost = 8

// chainRun is a chain with its memory.
type chainRun[T float] struct {
	*chainLayout[T]
	args    []rows[T]
	inner   int // elements of a row
	block   int
	scratch func(worker int) []T
}

// run goes over elements from to end of rows lo to hi.
func (x *chainRun[T]) run(worker, lo, hi, from, end int) {
	mem, first := x.scratch(worker), lo*x.inner
	var at, whole [maxOperands][]T // whole: the rows of arguments in place, and of results
	for i := range x.args {
		if x.inPlace[i] {
			whole[i] = x.args[i].of(worker, lo, hi)
		}
	}
	for _, results := range [...][]result[T]{x.direct, x.late} {
		for i := range results {
			whole[results[i].operand] = results[i].out.of(worker, lo, hi)
		}
	}
	for _, u := range x.uniform {
		u.load(mem[x.slot[u.operand]*x.block:][:min(x.block, end-from)], 0)
	}
	for ; from < end; from += x.block {
		n := min(x.block, end-from)
		for i := range x.slot {
			if s := x.slot[i]; s >= 0 {
				at[i] = mem[s*x.block:][:n]
			} else if i < len(x.args) && x.inPlace[i] {
				at[i] = whole[i][from-first:][:n]
			}
		}
		for _, r := range x.direct {
			at[r.operand] = whole[r.operand][from-first:][:n]
		}
		for _, b := range x.each {
			b.load(at[b.operand], from)
		}
		for k := range x.calls {
			f := &x.calls[k]
			f.f(at[f.dst], at[f.a], at[f.b])
		}
		for _, r := range x.late {
			copy(whole[r.operand][from-first:][:n], at[r.operand])
		}
	}
}

// result is an operand of a chain that is kept, and where.
type result[T float] struct {
	operand int
	out     rows[T]
}

// bring is how an operand comes into its block.
type bring[T float] struct {
	operand int
	load    load[T]
}

// call is a step.
type call[T float] struct {
	f         func(dst, a, b []T)
	dst, a, b int
}

// chainLayout says where the operands of a chain are while it runs. What the results do not need is left out.
type chainLayout[T float] struct {
	slot    []int      // block in the scratch memory of each operand; -1 where it has none
	inPlace []bool     // arguments that are read where they lie
	uniform []bring[T] // loads that are the same for all blocks
	each    []bring[T] // loads of each block
	calls   []call[T]
	direct  []result[T]
	late    []result[T] // those that lie where an argument is still read when they are computed
	slots   slots
}

func newChainLayout[T float](c *compiler[T], in *ir.Instr, results []result[T]) *chainLayout[T] {
	args := c.args(in)
	l := &chainLayout[T]{slot: make([]int, len(args)+len(in.Body)), inPlace: make([]bool, len(args))}
	var kept []int
	for _, r := range results {
		kept = append(kept, r.operand)
	}
	needed := in.Needed(kept...)
	for i := range args {
		l.slot[i] = -1
		if l.inPlace[i] = in.Views[i].IsIdentity(in.Shape); l.inPlace[i] || !needed[i] {
			continue
		}
		l.slot[i] = l.slots.take()
		b := bring[T]{i, loader(args[i], in.Views[i], in.Shape)}
		if in.Views[i].IsScalar(in.Shape) {
			l.uniform = append(l.uniform, b)
		} else {
			l.each = append(l.each, b)
		}
	}
	last := lastReads(in, needed)
	direct := map[int]bool{}
	for _, r := range results {
		if c.overwrites(in, r, last) {
			l.late = append(l.late, r)
			last[r.operand] = len(in.Body)
		} else {
			l.direct = append(l.direct, r)
			direct[r.operand] = true
		}
	}
	for j, s := range in.Body {
		n := len(args) + j
		if l.slot[n] = -1; !needed[n] {
			continue
		}
		if !direct[n] {
			l.slot[n] = l.slots.take()
		}
		l.calls = append(l.calls, call[T]{vector[T](s.Op), n, s.A, s.B})
		for o := len(args); o < n; o++ { // loads stay for the whole block; steps end with their last reader
			if last[o] == j && l.slot[o] >= 0 {
				l.slots.give(l.slot[o])
			}
		}
	}
	return l
}

// overwrites tells whether a result lies where an argument is that a later step reads.
func (c *compiler[T]) overwrites(in *ir.Instr, r result[T], last []int) bool {
	for i, a := range in.Args {
		if arg := c.rows(a); arg.same(&r.out) && last[i] > r.operand-len(in.Args) {
			return true
		}
	}
	return false
}

// maxOperands bounds the loads and steps of one chain; it is above what ir.FuseChains makes.
const maxOperands = 64

// lastReads gives, for each operand of a chain, the last needed step that reads it; -1 where none does.
func lastReads(in *ir.Instr, needed []bool) []int {
	last := make([]int, len(needed))
	for o := range last {
		last[o] = -1
	}
	for j, s := range in.Body {
		if needed[len(in.Args)+j] {
			last[s.A] = j
			if s.Op.Arity() == 2 {
				last[s.B] = j
			}
		}
	}
	return last
}

// slots hands out numbered blocks of scratch.
type slots struct {
	free []int
	top  int
}

func (s *slots) take() int {
	if n := len(s.free); n > 0 {
		slot := s.free[n-1]
		s.free = s.free[:n-1]
		return slot
	}
	s.top++
	return s.top - 1
}

func (s *slots) give(slot int) { s.free = append(s.free, slot) }
