package graph

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// gradCase is a function of Gorgonia's whose gradient is held to finite differences, on every engine. tape says what the
// TapeMachine makes of it: nothing where it is right, too.
type gradCase struct {
	name  string
	eval  bool
	build func(in *gradInputs) (*G.Node, error)
	tape  string
}

// gradInputs makes inputs as a function asks for them.
type gradInputs struct {
	g      *G.ExprGraph
	r      *rand.Rand
	leaves G.Nodes
}

func (in *gradInputs) of(draw func() float64, shape ...int) *G.Node {
	data := make([]float64, tensor.Shape(shape).TotalSize())
	for i := range data {
		data[i] = draw()
	}
	n := G.NewTensor(in.g, G.Float64, len(shape), G.WithShape(shape...), G.WithName(fmt.Sprintf("in%d", len(in.leaves))),
		G.WithValue(tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data))))
	in.leaves = append(in.leaves, n)
	return n
}

func (in *gradInputs) normal(shape ...int) *G.Node { return in.of(in.r.NormFloat64, shape...) }

func (in *gradInputs) positive(shape ...int) *G.Node {
	return in.of(func() float64 { return 0.3 + in.r.Float64() }, shape...)
}

func of1(f func(*G.Node) (*G.Node, error)) func(*gradInputs) (*G.Node, error) {
	return func(in *gradInputs) (*G.Node, error) { return f(in.normal(3, 4)) }
}

func ofPositive(f func(*G.Node) (*G.Node, error)) func(*gradInputs) (*G.Node, error) {
	return func(in *gradInputs) (*G.Node, error) { return f(in.positive(3, 4)) }
}

func of2(f func(a, b *G.Node) (*G.Node, error), a, b []int) func(*gradInputs) (*G.Node, error) {
	return func(in *gradInputs) (*G.Node, error) { return f(in.normal(a...), in.positive(b...)) }
}

func image(f func(in *gradInputs, x *G.Node) (*G.Node, error)) func(*gradInputs) (*G.Node, error) {
	return func(in *gradInputs) (*G.Node, error) { return f(in, in.normal(2, 2, 5, 6)) }
}

func normed(shape, scale []int) func(*gradInputs) (*G.Node, error) {
	return func(in *gradInputs) (*G.Node, error) {
		x := in.normal(shape...)
		y, _, _, op, err := G.BatchNorm(x, in.positive(scale...), in.normal(scale...), 0.9, 1e-5)
		if err == nil {
			mean, variance := make([]float64, shape[1]), make([]float64, shape[1])
			for i := range mean {
				mean[i], variance[i] = in.r.NormFloat64(), 0.5+in.r.Float64()
			}
			err = op.SetStats(tensor.New(tensor.WithBacking(mean)), tensor.New(tensor.WithBacking(variance)))
		}
		return y, err
	}
}

var m34, m45, v3, v4 = []int{3, 4}, []int{4, 5}, []int{3}, []int{4}

