package graph

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/stheno/stheno/ir"

	"gorgonia.org/gorgonia"
)

// This file is all that knows what Gorgonia's ops are. They are private types; what they say of themselves (type name,
// String, and for constants Value) is held to the pinned version by a test that lowers every one of them.

// rule lowers one node. ok is false where the op has no native form in this case; the node then runs through Op.Do.
type rule func(l *lowerer, n *gorgonia.Node, args []ir.ID) (id ir.ID, ok bool)

// rules is keyed by the type name of the op.
var rules = map[string]rule{
	"constantScalar": lowerConst,
	"constantTensor": lowerConst,
	"elemBinOp":      lowerBinary,
	"elemUnaryOp":    lowerUnary,
	"linAlgBinOp":    lowerLinear,
	"sumOp":          lowerReduce(ir.Sum, "Σ"),
	"maxOp":          lowerReduce(ir.Max, "MaxAlong"),
	"repeatOp":       lowerRepeat,
	"reshapeOp":      lowerReshape,
	"transposeOp":    lowerTranspose,
	"sliceOp":        lowerSlice,
	"sliceIncrOp":    lowerSliceDiff,
	"concatOp":       lowerConcat,
	"sizeOp":         lowerSize,
	"softmaxOp":      lowerSoftmax,
	"softmaxDiffOp":  lowerSoftmaxDiff,

	"BatchNormOp":         lowerNorm,
	"batchnormDiffOp":     lowerNormDiff,
	"GroupNormOp":         lowerGroupNorm,
	"groupNormDiffOp":     lowerGroupNormDiff,
	"dropoutOp":           lowerDropout,
	"dropoutDiffOp":       lowerDropoutDiff,
	"im2colOp":            lowerIm2Col,
	"col2imOp":            lowerCol2Im,
	"maxPoolOp":           lowerMaxPool,
	"maxPoolDiffOp":       lowerMaxPoolDiff,
	"avgPoolOp":           lowerAveragePool,
	"avgPoolDiffOp":       lowerAveragePoolDiff,
	"globalAveragePoolOp": lowerGlobalAverage,
	"upsampleOp":          lowerUpsample,
	"upsampleDiffOp":      lowerUpsampleDiff,
	"yoloOp":              lowerYOLO,
	"groupConvOp":         lowerGroupConv,
}

// opType is the name of an op's private type.
func opType(op gorgonia.Op) string {
	t := reflect.TypeOf(op)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Name()
}

func shapeOf(n *gorgonia.Node) ir.Shape {
	if n.IsScalar() {
		return ir.Shape{}
	}
	return ir.Shape(slices.Clone([]int(n.Shape())))
}

func lowerConst(l *lowerer, n *gorgonia.Node, _ []ir.ID) (ir.ID, bool) {
	c, ok := n.Op().(interface{ Value() gorgonia.Value })
	if !ok {
		return 0, false
	}
	data, err := numbers(c.Value())
	if err != nil {
		return 0, false
	}
	return l.Const(data, shapeOf(n)...), true
}

// binary maps Gorgonia's symbols to ops; swap exchanges the arguments.
var binary = map[string]struct {
	op   ir.Op
	swap bool
}{
	"+": {ir.Add, false}, "-": {ir.Sub, false}, "⊙": {ir.Mul, false}, "÷": {ir.Div, false}, "^": {ir.Pow, false},
	"<": {ir.Less, false}, ">": {ir.Less, true}, "<=": {ir.LessEq, false}, ">=": {ir.LessEq, true}, "==": {ir.Equal, false},
}

func lowerBinary(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
	symbol, _, _ := strings.Cut(n.Op().String(), " ")
	if right, ok := l.mended(n, args); ok {
		return right, true
	}
	x, y := l.reshaped(args[0], shapeOf(n)), l.reshaped(args[1], shapeOf(n))
	if symbol == "!=" {
		return l.Op(ir.Sub, l.Scalar(1), l.Op(ir.Equal, x, y)), true
	}
	b, ok := binary[symbol]
	if !ok {
		return 0, false
	}
	if b.swap {
		x, y = y, x
	}
	return l.Op(b.op, x, y), true
}

// reshaped lets an argument of the result's size take the result's shape: Gorgonia adds a (n) to a (n, 1).
func (l *lowerer) reshaped(x ir.ID, want ir.Shape) ir.ID {
	if s := l.Shape(x); len(s) > 0 && !s.Eq(want) && s.Size() == want.Size() {
		return l.Reshape(x, want...)
	}
	return x
}

