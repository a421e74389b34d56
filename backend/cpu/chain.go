package cpu

import "github.com/stheno/stheno/ir"

// single is an element-wise instruction as a chain of one step.
func single(p *ir.Program, in *ir.Instr) *ir.Instr {
	c := &ir.Instr{Op: ir.Chain, Args: in.Args, Shape: in.Shape}
	for _, s := range p.Shapes(in) {
		if len(s) == 0 {
			c.Views = append(c.Views, ir.Broadcast(in.Shape))
		} else {
			c.Views = append(c.Views, ir.Identity(in.Shape))
		}
	}
	c.Body = []ir.Step{{Op: in.Op, A: 0, B: len(in.Args) - 1}}
	return c
}

// load brings elements [lo, lo+len(dst)) of an argument into dst.
type load[T float] func(dst []T, lo int)

// chainKernel runs the steps of a chain over blocks. An argument that lies as the result does is read in place;
// any other is first brought into a block.
func chainKernel[T float](c *compiler[T], in *ir.Instr, out []T) kernel {
	args, block := c.args(in), c.engine.plan.block
	loads := make([]load[T], len(args))
	slot := make([]int, len(args)+len(in.Body)) // block in the scratch of each operand; -1 for one read in place
	free := newSlots()
	for i := range args {
		slot[i] = -1
		if !in.Views[i].IsIdentity(in.Shape) {
			loads[i] = loader(args[i], in.Views[i], in.Shape)
			slot[i] = free.take()
		}
	}
	type call struct {
		f         func(dst, a, b []T)
		dst, a, b int
	}
	last := lastReads(in)
	calls := make([]call, len(in.Body))
	for j, s := range in.Body {
		n := len(args) + j
		slot[n] = free.take()
		calls[j] = call{vector[T](s.Op), n, s.A, s.B}
		for o := len(args); o < n; o++ { // loads stay for the whole block; steps end with their last reader
			if last[o] == j {
				free.give(slot[o])
			}
		}
	}
	inner := 1
	if rows := in.Shape.Rows(); rows > 0 {
		inner = in.Shape.Size() / rows
	}
	scratch := c.scratch(free.top * block)
	result := len(slot) - 1
	return func(worker, lo, hi int) {
		mem := scratch(worker)
		var at [maxOperands][]T
		for from := lo * inner; from < hi*inner; from += block {
			n := min(block, hi*inner-from)
			for i := range args {
				if slot[i] < 0 {
					at[i] = args[i][from : from+n]
					continue
				}
				at[i] = mem[slot[i]*block:][:n]
				loads[i](at[i], from)
			}
			for o := len(args); o < result; o++ {
				at[o] = mem[slot[o]*block:][:n]
			}
			at[result] = out[from : from+n]
			for k := range calls {
				f := &calls[k]
				f.f(at[f.dst], at[f.a], at[f.b])
			}
		}
	}
}

// maxOperands bounds the loads and steps of one chain; it is above what ir.FuseChains makes.
const maxOperands = 64

// lastReads gives, for each operand of a chain, the last step that reads it.
func lastReads(in *ir.Instr) []int {
	last := make([]int, len(in.Args)+len(in.Body))
	for j, s := range in.Body {
		last[s.A], last[s.B] = j, j
	}
	return last
}

// slots hands out numbered blocks of scratch.
type slots struct {
	free []int
	top  int
}

func newSlots() *slots { return &slots{} }

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

// loader chooses how to read an argument: one value everywhere, a run that repeats (a bias over rows), values that
// are each repeated (a factor for each row), or any strides.
func loader[T float](src []T, v ir.View, shape ir.Shape) load[T] {
	if shape.Size() == 0 {
		return func([]T, int) {}
	}
	if v.IsScalar(shape) {
		return func(dst []T, _ int) {
			x := src[v.Offset]
			for i := range dst {
				dst[i] = x
			}
		}
	}
	cut := 0 // leading dimensions that the argument does not have
	for cut < len(shape) && (v.Strides[cut] == 0 || shape[cut] == 1) {
		cut++
	}
	tail := shape[cut:]
	if (ir.View{Strides: v.Strides[cut:]}).IsIdentity(tail) {
		run := src[v.Offset : v.Offset+tail.Size()]
		return func(dst []T, lo int) {
			for at := lo % len(run); len(dst) > 0; at = 0 {
				n := copy(dst, run[at:])
				dst = dst[n:]
			}
		}
	}
	end := len(shape) // trailing dimensions that the argument does not have
	for end > 0 && (v.Strides[end-1] == 0 || shape[end-1] == 1) {
		end--
	}
	head := shape[:end]
	if (ir.View{Strides: v.Strides[:end]}).IsIdentity(head) {
		each := shape[end:].Size()
		src := src[v.Offset:]
		return func(dst []T, lo int) {
			row, skip := lo/each, lo%each
			for len(dst) > 0 {
				n := min(each-skip, len(dst))
				x := src[row]
				for i := range dst[:n] {
					dst[i] = x
				}
				dst, row, skip = dst[n:], row+1, 0
			}
		}
	}
	return func(dst []T, lo int) { gather(dst, src, v, shape, lo) }
}

// gather reads a strided view element by element, from element lo of the result on.
func gather[T float](dst, src []T, v ir.View, shape ir.Shape, lo int) {
	var at [8]int
	pos := at[:]
	if len(shape) > len(pos) {
		pos = make([]int, len(shape))
	}
	from := v.Offset
	for d := len(shape) - 1; d >= 0; d-- {
		pos[d] = lo % shape[d]
		lo /= shape[d]
		from += pos[d] * v.Strides[d]
	}
	for i := range dst {
		dst[i] = src[from]
		for d := len(shape) - 1; d >= 0; d-- {
			pos[d]++
			from += v.Strides[d]
			if pos[d] < shape[d] {
				break
			}
			from -= pos[d] * v.Strides[d]
			pos[d] = 0
		}
	}
}

// viewKernel moves elements into another order.
func viewKernel[T float](c *compiler[T], in *ir.Instr, out []T) kernel {
	src := c.mem[in.Args[0]]
	inner := 1
	if rows := in.Shape.Rows(); rows > 0 {
		inner = in.Shape.Size() / rows
	}
	bring := loader(src, in.Views[0], in.Shape)
	return func(_, lo, hi int) { bring(out[lo*inner:hi*inner], lo*inner) }
}