var gradCases = []gradCase{
	{"Abs", false, of1(G.Abs), ""},
	{"Sin", false, of1(G.Sin), ""},
	{"Cos", false, of1(G.Cos), ""},
	{"Exp", false, of1(G.Exp), ""},
	{"Neg", false, of1(G.Neg), ""},
	{"Square", false, of1(G.Square), ""},
	{"Cube", false, of1(G.Cube), ""},
	{"Tanh", false, of1(G.Tanh), ""},
	{"Sigmoid", false, of1(G.Sigmoid), ""},
	{"Expm1", false, of1(G.Expm1), ""},
	{"Softplus", false, of1(G.Softplus), ""},
	{"Mish", false, of1(G.Mish), ""},
	{"Rectify", false, of1(G.Rectify), ""},
	{"LeakyRelu", false, of1(func(x *G.Node) (*G.Node, error) { return G.LeakyRelu(x, 0.1) }), ""},
	{"Inverse", false, ofPositive(G.Inverse), ""},
	{"Log", false, ofPositive(G.Log), ""},
	{"Log1p", false, ofPositive(G.Log1p), ""},
	{"Log2", false, ofPositive(G.Log2), "is wrong"},
	{"Sqrt", false, ofPositive(G.Sqrt), ""},
	{"InverseSqrt", false, ofPositive(G.InverseSqrt), "is wrong"},
	{"Pow 2", false, ofPositive(func(x *G.Node) (*G.Node, error) { return G.Pow(x, G.NewConstant(2.0)) }), ""},
	{"Pow 3", false, ofPositive(func(x *G.Node) (*G.Node, error) { return G.Pow(x, G.NewConstant(3.0)) }), ""},
	{"Pow 1.5", false, ofPositive(func(x *G.Node) (*G.Node, error) { return G.Pow(x, G.NewConstant(1.5)) }), ""},
	{"Pow", false, func(in *gradInputs) (*G.Node, error) { return G.Pow(in.positive(3, 4), in.positive(3, 4)) }, ""},
	{"Add", false, of2(G.Add, m34, m34), ""},
	{"Sub", false, of2(G.Sub, m34, m34), ""},
	{"HadamardProd", false, of2(G.HadamardProd, m34, m34), ""},
	{"HadamardDiv", false, of2(G.HadamardDiv, m34, m34), ""},
	{"MaxBetween", false, of2(G.MaxBetween, m34, m34), ""},
	{"MinBetween", false, of2(G.MinBetween, m34, m34), ""},
	{"Mul", false, of2(G.Mul, m34, m45), ""},
	{"Mul by a vector", false, of2(G.Mul, m34, v4), ""},
	{"Mul of a vector", false, of2(G.Mul, v3, m34), ""},
	{"Mul of vectors", false, of2(G.Mul, v4, v4), ""},
	{"OuterProd", false, of2(G.OuterProd, v4, v4), "is wrong"},
	{"OuterProd of one", false, func(in *gradInputs) (*G.Node, error) { x := in.normal(4); return G.OuterProd(x, x) }, "is wrong"},
	{"BatchedMatMul", false, of2(func(a, b *G.Node) (*G.Node, error) { return G.BatchedMatMul(a, b) }, []int{2, 3, 4}, []int{2, 4, 5}), ""},
	{"BatchedMatMul, A transposed", false, of2(func(a, b *G.Node) (*G.Node, error) { return G.BatchedMatMul(a, b, true) }, []int{2, 4, 3}, []int{2, 4, 5}), ""},
	{"BatchedMatMul, B transposed", false, of2(func(a, b *G.Node) (*G.Node, error) { return G.BatchedMatMul(a, b, false, true) }, []int{2, 3, 4}, []int{2, 5, 4}), ""},
	{"BatchedMatMul, both transposed", false, of2(func(a, b *G.Node) (*G.Node, error) { return G.BatchedMatMul(a, b, true, true) }, []int{2, 4, 3}, []int{2, 5, 4}), ""},
	{"Tensordot", false, of2(func(a, b *G.Node) (*G.Node, error) { return G.Tensordot([]int{1}, []int{0}, a, b) }, m34, m45), ""},
	{"Tensordot of vectors", false, of2(func(a, b *G.Node) (*G.Node, error) { return G.Tensordot([]int{0}, []int{0}, a, b) }, v4, v4), ""},
	{"BroadcastAdd row", false, of2(func(a, b *G.Node) (*G.Node, error) { return G.BroadcastAdd(a, b, nil, []byte{0}) }, m34, v4), ""},
	{"BroadcastSub column", false, of2(func(a, b *G.Node) (*G.Node, error) { return G.BroadcastSub(a, b, nil, []byte{1}) }, m34, v3), ""},
	{"BroadcastHadamardProd", false, of2(func(a, b *G.Node) (*G.Node, error) { return G.BroadcastHadamardProd(a, b, nil, []byte{0}) }, m34, v4), ""},
	{"BroadcastHadamardDiv", false, of2(func(a, b *G.Node) (*G.Node, error) { return G.BroadcastHadamardDiv(a, b, nil, []byte{0}) }, m34, v4), ""},
	{"Sum", false, of1(func(x *G.Node) (*G.Node, error) { return G.Sum(x) }), ""},
	{"Sum of columns", false, of1(func(x *G.Node) (*G.Node, error) { return G.Sum(x, 1) }), ""},
	{"Mean of rows", false, of1(func(x *G.Node) (*G.Node, error) { return G.Mean(x, 0) }), ""},
	{"Max of columns", false, of1(func(x *G.Node) (*G.Node, error) { return G.Max(x, 1) }), ""},
	{"Max", false, of1(func(x *G.Node) (*G.Node, error) { return G.Max(x) }), ""},
	{"Norm 2", false, of1(func(x *G.Node) (*G.Node, error) { return G.Norm(x, 1, 2) }), ""},
	{"SoftMax", false, of1(func(x *G.Node) (*G.Node, error) { return G.SoftMax(x) }), ""},
	{"SoftMax over rows", false, of1(func(x *G.Node) (*G.Node, error) { return G.SoftMax(x, 0) }), ""},
	{"LogSoftMax", false, of1(func(x *G.Node) (*G.Node, error) { return G.LogSoftMax(x) }), ""},
	{"Sparsemax", false, of1(func(x *G.Node) (*G.Node, error) { return G.Sparsemax(x) }), ""},
	{"BinaryXent", false, func(in *gradInputs) (*G.Node, error) {
		p := in.of(func() float64 { return 0.1 + 0.8*in.r.Float64() }, 3, 4)
		return G.BinaryXent(p, in.of(func() float64 { return 0.1 + 0.8*in.r.Float64() }, 3, 4))
	}, ""},
	{"Transpose", false, of1(func(x *G.Node) (*G.Node, error) { return G.Transpose(x, 1, 0) }), ""},
	{"Transpose of three", false, func(in *gradInputs) (*G.Node, error) { return G.Transpose(in.normal(2, 3, 4), 2, 0, 1) }, ""},
	{"Reshape", false, of1(func(x *G.Node) (*G.Node, error) { return G.Reshape(x, tensor.Shape{2, 6}) }), ""},
	{"Slice of rows", false, of1(func(x *G.Node) (*G.Node, error) { return G.Slice(x, G.S(1, 3)) }), ""},
	{"Slice of columns", false, of1(func(x *G.Node) (*G.Node, error) { return G.Slice(x, nil, G.S(1, 3)) }), ""},
	{"Concat", false, of2(func(a, b *G.Node) (*G.Node, error) { return G.Concat(0, a, b) }, m34, m34), ""},
	{"Slice of one column", false, of1(func(x *G.Node) (*G.Node, error) { return G.Slice(x, nil, G.S(2)) }), ""},
	{"Concat of columns", false, of2(func(a, b *G.Node) (*G.Node, error) { return G.Concat(1, a, b) }, m34, []int{3, 2}), ""},
	{"ByIndices", false, func(in *gradInputs) (*G.Node, error) {
		i := G.NewVector(in.g, tensor.Int, G.WithShape(5), G.WithName("i"), G.WithValue(tensor.New(tensor.WithBacking([]int{2, 0, 2, 1, 0}))))
		return G.ByIndices(in.normal(3, 4), i, 0)
	}, ""},
	{"Conv2d", false, image(func(in *gradInputs, x *G.Node) (*G.Node, error) {
		return G.Conv2d(x, in.normal(3, 2, 2, 3), tensor.Shape{2, 3}, []int{1, 0}, []int{2, 1}, []int{1, 2})
	}), ""},
	{"Conv1d", false, func(in *gradInputs) (*G.Node, error) {
		return G.Conv1d(in.normal(2, 2, 1, 7), in.normal(3, 2, 1, 3), 3, 1, 1, 1)
	}, ""},
	{"GroupConv2d", false, func(in *gradInputs) (*G.Node, error) {
		return GroupConv2d(in.normal(2, 6, 5, 4), in.normal(4, 3, 2, 3), Windows{Groups: 2, Stride: [2]int{2, 1}, Dilation: [2]int{1, 2}, Before: [2]int{1, 0}, After: [2]int{0, 2}})
	}, ""},
	{"GroupConv2d, depthwise", false, func(in *gradInputs) (*G.Node, error) {
		return GroupConv2d(in.normal(2, 3, 5, 4), in.normal(6, 1, 3, 3), Windows{Groups: 3, Before: [2]int{1, 1}, After: [2]int{1, 1}})
	}, ""},
	{"GroupConv2d of one group", false, image(func(in *gradInputs, x *G.Node) (*G.Node, error) {
		return GroupConv2d(x, in.normal(3, 2, 2, 2), Windows{Before: [2]int{1, 0}})
	}), ""},
	{"GroupConvTranspose2d", false, func(in *gradInputs) (*G.Node, error) {
		return GroupConvTranspose2d(in.normal(2, 6, 2, 3), in.normal(6, 2, 3, 2), Windows{Groups: 3, Stride: [2]int{2, 1}, Before: [2]int{1, 1}}, 4, 3)
	}, ""},
	{"MaxPool2D", false, image(func(_ *gradInputs, x *G.Node) (*G.Node, error) {
		return G.MaxPool2D(x, tensor.Shape{2, 3}, []int{0, 1}, []int{2, 2})
	}), ""},
	{"MaxPool2D of four paddings", false, image(func(_ *gradInputs, x *G.Node) (*G.Node, error) {
		return G.MaxPool2D(x, tensor.Shape{2, 2}, []int{1, 0, 0, 1}, []int{1, 2})
	}), ""},
	{"AveragePool2D", false, image(func(_ *gradInputs, x *G.Node) (*G.Node, error) {
		return G.AveragePool2D(x, tensor.Shape{2, 3}, []int{0, 1}, []int{2, 1})
	}), "is wrong"},
	{"Upsample2D", false, image(func(_ *gradInputs, x *G.Node) (*G.Node, error) { return G.Upsample2D(x, 2) }), ""},
	{"BatchNorm", false, normed([]int{5, 3}, []int{1, 3}), ""},
	{"BatchNorm of images", false, normed([]int{2, 3, 4, 2}, []int{1, 3, 1, 1}), ""},
	{"BatchNorm in evaluation", true, normed([]int{5, 3}, []int{1, 3}), ""},
	{"BatchNorm of images in evaluation", true, normed([]int{2, 3, 4, 2}, []int{1, 3, 1, 1}), "is wrong"},
	{"GroupNorm", false, func(in *gradInputs) (*G.Node, error) {
		return G.GroupNorm(in.normal(2, 4, 2, 3), in.positive(1, 4, 1, 1), in.normal(1, 4, 1, 1), 2, 4, 1e-5)
	}, ""},
	{"Dropout in evaluation", true, of1(func(x *G.Node) (*G.Node, error) { return G.Dropout(x, 0.3) }), "is wrong"},
}