// unary maps Gorgonia's functions to ops or to expressions of ops; the others run on the host.
var unary = map[string]func(l *lowerer, x ir.ID) ir.ID{
	"exp":     func(l *lowerer, x ir.ID) ir.ID { return l.Op(ir.Exp, x) },
	"ln":      func(l *lowerer, x ir.ID) ir.ID { return l.Op(ir.Log, x) },
	"sqrt":    func(l *lowerer, x ir.ID) ir.ID { return l.Op(ir.Sqrt, x) },
	"tanh":    func(l *lowerer, x ir.ID) ir.ID { return l.Op(ir.Tanh, x) },
	"sigmoid": func(l *lowerer, x ir.ID) ir.ID { return l.Op(ir.Sigmoid, x) },
	"sin":     func(l *lowerer, x ir.ID) ir.ID { return l.Op(ir.Sin, x) },
	"cos":     func(l *lowerer, x ir.ID) ir.ID { return l.Op(ir.Cos, x) },
	"log1p":   func(l *lowerer, x ir.ID) ir.ID { return l.Op(ir.Log1p, x) },
	"expm1":   func(l *lowerer, x ir.ID) ir.ID { return l.Op(ir.Expm1, x) },
	"log2":    func(l *lowerer, x ir.ID) ir.ID { return l.Op(ir.Log2, x) },
	"ceil":    func(l *lowerer, x ir.ID) ir.ID { return l.Op(ir.Ceil, x) },
	"floor":   func(l *lowerer, x ir.ID) ir.ID { return l.Op(ir.Floor, x) },
	"neg":     func(l *lowerer, x ir.ID) ir.ID { return l.Op(ir.Mul, x, l.Scalar(-1)) },
	"square":  func(l *lowerer, x ir.ID) ir.ID { return l.Op(ir.Mul, x, x) },
	"cube":    func(l *lowerer, x ir.ID) ir.ID { return l.Op(ir.Mul, l.Op(ir.Mul, x, x), x) },
	"inv":     func(l *lowerer, x ir.ID) ir.ID { return l.Op(ir.Div, l.Scalar(1), x) },
	"invSqrt": func(l *lowerer, x ir.ID) ir.ID { return l.Op(ir.Div, l.Scalar(1), l.Op(ir.Sqrt, x)) },
	"sign":    sign,
	"abs":     func(l *lowerer, x ir.ID) ir.ID { return l.Op(ir.Mul, x, sign(l, x)) },

	"softplus": softplus,
}

// sign is 1 − 2·(x < 0): 1 at zero, as in Gorgonia.
func sign(l *lowerer, x ir.ID) ir.ID {
	negative := l.Op(ir.Less, x, l.Scalar(0))
	return l.Op(ir.Sub, l.Scalar(1), l.Op(ir.Mul, negative, l.Scalar(2)))
}

// softplus is max(x, 0) + log(1 + exp(−|x|)), which is log(1 + exp(x)) without an overflow.
func softplus(l *lowerer, x ir.ID) ir.ID {
	positive := l.Op(ir.Mul, x, l.Op(ir.Less, l.Scalar(0), x))
	smaller := l.Op(ir.Mul, x, l.Op(ir.Mul, sign(l, x), l.Scalar(-1)))
	return l.Op(ir.Add, positive, l.Op(ir.Log1p, l.Op(ir.Exp, smaller)))
}

func lowerUnary(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
	f, ok := unary[n.Op().String()]
	if !ok {
		return 0, false
	}
	return f(l, args[0]), true
}

// lowerLinear brings every product of vectors and matrices to a product of matrices.
func lowerLinear(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
	if right, ok := l.mended(n, args); ok {
		return right, true
	}
	s := n.Op().String()
	a, b := args[0], args[1]
	in := ir.Instr{Op: ir.MatMul, TransA: strings.Contains(s, "Aᵀ"), TransB: strings.Contains(s, "Bᵀ")}
	if strings.Contains(s, "×××") {
		return l.batched(in, n, a, b), true
	}
	size := func(x ir.ID) int { return l.Shape(x).Size() }
	switch {
	case strings.HasSuffix(s, "B") || strings.HasSuffix(s, "Bᵀ"):
	case strings.HasSuffix(s, "× b"):
		b = l.Reshape(b, size(b), 1)
	case strings.HasSuffix(s, "⋅ b"):
		a, b = l.Reshape(a, 1, size(a)), l.Reshape(b, size(b), 1)
	case strings.HasSuffix(s, "⊗ b"):
		a, b = l.Reshape(a, size(a), 1), l.Reshape(b, 1, size(b))
	default:
		return 0, false
	}
	in.Args = []ir.ID{a, b}
	return l.Emit(in), true
}

// batched is a product of as many matrices as the outer axes count.
func (l *lowerer) batched(in ir.Instr, n *gorgonia.Node, args ...ir.ID) ir.ID {
	in.Op = ir.BatchMatMul
	for _, a := range args {
		s := l.Shape(a)
		outer := len(s) - 2
		in.Args = append(in.Args, l.Reshape(a, s[:outer].Size(), s[outer], s[outer+1]))
	}
	return l.Reshape(l.Emit(in), shapeOf(n)...)
}

func lowerReduce(op ir.Op, prefix string) rule {
	return func(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
		axes, ok := ints(strings.Trim(strings.TrimPrefix(n.Op().String(), prefix), "[]"), " ")
		if !ok {
			return 0, false
		}
		slices.Sort(axes)
		return l.Emit(ir.Instr{Op: op, Args: args, Axes: axes}), true
	}
}

