package irtest

import (
	"fmt"
	"slices"

	"github.com/stheno/stheno/ir"
)

// Sample adds an instruction of the op on arguments drawn at random. s is the shape of the result, or for ops that
// remove axes that of the argument; it may be changed where the op asks for a certain rank.
func (g *Gen) Sample(op ir.Op, s ir.Shape) ir.ID {
	if op.Elementwise() {
		return sampleElementwise(g, op, s)
	}
	f, ok := samples[op]
	if !ok {
		panic("irtest: the op " + op.String() + " has no row in the table of samples") // our own bug: the table is held to ir's by every test
	}
	return f(g, op, s)
}

// samples says for each op with a structure of its own what tests generate for it. Values stay where the op is defined and
// does not magnify rounding.
var samples = map[ir.Op]func(g *Gen, op ir.Op, s ir.Shape) ir.ID{
	ir.Input:  func(g *Gen, _ ir.Op, s ir.Shape) ir.ID { return g.Fresh(-2, 2, s...) },
	ir.Const:  sampleConst,
	ir.Chain:  sampleChain,
	ir.MatMul: sampleMatMul,
	ir.Sum:    sampleReduce,
	ir.Max:    sampleReduce,
	ir.ViewOp: func(g *Gen, _ ir.Op, s ir.Shape) ir.ID {
		src, v := g.view(s)
		return g.View(src, v, s...)
	},
	ir.Reshape: func(g *Gen, _ ir.Op, s ir.Shape) ir.ID {
		if g.coin() {
			return g.Builder.Reshape(g.Arg(s...), append(ir.Shape{1}, s...)...)
		}
		return g.Builder.Reshape(g.Arg(s...), s.Size())
	},
	ir.Softmax: func(g *Gen, op ir.Op, s ir.Shape) ir.ID {
		return g.Emit(ir.Instr{Op: op, Args: []ir.ID{g.Arg(classes(s)...)}, Log: g.coin()})
	},
	ir.LogLikelihood: func(g *Gen, op ir.Op, s ir.Shape) ir.ID {
		s = classes(s)
		return g.Op(op, g.Arg(s...), g.Arg(s...))
	},
	ir.LogLikelihoodGrad: func(g *Gen, op ir.Op, s ir.Shape) ir.ID {
		s = classes(s)
		return g.Op(op, g.Arg(s...), g.Arg(s...), g.Arg())
	},
	ir.Patches:          sampleImage,
	ir.Unpatch:          sampleImage,
	ir.Conv:             sampleImage,
	ir.ConvWeights:      sampleImage,
	ir.GroupConv:        sampleGroups,
	ir.GroupConvWeights: sampleGroups,
	ir.MaxPool:          sampleImage,
	ir.MaxPoolIndex:     sampleImage,
	ir.MaxUnpool:        sampleImage,
	ir.MaxPoolGrad:      sampleImage,
	ir.SumPool:          sampleImage,
	ir.Uniform: func(g *Gen, op ir.Op, s ir.Shape) ir.ID {
		state := g.Const(ir.State(g.R.Uint64()), ir.StateSize)
		if g.coin() {
			state = g.NextState(state)
		}
		return g.Emit(ir.Instr{Op: op, Args: []ir.ID{state}, Shape: s, Data: []float64{float64(g.R.IntN(9))}})
	},
	ir.Concat:      sampleConcat,
	ir.BatchMatMul: sampleBatchMatMul,
	ir.Host: func(g *Gen, op ir.Op, s ir.Shape) ir.ID {
		return g.Emit(ir.Instr{Op: op, Name: "mirror", Args: []ir.ID{g.Arg(s...), g.Arg(s...)}, Shape: s, Host: mirror})
	},
}

type draw func(g *Gen, shape ...int) ir.ID

func between(lo, hi float64) draw {
	return func(g *Gen, shape ...int) ir.ID { return g.Fresh(lo, hi, shape...) }
}

// of draws an argument of an element-wise op.
func of(op ir.Op, arg int) draw {
	d := op.Domain(arg)
	if d.Anything() {
		return (*Gen).Arg
	}
	return between(d.Lo, d.Hi)
}

// sampleElementwise draws two tensors, or a tensor and a scalar, or twice the same; or one for an op of one argument.
func sampleElementwise(g *Gen, op ir.Op, s ir.Shape) ir.ID {
	x := of(op, 0)
	if op.Arity() == 1 {
		return g.Op(op, x(g, s...))
	}
	y := of(op, 1)
	switch g.R.IntN(6) {
	case 0:
		return g.Op(op, x(g), y(g, s...))
	case 1:
		return g.Op(op, x(g, s...), y(g))
	case 2:
		both := y
		if op.Domain(1).Lo < op.Domain(0).Lo { // the narrower of the two
			both = x
		}
		v := both(g, s...)
		return g.Op(op, v, v)
	}
	return g.Op(op, x(g, s...), y(g, s...))
}

func sampleConst(g *Gen, _ ir.Op, s ir.Shape) ir.ID {
	if g.coin() {
		return g.Const(g.numbers(-2, 2, 1), s...)
	}
	return g.Const(g.numbers(-2, 2, s.Size()), s...)
}