// runsOnHost are the functions with an op or a derivative that has no native form.
var runsOnHost = map[string]bool{
	"ByIndices": true, "MaxBetween": true, "MinBetween": true, "Sparsemax": true, "Tensordot": true, "Tensordot of vectors": true,
}

// TestGradients: a sum of the function's results, each with a weight of its own, by every input.
func TestGradients(t *testing.T) {
	for _, c := range gradCases {
		t.Run(c.name, func(t *testing.T) {
			onEngines(t, func(t *testing.T, e backend.Engine) {
				in, cost := c.cost(t)
				opts := []Option{On(e)}
				if c.eval {
					opts = append(opts, EvalMode())
				}
				m, err := NewMachine(in.g, opts...)
				must(t, err)
				defer m.Close()
				must(t, m.RunAll())
				if host := hostOps(m.Program().unit.Program); (host != "") != runsOnHost[c.name] {
					t.Errorf("ops on the host: %q", host)
				}
				for _, x := range in.leaves {
					got := gradOf(t, x)
					want := c.numerical(t, in, cost, x)
					if d := maxDiff(got, want); d > 2e-7 || len(got) != len(want) {
						t.Errorf("by %s: %v is %.2g from finite differences, %v", x.Name(), got, d, want)
					}
				}
			})
			if got := c.tapeSays(t); got != c.tape {
				t.Errorf("the TapeMachine: %q, the table has %q", got, c.tape)
			}
		})
	}
}