// lowerRepeat: each element along an axis comes so many times, one behind the other. Of a dimension of size 1 that is a broadcast.
func lowerRepeat(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
	along, err := strconv.Atoi(strings.TrimPrefix(n.Op().String(), "Repeat"))
	if err != nil {
		return 0, false
	}
	out := shapeOf(n)
	from := slices.Clone(l.Shape(args[0]))
	for len(from) < len(out) {
		from = append(from, 1)
	}
	if len(from) != len(out) || along >= len(out) || !from.Without([]int{along}).Eq(out.Without([]int{along})) {
		return 0, false
	}
	size, strides := from[along], from.Strides()
	switch {
	case size == 1:
		strides[along] = 0
		return l.View(args[0], ir.View{Strides: strides}, out...), true
	case size == 0 || out[along]%size != 0:
		return 0, false
	}
	view := ir.View{Strides: slices.Insert(strides, along+1, 0)}
	repeated := l.View(args[0], view, slices.Insert(from, along+1, out[along]/size)...)
	return l.Reshape(repeated, out...), true
}

func lowerReshape(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
	return l.Reshape(args[0], shapeOf(n)...), true
}

func lowerTranspose(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
	_, list, _ := strings.Cut(n.Op().String(), "{")
	axes, ok := ints(strings.TrimSuffix(list, "}"), ", ")
	from := l.Shape(args[0])
	if !ok || len(axes) != len(from) {
		return 0, false
	}
	strides := from.Strides()
	view, out := ir.View{}, ir.Shape{}
	for _, a := range axes {
		view.Strides = append(view.Strides, strides[a])
		out = append(out, from[a])
	}
	return l.View(args[0], view, out...), true
}

func lowerSize(l *lowerer, n *gorgonia.Node, _ []ir.ID) (ir.ID, bool) {
	v, err := strconv.Atoi(strings.TrimPrefix(n.Op().String(), "SizeOf="))
	if err != nil {
		return 0, false
	}
	return l.Scalar(float64(v)), true
}

// softmaxArgs reads "Softmax{-1, true}()". The axis -1 is the last one.
func (l *lowerer) softmaxArgs(n *gorgonia.Node, x ir.ID) (axis int, log, ok bool) {
	_, list, _ := strings.Cut(n.Op().String(), "{")
	if _, err := fmt.Sscanf(list, "%d, %t}", &axis, &log); err != nil {
		return 0, false, false
	}
	dims := len(l.Shape(x))
	if axis == -1 {
		axis = dims - 1
	}
	return axis, log, axis >= 0 && axis < dims
}

// swapLast exchanges an axis with the last one, which is where the ops on rows want their classes. It is its own
// inverse.
func (l *lowerer) swapLast(x ir.ID, axis int) ir.ID {
	s := slices.Clone(l.Shape(x))
	last := len(s) - 1
	if axis == last {
		return x
	}
	view := ir.View{Strides: s.Strides()}
	s[axis], s[last] = s[last], s[axis]
	view.Strides[axis], view.Strides[last] = view.Strides[last], view.Strides[axis]
	return l.View(x, view, s...)
}

func lowerSoftmax(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
	axis, log, ok := l.softmaxArgs(n, args[0])
	if !ok {
		return 0, false
	}
	x := l.swapLast(args[0], axis)
	return l.swapLast(l.Emit(ir.Instr{Op: ir.Softmax, Args: []ir.ID{x}, Log: log}), axis), true
}

// lowerSoftmaxDiff: with y = softmax(x) and g the derivative with respect to y, dx = y·(g − Σ g·y); with
// y = log softmax(x), dx = g − softmax(x)·Σg. Where g is h / y, as behind log(softmax(x)), the first is h − y·Σh, which
// stays finite where y is 0.
func lowerSoftmaxDiff(l *lowerer, n *gorgonia.Node, args []ir.ID) (ir.ID, bool) {
	axis, log, ok := l.softmaxArgs(n, args[0])
	if !ok {
		return 0, false
	}
	g := args[2]
	if div := l.P.At(g); div.Op == ir.Div && div.Args[1] == args[1] && l.Shape(div.Args[0]).Eq(l.Shape(g)) {
		log, g = true, div.Args[0]
	}
	x, y, g := l.swapLast(args[0], axis), l.swapLast(args[1], axis), l.swapLast(g, axis)
	if log {
		return l.swapLast(l.Op(ir.LogLikelihoodGrad, x, g, l.Scalar(1)), axis), true
	}
	s := l.Shape(y)
	rows := ir.Shape(s[:len(s)-1])
	total := l.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{l.Op(ir.Mul, g, y)}, Axes: []int{len(s) - 1}})
	spread := l.View(total, ir.View{Strides: append(rows.Strides(), 0)}, s...)
	return l.swapLast(l.Op(ir.Mul, y, l.Op(ir.Sub, g, spread)), axis), true
}

// ints parses a list of integers.
func ints(s, sep string) ([]int, bool) {
	if s == "" {
		return nil, true
	}
	parts := strings.Split(s, sep)
	out := make([]int, len(parts))
	for i, p := range parts {
		v, err := strconv.Atoi(strings.TrimSpace(p))
		if err != nil {
			return nil, false
		}
		out[i] = v
	}
	return out, true
}
