package graph

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stheno/stheno/ir"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// TestLowerEveryOp holds the one file that knows Gorgonia's private ops to the pinned version: each op is lowered, runs
// on the reference kernels, and must give what its own Do gives. native says whether it must have a native form.
// In one piece: most of it is the table of the ops.
func TestLowerEveryOp(t *testing.T) {
	has := func(function string) bool { return unary[function] != nil }
	type nodes = []*G.Node
	cases := []struct {
		name   string
		native bool
		build  func(in nodes) (*G.Node, error) // in: a (3,4), b (3,4), c (4,2), v (4), w (3), s scalar
	}{
		{"add", true, func(in nodes) (*G.Node, error) { return G.Add(in[0], in[1]) }},
		{"sub", true, func(in nodes) (*G.Node, error) { return G.Sub(in[0], in[1]) }},
		{"mul", true, func(in nodes) (*G.Node, error) { return G.HadamardProd(in[0], in[1]) }},
		{"div", true, func(in nodes) (*G.Node, error) { return G.HadamardDiv(in[0], in[1]) }},
		{"pow", true, func(in nodes) (*G.Node, error) { return G.Pow(in[0], G.NewConstant(2.0)) }},
		{"tensor and scalar", true, func(in nodes) (*G.Node, error) { return G.Sub(in[0], in[5]) }},
		{"scalar and tensor", true, func(in nodes) (*G.Node, error) { return G.Sub(in[5], in[0]) }},
		{"lt", true, func(in nodes) (*G.Node, error) { return G.Lt(in[0], in[1], true) }},
		{"gt", true, func(in nodes) (*G.Node, error) { return G.Gt(in[0], in[1], true) }},
		{"lte", true, func(in nodes) (*G.Node, error) { return G.Lte(in[0], in[1], true) }},
		{"gte", true, func(in nodes) (*G.Node, error) { return G.Gte(in[0], in[1], true) }},
		{"eq", true, func(in nodes) (*G.Node, error) { return G.Eq(in[0], in[0], true) }},
		{"ne", true, func(in nodes) (*G.Node, error) { return G.Ne(in[0], in[1], true) }},
		{"abs", true, func(in nodes) (*G.Node, error) { return G.Abs(in[0]) }},
		{"sign", true, func(in nodes) (*G.Node, error) { return G.Sign(in[0]) }},
		{"neg", true, func(in nodes) (*G.Node, error) { return G.Neg(in[0]) }},
		{"exp", true, func(in nodes) (*G.Node, error) { return G.Exp(in[0]) }},
		{"square", true, func(in nodes) (*G.Node, error) { return G.Square(in[0]) }},
		{"cube", true, func(in nodes) (*G.Node, error) { return G.Cube(in[0]) }},
		{"tanh", true, func(in nodes) (*G.Node, error) { return G.Tanh(in[0]) }},
		{"sigmoid", true, func(in nodes) (*G.Node, error) { return G.Sigmoid(in[0]) }},
		{"inverse", true, func(in nodes) (*G.Node, error) { return G.Inverse(in[0]) }},
		{"log", true, func(in nodes) (*G.Node, error) { return G.Log(G.Must(G.Square(in[0]))) }},
		{"sqrt", true, func(in nodes) (*G.Node, error) { return G.Sqrt(G.Must(G.Square(in[0]))) }},
		{"inverse sqrt", true, func(in nodes) (*G.Node, error) { return G.InverseSqrt(G.Must(G.Square(in[0]))) }},
		{"rectify", true, func(in nodes) (*G.Node, error) { return G.Rectify(in[0]) }},
		{"leaky relu", true, func(in nodes) (*G.Node, error) { return G.LeakyRelu(in[0], 0.1) }},
		{"ceil", has("ceil"), func(in nodes) (*G.Node, error) { return G.Ceil(in[0]) }},
		{"floor", has("floor"), func(in nodes) (*G.Node, error) { return G.Floor(in[0]) }},
		{"sin", has("sin"), func(in nodes) (*G.Node, error) { return G.Sin(in[0]) }},
		{"cos", has("cos"), func(in nodes) (*G.Node, error) { return G.Cos(in[0]) }},
		{"log1p", has("log1p"), func(in nodes) (*G.Node, error) { return G.Log1p(G.Must(G.Square(in[0]))) }},
		{"log2", has("log2"), func(in nodes) (*G.Node, error) { return G.Log2(G.Must(G.Square(in[0]))) }},
		{"expm1", has("expm1"), func(in nodes) (*G.Node, error) { return G.Expm1(in[0]) }},
		{"softplus", has("softplus"), func(in nodes) (*G.Node, error) { return G.Softplus(in[0]) }},
		{"matrix product", true, func(in nodes) (*G.Node, error) { return G.Mul(in[0], in[2]) }},
		{"matrix and vector", true, func(in nodes) (*G.Node, error) { return G.Mul(in[0], in[3]) }},
		{"dot", true, func(in nodes) (*G.Node, error) { return G.Mul(in[3], in[3]) }},
		{"outer product", true, func(in nodes) (*G.Node, error) { return G.OuterProd(in[4], in[3]) }},
		{"batched product", true, func(in nodes) (*G.Node, error) {
			x := G.Must(G.Reshape(in[0], tensor.Shape{2, 2, 3}))
			return G.BatchedMatMul(x, G.Must(G.Reshape(in[1], tensor.Shape{2, 3, 2})))
		}},
		{"batched product of four axes", true, func(in nodes) (*G.Node, error) {
			x := G.Must(G.Reshape(in[0], tensor.Shape{1, 2, 2, 3}))
			return G.BatchedMatMul(x, G.Must(G.Reshape(in[1], tensor.Shape{1, 2, 2, 3})), true)
		}},
		{"sum of rows", true, func(in nodes) (*G.Node, error) { return G.Sum(in[0], 0) }},
		{"sum of columns", true, func(in nodes) (*G.Node, error) { return G.Sum(in[0], 1) }},
		{"sum", true, func(in nodes) (*G.Node, error) { return G.Sum(in[0]) }},
		{"sum of outer axes", true, func(in nodes) (*G.Node, error) {
			return G.Sum(G.Must(G.Reshape(in[0], tensor.Shape{2, 3, 2})), 0, 2)
		}},
		{"mean", true, func(in nodes) (*G.Node, error) { return G.Mean(in[0]) }},
		{"max", true, func(in nodes) (*G.Node, error) { return G.Max(in[0], 1) }},
		{"broadcast row", true, func(in nodes) (*G.Node, error) { return G.BroadcastAdd(in[0], in[3], nil, []byte{0}) }},
		{"broadcast column", true, func(in nodes) (*G.Node, error) { return G.BroadcastSub(in[0], in[4], nil, []byte{1}) }},
		{"repeat of rows", true, func(in nodes) (*G.Node, error) { return repeated(in[0], 0) }},
		{"repeat of columns", true, func(in nodes) (*G.Node, error) { return repeated(in[0], 1) }},
		{"reshape", true, func(in nodes) (*G.Node, error) { return G.Reshape(in[0], tensor.Shape{2, 6}) }},
		{"ravel", true, func(in nodes) (*G.Node, error) { return G.Ravel(in[0]) }},
		{"transpose", true, func(in nodes) (*G.Node, error) { return G.Transpose(in[0], 1, 0) }},
		{"transpose of three", true, func(in nodes) (*G.Node, error) {
			return G.Transpose(G.Must(G.Reshape(in[0], tensor.Shape{2, 3, 2})), 2, 0, 1)
		}},
		{"slice of rows", true, func(in nodes) (*G.Node, error) { return G.Slice(in[0], G.S(1, 3)) }},
		{"one row", true, func(in nodes) (*G.Node, error) { return G.Slice(in[0], G.S(1)) }},
		{"slice of columns", true, func(in nodes) (*G.Node, error) { return G.Slice(in[0], nil, G.S(1, 3)) }},
		{"one column", true, func(in nodes) (*G.Node, error) { return G.Slice(in[0], nil, G.S(2)) }},
		{"concat", true, func(in nodes) (*G.Node, error) { return G.Concat(0, in[0], in[1]) }},
		{"concat of columns", true, func(in nodes) (*G.Node, error) { return G.Concat(1, in[0], in[1], in[0]) }},
		{"concat of one", true, func(in nodes) (*G.Node, error) { return G.Concat(1, in[0]) }},
		{"size", true, func(in nodes) (*G.Node, error) { return G.SizeOf(1, in[0]) }},
		{"softmax", true, func(in nodes) (*G.Node, error) { return G.SoftMax(in[0]) }},
		{"softmax over rows", true, func(in nodes) (*G.Node, error) { return G.SoftMax(in[0], 0) }},
		{"log softmax", true, func(in nodes) (*G.Node, error) { return G.LogSoftMax(in[0]) }},
		{"softmax of a vector", true, func(in nodes) (*G.Node, error) { return G.SoftMax(in[3]) }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(5, 5))
			g := G.NewGraph()
			leaf := func(name string, shape ...int) *G.Node {
				return G.NewTensor(g, G.Float64, len(shape), G.WithShape(shape...), G.WithName(name), G.WithValue(random(r, 1, shape...)))
			}
			in := nodes{leaf("a", 3, 4), leaf("b", 3, 4), leaf("c", 4, 2), leaf("v", 4), leaf("w", 3),
				G.NewScalar(g, G.Float64, G.WithName("s"), G.WithValue(0.7))}
			n, err := c.build(in)
			if err != nil {
				t.Fatal(err)
			}
			p, err := lowerSpec(Spec{Name: c.name, Outputs: G.Nodes{n}, Inputs: in})
			if err != nil {
				t.Fatal(err)
			}
			if host := hostOps(p.Program); (host == "") != c.native {
				t.Errorf("ops on the host: %q; native is %v", host, c.native)
			}
			inputs := map[string][]float64{}
			for _, l := range in {
				inputs[l.Name()], _ = numbers(l.Value())
			}
			got, _, err := p.Eval(inputs)
			if err != nil {
				t.Fatal(err)
			}
			want := opByOp(t, n)
			if d := maxDiff(got[0], want); len(got[0]) != len(want) || d > 1e-14 {
				t.Errorf("got %v, Gorgonia's op gives %v", got[0], want)
			}
		})
	}
}

