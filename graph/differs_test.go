package graph

import (
	"math"
	"testing"

	"github.com/stheno/stheno/backend"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// What the package's documentation says of Gorgonia 0.9.18, where TestGradients does not show it.

// runOn runs a graph on the TapeMachine and on an engine, and gives the node's values on both.
func runOn(t *testing.T, e backend.Engine, build func(g *G.ExprGraph) *G.Node) (tape, ours []float64) {
	t.Helper()
	g := G.NewGraph()
	n := build(g)
	func() {
		defer func() { recover() }()
		m := G.NewTapeMachine(g)
		defer m.Close()
		if m.RunAll() == nil {
			tape, _ = numbers(n.Value())
		}
	}()
	g = G.NewGraph()
	n = build(g)
	m, err := NewMachine(g, On(e))
	must(t, err)
	defer m.Close()
	must(t, m.RunAll())
	return tape, values(t, n)
}

func TestWhatGorgoniaComputesWrongly(t *testing.T) {
	nan := math.NaN()
	picture := func(g *G.ExprGraph, data ...float64) *G.Node {
		return G.NewTensor(g, G.Float64, 4, G.WithShape(1, 1, 2, 3), G.WithName("x"), G.WithValue(tensor.New(tensor.WithShape(1, 1, 2, 3), tensor.WithBacking(data))))
	}
	for name, c := range map[string]struct {
		build func(g *G.ExprGraph) *G.Node
		want  []float64
	}{
		"AveragePool2D": {func(g *G.ExprGraph) *G.Node {
			return G.Must(G.AveragePool2D(picture(g, 1, 2, 3, 4, 5, 6), tensor.Shape{2, 2}, []int{0, 0}, []int{1, 1}))
		}, []float64{3, 4}},
		"MaxPool2D of a NaN": {func(g *G.ExprGraph) *G.Node {
			return G.Must(G.MaxPool2D(picture(g, 1, nan, 3, 4, 5, 6), tensor.Shape{2, 1}, []int{0, 0}, []int{1, 1}))
		}, []float64{4, nan, 6}},
		"ByIndices of a (1, 1) tensor": {func(g *G.ExprGraph) *G.Node {
			i := G.NewVector(g, tensor.Int, G.WithName("i"), G.WithValue(tensor.New(tensor.WithBacking([]int{0, 0}))))
			return G.Must(G.ByIndices(matrix(g, "x", 1, 1, 7), i, 0))
		}, []float64{7, 7}},
	} {
		t.Run(name, func(t *testing.T) {
			onEngines(t, func(t *testing.T, e backend.Engine) {
				same := func(got []float64) bool {
					for i := range c.want {
						if len(got) != len(c.want) || got[i] != c.want[i] && !(math.IsNaN(got[i]) && math.IsNaN(c.want[i])) {
							return false
						}
					}
					return true
				}
				tape, ours := runOn(t, e, c.build)
				if !same(ours) {
					t.Errorf("%v, want %v", ours, c.want)
				}
				if same(tape) {
					t.Errorf("the TapeMachine is right: %v", tape)
				}
			})
		})
	}
}

// TestIndexOutOfRange: a program names the index and the axis; a machine does as the TapeMachine.
func TestIndexOutOfRange(t *testing.T) {
	g := G.NewGraph()
	i := G.NewVector(g, tensor.Int, G.WithName("i"), G.WithValue(tensor.New(tensor.WithBacking([]int{2, 3}))))
	y := G.Must(G.ByIndices(matrix(g, "x", 3, 1, 1, 2, 3), i, 0))
	m, err := NewMachine(g)
	must(t, err)
	defer m.Close()
	must(t, m.RunAll())
	if got := values(t, y); maxDiff(got, []float64{3, 1}) != 0 {
		t.Errorf("on a machine %v, want [3 1]", got)
	}
	p, err := Compile(openGo(t), Spec{Name: "p", Outputs: G.Nodes{y}})
	must(t, err)
	want := "node ByIndicesOp{axis=0}(%1, %0): ByIndicesOp{axis=0}: index 3 is out of range: axis 0 of 3x1 has 3"
	if err := p.Run(); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// TestOneNumberHasNoVariance: a batch of one leaves the running variance; the TapeMachine makes it NaN.
func TestOneNumberHasNoVariance(t *testing.T) {
	onEngines(t, func(t *testing.T, e backend.Engine) {
		g := G.NewGraph()
		y, _, _, op, err := G.BatchNorm(matrix(g, "x", 1, 2, 3, 5), matrix(g, "scale", 1, 2, 1, 1), matrix(g, "bias", 1, 2, 0, 0), 0.5, 1e-5)
		must(t, err)
		m, err := NewMachine(g, On(e))
		must(t, err)
		defer m.Close()
		must(t, m.RunAll())
		if got := append(stats(t, op), values(t, y)...); maxDiff(got, []float64{1.5, 2.5, 1, 1, 0, 0}) > 1e-12 {
			t.Errorf("statistics and result %v", got)
		}
	})
}

// TestNodesThatGorgoniaJoins are one node before we see them.
func TestNodesThatGorgoniaJoins(t *testing.T) {
	g := G.NewGraph()
	x := matrix(g, "x", 2, 2, 1, 2, 3, 4)
	for name, pair := range map[string][2]*G.Node{
		"random nodes": {G.UniformRandomNode(g, G.Float64, 0, 1, 2, 2), G.UniformRandomNode(g, G.Float64, 0, 1, 2, 2)},
		"dropouts":     {G.Must(G.Dropout(x, 0.1)), G.Must(G.Dropout(x, 0.9))},
		"softmaxes":    {G.Must(G.SoftMax(x)), G.Must(G.LogSoftMax(x))},
	} {
		if pair[0] != pair[1] {
			t.Errorf("Gorgonia tells the %s apart: say so in the documentation", name)
		}
	}
}

// TestOpsThatReadOnly: what is handed to them without a copy is as it was afterwards.
func TestOpsThatReadOnly(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range gradCases {
		in, _ := c.cost(t)
		for _, n := range in.g.AllNodes() {
			if n.Op() == nil || !readsOnly[opType(n.Op())] || seen[opType(n.Op())+c.name] {
				continue
			}
			seen[opType(n.Op())], seen[opType(n.Op())+c.name] = true, true
			p, err := lowerSpec(Spec{Name: "children", Outputs: childrenOf(n), Inputs: in.leaves})
			must(t, err)
			inputs := map[string][]float64{}
			for _, l := range in.leaves {
				inputs[p.names[l]], _ = numbers(l.Value())
			}
			var args []G.Value
			var before [][]float64
			outs, _, err := p.Eval(inputs)
			must(t, err)
			for i, child := range childrenOf(n) {
				var v G.Value
				if b := p.boxes[child]; b != nil {
					v = b.v
				} else if child.IsScalar() {
					v = G.NewF64(outs[i][0])
				} else {
					v = tensor.New(tensor.WithShape(child.Shape()...), tensor.WithBacking(outs[i]))
				}
				old, err := numbers(v)
				must(t, err)
				args, before = append(args, v), append(before, append([]float64(nil), old...))
			}
			_, err = (&hostCall{op: n.Op()}).do(args)
			must(t, err)
			for i, v := range args {
				if after, _ := numbers(v); maxDiff(after, before[i]) != 0 {
					t.Errorf("%s: %v changes what it reads", c.name, n.Op())
				}
			}
		}
	}
	for op := range readsOnly {
		if !seen[op] {
			t.Errorf("no test runs a %s", op)
		}
	}
}
