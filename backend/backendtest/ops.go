package backendtest

import (
	"fmt"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/ir/irtest"
)

// shapes has empty tensors, single elements, odd sizes, rows longer than a block, and every rank up to 4.
var shapes = []ir.Shape{{}, {0}, {1}, {7}, {1025}, {0, 3}, {3, 0}, {1, 1}, {5, 3}, {1, 9}, {9, 1}, {33, 65}, {3, 1041},
	{2, 3, 4}, {3, 1, 5}, {4, 0, 2}, {2, 3, 2, 5}}

// large are shapes of so much work that it is cut into blocks, at bounds that fit nothing.
var large = []ir.Shape{{300_001}, {301, 1001}, {110, 29, 99}}

// checkOps runs each op of the table alone: as it is, and after the passes.
func checkOps(e backend.Engine) error {
	for _, op := range ir.Ops() {
		for i, s := range shapes {
			for seed := range uint64(3) {
				if err := checkOp(e, op, s, uint64(i)*100+seed, raw, backend.Prepare); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func checkLargeOps(e backend.Engine) error {
	for i, op := range ir.Ops() {
		s := large[i%len(large)]
		switch op { // ops whose rows are long get rows
		case ir.MatMul, ir.Sum, ir.Max, ir.Softmax, ir.LogLikelihood, ir.LogLikelihoodGrad:
			s = large[1+i%2]
		}
		if err := checkOp(e, op, s, 1, raw); err != nil {
			return err
		}
	}
	return nil
}

func checkOp(e backend.Engine, op ir.Op, s ir.Shape, seed uint64, units ...func(backend.Engine, *ir.Program) *backend.Unit) error {
	for _, dt := range dtypes {
		g := irtest.New(op.String(), dt, seed)
		p, err := g.Done([]ir.ID{g.Sample(op, s)})
		if err != nil {
			return fmt.Errorf("op %v, seed %d: %w", op, seed, err)
		}
		for _, unit := range units {
			if err := conform(e, p, unit(e, p), g.In, tolerance(p)); err != nil {
				return fmt.Errorf("op %v, shape %v, seed %d: %w", op, s, seed, err)
			}
		}
	}
	return nil
}

// checkReductions removes every set of axes from tensors that are large enough to be cut.
func checkReductions(e backend.Engine) error {
	for _, s := range large {
		for set := range 1 << len(s) {
			axes := []int{}
			for d := range s {
				if set>>d&1 != 0 {
					axes = append(axes, d)
				}
			}
			for i, op := range []ir.Op{ir.Sum, ir.Max} {
				g := irtest.New("reduction", dtypes[(i+set)%2], 1)
				p, err := g.Done([]ir.ID{g.Emit(ir.Instr{Op: op, Args: []ir.ID{g.Arg(s...)}, Axes: axes})})
				if err != nil {
					return err
				}
				if err := conform(e, p, raw(e, p), g.In, tolerance(p)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// checkMatMul runs every form of the product: transposes, bias, accumulation, each activation.
func checkMatMul(e backend.Engine) error {
	all := append([]ir.Op{ir.None}, ir.Activations()...)
	for _, c := range []struct {
		m, n, k int
		acts    []ir.Op
	}{
		{1, 1, 1, all}, {5, 3, 4, all}, {3, 17, 1, all}, {1, 40, 33, all}, {35, 1, 9, all},
		{0, 3, 2, all}, {3, 0, 2, all}, {3, 2, 0, all},
		{130, 33, 257, all[:1]}, {67, 129, 61, []ir.Op{ir.Tanh}},
		{3, 530, 1030, all[:1]}, // beyond the usual blocks of columns and of the sum
	} {
		for form := range 4 * 3 {
			for _, act := range c.acts {
				in := ir.Instr{TransA: form&1 != 0, TransB: form&2 != 0, Bias: form/4 == 1, Acc: form/4 == 2, Act: act}
				if act != ir.None && act.Domain(0).Lo > 0 && c.k == 0 && !in.Bias && !in.Acc {
					continue // such as the logarithm of nothing
				}
				for _, dt := range dtypes {
					if err := checkProduct(e, dt, in, c.m, c.n, c.k); err != nil {
						return err
					}
				}
			}
		}
	}
	// A right-hand side that no cache near a core holds.
	return checkProduct(e, ir.Float32, ir.Instr{TransB: true}, 100, 520, 1040)
}

func checkProduct(e backend.Engine, dt ir.DType, form ir.Instr, m, n, k int) error {
	g := irtest.New("matmul", dt, uint64(m+n+k))
	p, err := g.Done([]ir.ID{g.MatMul(form, m, n, k)})
	if err != nil {
		return err
	}
	return conform(e, p, raw(e, p), g.In, tolerance(p))
}

// checkViews moves elements through every kind of view.
func checkViews(e backend.Engine) error {
	return eachView(func(k irtest.ViewKind, s ir.Shape, dt ir.DType) error {
		g := irtest.New("view", dt, 1)
		src, v := k.Make(s)
		p, err := g.Done([]ir.ID{g.View(g.Arg(src...), v, s...)})
		if err != nil {
			return err
		}
		return conform(e, p, raw(e, p), g.In, 0)
	})
}

// checkChains reads through every kind of view into chains of all element-wise ops. They are long enough to be cut
// into blocks by their work, and large enough for several blocks of memory.
func checkChains(e backend.Engine) error {
	return eachView(func(k irtest.ViewKind, s ir.Shape, dt ir.DType) error {
		g := irtest.New("chain", dt, 1)
		src, v := k.Make(s)
		id := g.Emit(ofAll(ir.Instr{
			Op:    ir.Chain,
			Args:  []ir.ID{g.Arg(src...), g.Arg(s...), g.Fresh(0.5, 2, src...), g.Fresh(-1, 1, s...)},
			Views: []ir.View{v, ir.Identity(s), v, ir.Identity(s)},
			Shape: s,
		}))
		p, err := g.Done([]ir.ID{id})
		if err != nil {
			return err
		}
		return conform(e, p, raw(e, p), g.In, 4*tolerance(p))
	})
}

// ofAll gives a chain a body: the sum of every element-wise op of the table, on arguments within its domain. The chain's
// arguments are any two numbers, a positive one, and one between -1 and 1.
func ofAll(in ir.Instr) ir.Instr {
	const positive, small = 2, 3
	operand := func(op ir.Op, arg int) int {
		switch d := op.Domain(arg); {
		case d.Anything():
			return arg
		case d.Lo >= 0:
			return positive
		case d.Lo >= -1 && d.Hi <= 1:
			return small
		}
		return arg
	}
	step := func(op ir.Op, a, b int) int {
		in.Body = append(in.Body, ir.ScalarOp{Op: op, A: a, B: b})
		return len(in.Args) + len(in.Body) - 1
	}
	sum := 0
	for _, op := range ir.Ops() {
		if op.Elementwise() {
			sum = step(ir.Add, sum, step(op, operand(op, 0), operand(op, op.Arity()-1)))
		}
	}
	return in
}

func eachView(f func(k irtest.ViewKind, s ir.Shape, dt ir.DType) error) error {
	for _, k := range irtest.ViewKinds {
		for _, s := range append(shapes, ir.Shape{120, 203}, ir.Shape{6000, 7}, ir.Shape{100, 3, 83}) {
			if len(s) < k.Rank {
				continue
			}
			for _, dt := range dtypes {
				if err := f(k, s, dt); err != nil {
					return fmt.Errorf("%s view of shape %v: %w", k.Name, s, err)
				}
			}
		}
	}
	return nil
}