// repeated repeats each row (axis 0) or column (axis 1) by the op that a broadcast has, of which Gorgonia has no function.
func repeated(x *G.Node, axis byte) (*G.Node, error) {
	v := G.NewVector(x.Graph(), G.Float64, G.WithShape(x.Shape()[1-axis]), G.WithName("broadcast"), G.WithInit(G.Zeroes()))
	repeat := childrenOf(G.Must(G.BroadcastAdd(x, v, nil, []byte{axis})))[1]
	return G.ApplyOp(repeat.Op(), x, childrenOf(repeat)[1])
}

func hostOps(p *ir.Program) string {
	var names []string
	for i := range p.Instrs {
		if p.Instrs[i].Op == ir.Host {
			names = append(names, p.Instrs[i].Name)
		}
	}
	return strings.Join(names, ", ")
}

// opByOp evaluates a node with its op's Do.
func opByOp(t *testing.T, n *G.Node) []float64 {
	t.Helper()
	var eval func(n *G.Node) G.Value
	eval = func(n *G.Node) G.Value {
		if n.Op() == nil {
			return n.Value()
		}
		var args []G.Value
		for _, c := range childrenOf(n) {
			v, err := G.CloneValue(eval(c))
			must(t, err)
			args = append(args, v)
		}
		v, err := n.Op().Do(args...)
		must(t, err)
		return v
	}
	out, err := numbers(eval(n))
	must(t, err)
	return out
}

