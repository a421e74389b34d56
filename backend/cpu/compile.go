package cpu

import (
	"fmt"
	"time"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/blas/native"
	"github.com/stheno/stheno/internal/memory"
	"github.com/stheno/stheno/ir"
)

// kernel computes rows lo to hi of one instruction's value. worker numbers the scratch memory that it may use.
type kernel func(worker, lo, hi int)

// exec is a compiled program.
type exec[T float] struct {
	pool     *pool
	phases   []*phase
	copies   []func()
	outputs  []*buffer[T]
	steps    []step
	arena    []T
	scratch  [][]T // of each worker
	integers [][]int32
	skips    []*skipper[T]
	prepared []*preparation
	weights  []*weights[T]
	sides    []*side[T] // that are inputs
	rows     []*oneRow[T]
	local    [][]T   // of each worker: values that live for a strip
	failed   failure // of a host function
	tell     func(output int)
	last     []int // outputs that are told when all is done
}

// phase is what can run at the same time.
type phase struct {
	job      job
	parallel bool
	made     []*made // by its groups
}

// step is a stage with all rows of its group, for Profile.
type step struct {
	stage
	rows int
}

// elementCost is what one element-wise operation costs, in multiplications of a product: it moves memory, a product
// hardly does.
const elementCost = 16

// mostBlocks bounds the pieces of a group.
func (c *compiler[T]) mostBlocks(g ir.Group) int {
	cut := c.engine.plan
	most, least := min(cut.mostTasks, g.Rows), 1
	for _, id := range g.Instrs {
		in := c.p.At(id)
		if !ofImages(in) {
			least = cut.minRows
		}
		switch {
		case !c.large(in):
		case c.packed[in] != nil:
			most = min(most, max(2, g.Rows/cut.sharedRows))
		default:
			most = min(most, max(2, g.Rows/cut.tallRows))
		}
	}
	return min(most, g.Rows/least)
}

// ofImages tells whether an instruction's rows are whole images, matrices, or the like.
func ofImages(in *ir.Instr) bool { return len(in.Shape) >= 4 || in.Op == ir.BatchMatMul }

// large tells whether an instruction is a product with a large right-hand side.
func (c *compiler[T]) large(in *ir.Instr) bool {
	return in.Op == ir.MatMul && c.p.At(in.Args[1]).Shape.Size() > c.engine.plan.largeSide
}

// products are the ops whose work is multiplications, not memory. That of ConvWeights is done before its phase.
var products = map[ir.Op]bool{ir.MatMul: true, ir.BatchMatMul: true, ir.Conv: true}

// work is what an instruction or a sweep costs.
func work(p *ir.Program, sweep []ir.ID) int {
	in := p.At(sweep[0])
	flops := p.Flops(in)
	switch {
	case products[in.Op]:
		return flops
	case in.Op == ir.GroupConv:
		return groupCost * flops
	case in.Op == ir.ConvWeights, in.Op == ir.GroupConvWeights:
		flops = in.Shape.Size()
	}
	if len(sweep) > 1 && in.Op == ir.Chain {
		flops = in.Steps(operands(p, sweep)...) * in.Shape.Size()
	}
	return elementCost * max(flops, in.Shape.Size())
}

// operands are those of a chain that are the values of a sweep.
func operands(p *ir.Program, sweep []ir.ID) []int {
	out := make([]int, len(sweep))
	for i, id := range sweep {
		out[i] = p.At(id).Result()
	}
	return out
}

// groupWork is what a group costs.
func groupWork(p *ir.Program, g ir.Group) int {
	total := 0
	for _, sweep := range p.Sweeps(g) {
		total += work(p, sweep)
	}
	return total
}

// blocks says into how many pieces a group is cut: by its shape and its work alone, so that a result never depends
// on the number of cores. An even number is shared better by two or four of them.
func (c *compiler[T]) blocks(g ir.Group) int {
	most := c.mostBlocks(g)
	n := max(1, min(groupWork(c.p, g)/c.engine.plan.grain, most))
	switch {
	case n == 1 || n%2 == 0:
		return n
	case n < most:
		return n + 1
	}
	return n - 1
}

// cut is where block b of n begins: on a multiple of step rows, unless it is the end.
func cut(rows, b, n, step int) int {
	if b == n {
		return rows
	}
	return rows / step * b / n * step
}