// sampleChain writes a short element-wise program over views. Exp reads arguments only, so that it cannot overflow.
func sampleChain(g *Gen, op ir.Op, s ir.Shape) ir.ID {
	in := ir.Instr{Op: op, Shape: s}
	for range 1 + g.R.IntN(4) {
		a, v := g.view(s)
		in.Args, in.Views = append(in.Args, a), append(in.Views, v)
	}
	ops := []ir.Op{ir.Add, ir.Sub, ir.Mul, ir.Tanh, ir.Sigmoid, ir.Exp}
	n := len(in.Args)
	for i := range 1 + g.R.IntN(6) {
		step := ir.ScalarOp{Op: ops[g.R.IntN(len(ops))], A: g.R.IntN(n + i), B: g.R.IntN(n + i)}
		if step.Op == ir.Exp {
			step.A = g.R.IntN(n)
		}
		in.Body = append(in.Body, step)
	}
	return g.Emit(in)
}

// sampleMatMul draws one of the product's forms: transposes, bias or accumulation, activation.
func sampleMatMul(g *Gen, _ ir.Op, s ir.Shape) ir.ID {
	s = matrix(s)
	acts := append(ir.Activations(), ir.None, ir.None)
	form := ir.Instr{TransA: g.coin(), TransB: g.coin(), Act: acts[g.R.IntN(len(acts))]}
	switch g.R.IntN(3) {
	case 0:
		form.Bias = true
	case 1:
		form.Acc = true
	}
	k := []int{1, 2, 3, 9}[g.R.IntN(4)]
	if g.rarely() && !bounded(form.Act) {
		k = 0
	}
	return g.MatMul(form, s[0], s[1], k)
}

// MatMul adds a product of that form: TransA, TransB, Act, and Bias or Acc are taken from it.
func (g *Gen) MatMul(form ir.Instr, m, n, k int) ir.ID {
	arg := (*Gen).Arg
	switch {
	case bounded(form.Act):
		arg = between(0.5, 2)
	case form.Act != ir.None: // which may grow fast
		arg = between(-0.5, 0.5)
	}
	a, b := ir.Shape{m, k}, ir.Shape{k, n}
	if form.TransA {
		a = ir.Shape{k, m}
	}
	if form.TransB {
		b = ir.Shape{n, k}
	}
	form.Op, form.Args = ir.MatMul, []ir.ID{arg(g, a...), arg(g, b...)}
	switch {
	case form.Bias && g.coin():
		form.Args = append(form.Args, arg(g, n))
	case form.Bias:
		form.Args = append(form.Args, arg(g, 1, n))
	case form.Acc:
		form.Args = append(form.Args, arg(g, m, n), arg(g))
	}
	return g.Emit(form)
}

// bounded tells whether an activation is not for all numbers. Products of positive numbers will do for each of those.
func bounded(act ir.Op) bool { return act != ir.None && !act.Domain(0).Anything() }

// sampleConcat puts one to four values one after the other, of which some may have nothing along the axis.
func sampleConcat(g *Gen, op ir.Op, s ir.Shape) ir.ID {
	s = slices.Clone(classes(s))
	axis := g.R.IntN(len(s))
	in := ir.Instr{Op: op, Axes: []int{axis}}
	for range 1 + g.R.IntN(4) {
		in.Args = append(in.Args, g.Arg(s...))
		s = slices.Clone(s)
		s[axis] = g.R.IntN(5)
	}
	return g.Emit(in)
}

// sampleBatchMatMul draws a batch of products.
func sampleBatchMatMul(g *Gen, op ir.Op, s ir.Shape) ir.ID {
	s = matrix(s)
	batch, k := []int{0, 1, 2, 3, 9}[g.R.IntN(5)], []int{0, 1, 2, 3, 9}[g.R.IntN(5)]
	a, b := ir.Shape{batch, s[0], k}, ir.Shape{batch, k, s[1]}
	in := ir.Instr{Op: op, TransA: g.coin(), TransB: g.coin()}
	if in.TransA {
		a[1], a[2] = a[2], a[1]
	}
	if in.TransB {
		b[1], b[2] = b[2], b[1]
	}
	in.Args = []ir.ID{g.Arg(a...), g.Arg(b...)}
	return g.Emit(in)
}

func sampleReduce(g *Gen, op ir.Op, s ir.Shape) ir.ID {
	axes := []int{}
	for d := range s {
		if g.R.IntN(3) > 0 {
			axes = append(axes, d)
		}
	}
	return g.Emit(ir.Instr{Op: op, Args: []ir.ID{g.Arg(s...)}, Axes: axes})
}

// classes makes room for the axis of classes.
func classes(s ir.Shape) ir.Shape {
	if len(s) == 0 {
		return ir.Shape{1}
	}
	return s
}

// matrix is the shape with all axes after the first joined.
func matrix(s ir.Shape) ir.Shape {
	if len(s) == 0 {
		return ir.Shape{1, 1}
	}
	return ir.Shape{s[0], s[1:].Size()}
}

// mirror is a host op that no engine can know and that needs all of its arguments for each element: 2a − b, with b
// read from its end.
func mirror(out any, args []any) error {
	switch out := out.(type) {
	case []float32:
		mirrored(out, args[0].([]float32), args[1].([]float32))
	case []float64:
		mirrored(out, args[0].([]float64), args[1].([]float64))
	default:
		return fmt.Errorf("mirror of %T", out)
	}
	return nil
}

func mirrored[T float32 | float64](out, a, b []T) {
	for i := range out {
		out[i] = 2*a[i] - b[len(b)-1-i]
	}
}