func gradOf(t *testing.T, x *G.Node) []float64 {
	t.Helper()
	grad, err := x.Grad()
	must(t, err)
	v, err := numbers(grad)
	must(t, err)
	return v
}

func (c *gradCase) cost(t *testing.T) (*gradInputs, *G.Node) {
	t.Helper()
	in := &gradInputs{g: G.NewGraph(), r: rand.New(rand.NewPCG(11, 3))}
	y, err := c.build(in)
	must(t, err)
	data := make([]float64, shapeOf(y).Size())
	for i := range data {
		data[i] = in.r.NormFloat64()
	}
	if !y.IsScalar() {
		w := G.NewTensor(in.g, G.Float64, y.Dims(), G.WithShape(y.Shape()...), G.WithName("weights"), G.WithValue(tensor.New(tensor.WithShape(y.Shape()...), tensor.WithBacking(data))))
		y = G.Must(G.Sum(G.Must(G.HadamardProd(y, w))))
	}
	_, err = G.Grad(y, in.leaves...)
	must(t, err)
	return in, y
}

// numerical is the gradient by central differences of the forward program on the reference kernels.
func (c *gradCase) numerical(t *testing.T, in *gradInputs, cost, x *G.Node) []float64 {
	t.Helper()
	p, err := lowerSpec(Spec{Name: "cost", Inputs: G.Nodes{x}, Outputs: G.Nodes{cost}, Eval: c.eval})
	must(t, err)
	inputs := statistics(t, p)
	grad, err := NumericalGradient(func(v *tensor.Dense) float64 {
		inputs[x.Name()] = v.Data().([]float64)
		out, _, err := p.Eval(inputs)
		must(t, err)
		return out[0][0]
	}, x.Value().(*tensor.Dense).Clone().(*tensor.Dense), 1e-5)
	must(t, err)
	return grad.Data().([]float64)
}