type compiler[T float] struct {
	engine   *Engine
	unit     *backend.Unit
	p        *ir.Program
	mem      [][]T // of each value
	skips    map[*ir.Instr]*skipper[T]
	packed   map[*ir.Instr]*native.Packed[T]
	oneRows  map[*ir.Instr]*oneRow[T]
	weights  map[*ir.Instr]*weights[T] // of convolutions, where they are inputs
	leaveOut map[ir.ID]bool            // what is not to be computed
	delayed  map[*ir.Instr]*ir.Instr   // gradients of poolings, by those by weights that compute them
	late     map[*ir.Instr]bool        // gradients by weights whose memory is free only when their phase begins
	pieces   map[*ir.Instr]*pieces     // instructions that can be cut on their own
	prepared map[*ir.Instr]*preparation
	places   map[ir.ID]rows[T] // of values that live for a strip
	exec     *exec[T]
}

func compile[T float](e *Engine, u *backend.Unit, bind map[string]backend.Buffer) (*exec[T], error) {
	c := &compiler[T]{engine: e, unit: u, p: u.Program, exec: &exec[T]{pool: e.pool}}
	if err := c.layout(bind); err != nil {
		return nil, err
	}
	c.allocScratch()
	c.findSkippers(bind)
	c.findShared(bind)
	c.findRows(bind)
	c.leaveOut = map[ir.ID]bool{}
	c.findWeights(bind)
	c.findDelayed()
	c.places = map[ir.ID]rows[T]{}
	for _, ph := range u.Phases {
		c.addPhase(ph)
	}
	c.exec.last = c.unmade()
	for _, up := range u.Program.Updates {
		bind[u.Program.At(up.Into).Name].(*buffer[T]).lent = true
	}
	for _, cp := range u.Plan.Copies {
		into, from := c.mem[cp.Into], c.mem[cp.Value]
		c.exec.copies = append(c.exec.copies, func() { copy(into, from) })
	}
	for _, o := range u.Program.Outputs {
		c.exec.outputs = append(c.exec.outputs, c.output(o, bind))
	}
	return c.exec, nil
}

// output is the buffer of an output: the input's own where it lies in one, so that a write there is seen as the input's.
func (c *compiler[T]) output(id ir.ID, bind map[string]backend.Buffer) *buffer[T] {
	if root := c.p.At(c.unit.Plan.Alias[id]); root.Op == ir.Input {
		return bind[root.Name].(*buffer[T])
	}
	return newBuffer(c.mem[id])
}

// layout gives every value its memory: inputs are bound, constants are filled, the rest lies in one arena.
func (c *compiler[T]) layout(bind map[string]backend.Buffer) error {
	if err := memory.Fits(float64(c.unit.Plan.Arena) * float64(c.p.DType.Bytes())); err != nil {
		return fmt.Errorf("program %s: %w: take a smaller batch, or a smaller net", c.p.Name, err)
	}
	arena := make([]T, c.unit.Plan.Arena)
	c.exec.arena = arena
	c.mem = make([][]T, len(c.p.Instrs))
	for i := range c.p.Instrs {
		in := c.p.At(ir.ID(i))
		alias := c.unit.Plan.Alias[i]
		switch {
		case in.Op == ir.Input:
			b, ok := bind[in.Name].(*buffer[T])
			if !ok || len(b.Data) != in.Shape.Size() {
				return fmt.Errorf("%s: input %q of shape %v has no buffer of %d x %s", c.p.Name, in.Name, in.Shape, in.Shape.Size(), c.p.DType)
			}
			c.mem[i] = b.Data
		case in.Op == ir.Const:
			c.mem[i] = convert[T](in.Fill())
		case alias != ir.ID(i):
			c.mem[i] = c.mem[alias]
		default:
			at := c.unit.Plan.Offset[i]
			c.mem[i] = arena[at : at+in.Shape.Size() : at+in.Shape.Size()]
		}
	}
	return nil
}

func convert[T float](v []float64) []T {
	out := make([]T, len(v))
	for i, x := range v {
		out[i] = T(x)
	}
	return out
}