// TestUnknownOp: an op that the compiler has no rule for runs through its own Do, and Explain says so.
func TestUnknownOp(t *testing.T) {
	g := G.NewGraph()
	x := matrix(g, "x", 1, 3, 1, 2, 3)
	n, err := G.Sparsemax(x)
	must(t, err)
	p, err := NewStore(openGo(t)).Compile(Spec{Name: "sparsemax", Inputs: G.Nodes{x}, Outputs: G.Nodes{n}})
	must(t, err)
	if s := p.Explain(); !strings.Contains(s, "run on the host, by a function: %1 Sparsemax") {
		t.Errorf("Explain does not name the op:\n%s", s)
	}
}

// TestCompileErrors: what cannot be compiled is one line that names program, node and remedy.
func TestCompileErrors(t *testing.T) {
	g := G.NewGraph()
	x := matrix(g, "x", 2, 2, 1, 2, 3, 4)
	free := G.NewMatrix(g, G.Float64, G.WithShape(2, 2), G.WithName("free"))
	twin := G.NewMatrix(g, G.Float64, G.WithShape(3, 2), G.WithName("x"))
	for _, c := range []struct {
		spec Spec
		want string
	}{
		{Spec{Name: "p"}, "program p: no outputs and no updates: nothing to compile"},
		{Spec{Name: "p", Outputs: G.Nodes{G.Must(G.Tanh(free))}}, "program p: node free (2, 2) has no value and is neither an input nor a parameter"},
		{Spec{Name: "p", Outputs: G.Nodes{G.Must(G.Tanh(x))}, Params: G.Nodes{x, twin}}, `two inputs or parameters are named "x"`},
		{Spec{Name: "p", Outputs: G.Nodes{x}, Params: G.Nodes{x}, Updates: []Update{{x, G.Must(G.Sum(x))}}}, `update of input "x" (2x2) with a value of shape scalar`},
	} {
		_, err := lowerSpec(c.spec)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %q, want one line with %q", fmt.Sprint(err), c.want)
		}
	}
}