// statistics are the running ones that a program reads, as its inputs.
func statistics(t *testing.T, p *lowered) map[string][]float64 {
	t.Helper()
	in := map[string][]float64{}
	for _, n := range p.norms {
		mean, variance := n.op.Stats()
		for name, v := range map[string]G.Value{".mean": mean, ".variance": variance} {
			x, err := numbers(v)
			must(t, err)
			in[n.name+name] = x
		}
	}
	return in
}

// tapeSays is what the TapeMachine makes of it.
func (c *gradCase) tapeSays(t *testing.T) (says string) {
	defer func() {
		if r := recover(); r != nil {
			says = "panics"
		}
	}()
	in, cost := c.cost(t)
	var opts []G.VMOpt
	if c.eval {
		opts = append(opts, G.EvalMode())
	}
	m := G.NewTapeMachine(in.g, opts...)
	defer m.Close()
	if err := m.RunAll(); err != nil {
		return "fails"
	}
	worst := 0.0
	for _, x := range in.leaves {
		got := gradOf(t, x)
		want := c.numerical(t, in, cost, x)
		if len(got) != len(want) {
			return "has another shape"
		}
		worst = max(worst, maxDiff(got, want))
	}
	if worst > 2e-7 || math.IsNaN(worst) {
		return "is wrong"
	}
	return ""
}

// TestOuterProductOfTwoLengths: Gorgonia gives these derivatives the wrong shape, which nobody can make right: an error says so.
func TestOuterProductOfTwoLengths(t *testing.T) {
	g := G.NewGraph()
	x, y := G.NewVector(g, G.Float64, G.WithShape(3), G.WithName("x"), G.WithInit(G.Ones())), G.NewVector(g, G.Float64, G.WithShape(4), G.WithName("y"), G.WithInit(G.Ones()))
	_, err := G.Grad(G.Must(G.Sum(G.Must(G.OuterProd(x, y)))), x, y)
	must(t, err)
	m, err := NewMachine(g)
	must(t, err)
	defer m.Close()
	if err := m.RunAll(); err == nil || !strings.Contains(err.Error(), "Gorgonia gives it the shape 4, its op makes 3") {
		t.Errorf("error %v", err)
	}
}