// kernel chooses how to compute an instruction, or a sweep.
func (c *compiler[T]) kernel(ids []ir.ID) kernel {
	id, in := ids[0], c.p.At(ids[0])
	if make := makers[T]()[in.Op]; make != nil {
		return make(c, in, c.mem[id])
	}
	if make := imageMakers[T]()[in.Op]; make != nil {
		return make(c, in, c.results(ids))
	}
	switch {
	case in.Op.Elementwise():
		in = c.p.AsChain(in)
		return chainKernel(c, in, []result[T]{{in.Result(), c.rows(id)}})
	case in.Op == ir.Chain:
		var results []result[T]
		for i, operand := range operands(c.p, ids) {
			results = append(results, result[T]{operand, c.rows(ids[i])})
		}
		return chainKernel(c, in, results)
	}
	panic("cpu: no kernel for " + in.Op.String()) // our own bug: Has says that there is one
}

// makers is the table of kernels. Chains are not in it, because one can have several results; element-wise ops that stand alone
// run as chains of one step.
func makers[T float]() map[ir.Op]func(c *compiler[T], in *ir.Instr, out []T) kernel {
	return map[ir.Op]func(c *compiler[T], in *ir.Instr, out []T) kernel{
		ir.MatMul:            matmulKernel[T],
		ir.Sum:               sumKernel[T],
		ir.Max:               maxKernel[T],
		ir.ViewOp:            viewKernel[T],
		ir.Softmax:           softmaxKernel[T],
		ir.LogLikelihood:     logLikelihoodKernel[T],
		ir.LogLikelihoodGrad: logLikelihoodGradKernel[T],
		ir.Patches:           patchesKernel[T],
		ir.Unpatch:           unpatchKernel[T],
		ir.ConvWeights:       convWeightsKernel[T],
		ir.GroupConvWeights:  groupWeightsKernel[T],
		ir.Uniform:           uniformKernel[T],
		ir.Concat:            concatKernel[T],
		ir.BatchMatMul:       batchMatMulKernel[T],
		ir.Host:              hostKernel[T],
	}
}

// imageMakers is the table of those whose values may live for a strip (rows). A sweep has a result for each of its instructions.
func imageMakers[T float]() map[ir.Op]func(c *compiler[T], in *ir.Instr, out []rows[T]) kernel {
	return map[ir.Op]func(c *compiler[T], in *ir.Instr, out []rows[T]) kernel{
		ir.Conv:         convKernel[T],
		ir.GroupConv:    groupConvKernel[T],
		ir.MaxPool:      maxPoolKernel[T],
		ir.MaxPoolIndex: maxPoolKernel[T],
		ir.MaxUnpool:    maxUnpoolKernel[T],
		ir.SumPool:      sumPoolKernel[T],
	}
}

func (c *compiler[T]) args(in *ir.Instr) [][]T {
	args := make([][]T, len(in.Args))
	for i, a := range in.Args {
		args[i] = c.mem[a]
	}
	return args
}

func (x *exec[T]) Run() error {
	parallel := x.pool.enter()
	x.begin()
	for _, ph := range x.phases {
		if x.tell != nil {
			ph.expect()
		}
		x.pool.do(&ph.job, parallel && ph.parallel)
		if x.tell != nil {
			ph.rest(x.tell)
		}
	}
	for _, cp := range x.copies {
		cp()
	}
	if x.tell != nil {
		for _, o := range x.last {
			x.tell(o)
		}
	}
	x.pool.leave()
	return x.failed.take()
}

// begin sees what of the runs before is still true.
func (x *exec[T]) begin() {
	for _, s := range x.skips {
		s.begin()
	}
	for _, w := range x.weights {
		w.begin()
	}
	for _, s := range x.sides {
		s.input.begin()
	}
	for _, r := range x.rows {
		r.begin()
	}
}

func (x *exec[T]) Output(i int) backend.Buffer { return x.outputs[i] }

func (x *exec[T]) Profile() ([]time.Duration, error) {
	var last ir.ID
	for _, s := range x.steps {
		for _, id := range s.ids {
			last = max(last, id)
		}
	}
	times := make([]time.Duration, last+1)
	x.begin()
	for _, s := range x.steps {
		s.time(s.rows, times)
	}
	for _, cp := range x.copies {
		cp()
	}
	return times, x.failed.take()
}

func (x *exec[T]) Close() {
	x.phases, x.steps, x.outputs, x.copies = nil, nil, nil, nil
	x.arena, x.local, x.scratch, x.integers, x.skips, x.prepared, x.weights, x.sides, x.rows = nil, nil, nil, nil, nil, nil, nil, nil, nil
}
