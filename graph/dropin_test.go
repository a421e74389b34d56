package graph

import (
	"hash"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Each graph here once gave another answer than the TapeMachine, an error, or a panic.

func vector(g *G.ExprGraph, name string, data ...float64) *G.Node {
	return G.NewVector(g, G.Float64, G.WithShape(len(data)), G.WithName(name), G.WithValue(tensor.New(tensor.WithBacking(data))))
}

// sameOnBoth: the graph's result is what the TapeMachine makes of it, on both engines, three times on spoiled memory.
var sameOnBoth = map[string]func(g *G.ExprGraph) (*G.Node, error){
	"a node that Gorgonia removed": func(g *G.ExprGraph) (*G.Node, error) {
		return G.BinaryXent(vector(g, "p", 0.2, 0.6, 0.9), vector(g, "t", 0, 1, 1))
	},
	"a gradient that is an input": func(g *G.ExprGraph) (*G.Node, error) {
		x, up := vector(g, "x", 1, 2, 3), vector(g, "up", 10, 20, 30)
		y := G.Must(G.Square(x))
		ds, err := G.Backpropagate(G.Nodes{y}, G.Nodes{up}, G.Nodes{x})
		return ds[0], err
	},
	"inputs without a name": func(g *G.ExprGraph) (*G.Node, error) {
		return G.Mul(G.NewMatrix(g, G.Float64, G.WithValue(tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]float64{1, 2, 3, 4})))),
			G.NewVector(g, G.Float64, G.WithValue(tensor.New(tensor.WithBacking([]float64{10, 1})))))
	},
	"inputs of one name": func(g *G.ExprGraph) (*G.Node, error) {
		return G.Mul(matrix(g, "w", 2, 2, 1, 2, 3, 4), vector(g, "w", 10, 1))
	},
	"truths": func(g *G.ExprGraph) (*G.Node, error) { return G.Gt(vector(g, "x", 1, 5), vector(g, "y", 3, 2), false) },
	"whole numbers": func(g *G.ExprGraph) (*G.Node, error) {
		i := G.NewVector(g, tensor.Int, G.WithName("i"), G.WithValue(tensor.New(tensor.WithBacking([]int{2, 0}))))
		j := G.NewVector(g, tensor.Int, G.WithName("j"), G.WithValue(tensor.New(tensor.WithBacking([]int{-1, 1}))))
		return G.ByIndices(matrix(g, "table", 3, 2, 1, 2, 3, 4, 5, 6), G.Must(G.Add(i, j)), 0)
	},
	"the other float type": func(g *G.ExprGraph) (*G.Node, error) {
		G.Must(G.Square(matrix(g, "most", 3, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9)))
		return G.Square(G.NewVector(g, G.Float32, G.WithName("y"), G.WithValue(tensor.New(tensor.WithBacking([]float32{3, 4})))))
	},
	"inputs of other types that nobody reads": func(g *G.ExprGraph) (*G.Node, error) {
		G.NewVector(g, G.Float32, G.WithName("single"), G.WithValue(tensor.New(tensor.WithBacking([]float32{3, 4}))))
		G.NewVector(g, tensor.Int, G.WithName("whole"), G.WithValue(tensor.New(tensor.WithBacking([]int{2, 0}))))
		return G.Square(vector(g, "x", 1, 5))
	},
	"a Tensordot of vectors": func(g *G.ExprGraph) (*G.Node, error) {
		return G.Tensordot([]int{0}, []int{0}, vector(g, "a", 2, 3), vector(g, "b", 21, 22))
	},
}

func TestSameAsTape(t *testing.T) {
	for name, build := range sameOnBoth {
		t.Run(name, func(t *testing.T) {
			g := G.NewGraph()
			n, err := build(g)
			must(t, err)
			tape := G.NewTapeMachine(g)
			must(t, tape.RunAll())
			want, shape := values(t, n), n.Value().Shape().Clone()
			onEngines(t, func(t *testing.T, e backend.Engine) {
				g := G.NewGraph()
				n, err := build(g)
				must(t, err)
				m, err := NewMachine(g, On(e))
				must(t, err)
				defer m.Close()
				for run := range 3 {
					must(t, m.RunAll())
					if got := values(t, n); len(got) != len(want) || maxDiff(got, want) > 1e-15 {
						t.Errorf("run %d: %v, want %v", run, got, want)
					}
					if !n.Value().Shape().Eq(shape) {
						t.Errorf("the shape is %v, want %v", n.Value().Shape(), shape)
					}
					m.Program().Exec().(backend.Poisoner).Poison()
				}
			})
		})
	}
}

// writer is an op of a user's that changes its argument. What is not written here it has from another op of one argument.
type writer struct{ G.Op }

func (writer) ReturnsPtr() bool        { return false }
func (writer) String() string          { return "writer" }
func (w writer) WriteHash(h hash.Hash) { h.Write([]byte("writer")) }
func (writer) Do(args ...G.Value) (G.Value, error) {
	v, err := G.CloneValue(args[0])
	args[0].(*tensor.Dense).Memset(-1.0)
	return v, err
}

// TestArgumentsAreSafe: an op that writes to its argument does not change what others read, be they an input or a value of the program.
func TestArgumentsAreSafe(t *testing.T) {
	onEngines(t, func(t *testing.T, e backend.Engine) {
		g := G.NewGraph()
		x := vector(g, "x", 1, 2, 3)
		y := G.Must(G.Square(x))
		var sums G.Nodes
		for _, n := range []*G.Node{x, y} {
			copied := G.Must(G.ApplyOp(writer{G.Must(G.Tanh(n)).Op()}, n))
			sums = append(sums, G.Must(G.Sub(copied, n)))
		}
		m, err := NewMachine(g, On(e))
		must(t, err)
		defer m.Close()
		for range 3 {
			must(t, m.RunAll())
			for _, n := range sums {
				if got := values(t, n); maxDiff(got, []float64{0, 0, 0}) != 0 {
					t.Errorf("%v, want zeros", got)
				}
			}
			if got := values(t, x); maxDiff(got, []float64{1, 2, 3}) != 0 {
				t.Errorf("the input has become %v", got)
			}
		}
	})
}

// TestProductAgain: the same product on the same memory, wider than a block in both directions.
func TestProductAgain(t *testing.T) {
	onEngines(t, func(t *testing.T, e backend.Engine) {
		g := G.NewGraph()
		a := G.NewMatrix(g, G.Float64, G.WithName("a"), G.WithShape(16, 1152), G.WithInit(G.Ones()))
		b := G.NewMatrix(g, G.Float64, G.WithName("b"), G.WithShape(1152, 625), G.WithInit(G.Ones()))
		c := G.Must(G.Mul(a, b))
		m, err := NewMachine(g, On(e))
		must(t, err)
		defer m.Close()
		for run := range 3 {
			must(t, m.RunAll())
			for i, v := range values(t, c) {
				if v != 1152 {
					t.Fatalf("run %d: element %d is %v, want 1152", run, i, v)
				}
			}
			m.Program().Exec().(backend.Poisoner).Poison()
		}
	})
}

// TestGradientsAddUp: with BindDualValues they do until a solver has used them, each node's for itself; without, a run's replace
// the last one's.
func TestGradientsAddUp(t *testing.T) {
	for _, dual := range []bool{false, true} {
		onEngines(t, func(t *testing.T, e backend.Engine) {
			g := G.NewGraph()
			x, y := vector(g, "x", 1, 2), vector(g, "y", 5, 7)
			cost := G.Must(G.Sum(G.Must(G.Square(G.Must(G.Add(x, y)))))) // dx and dy are one node
			_, err := G.Grad(cost, x, y)
			must(t, err)
			opts := []Option{On(e)}
			if dual {
				opts = append(opts, BindDualValues(x, y))
			}
			m, err := NewMachine(g, opts...)
			must(t, err)
			defer m.Close()
			for run := 1; run <= 3; run++ {
				must(t, m.RunAll())
				m.Reset()
				for _, n := range []*G.Node{x, y} {
					grad, err := n.Grad()
					must(t, err)
					got, err := numbers(grad)
					must(t, err)
					times := 1.0
					if dual {
						times = float64(run)
					}
					if want := []float64{12 * times, 18 * times}; maxDiff(got, want) != 0 {
						t.Errorf("dual %v, run %d: gradient of %s is %v, want %v", dual, run, n.Name(), got, want)
					}
				}
			}
			if !dual {
				return
			}
			solver := G.NewVanillaSolver(G.WithLearnRate(0.5))
			must(t, solver.Step(G.NodesToValueGrads(G.Nodes{x, y})))
			for _, n := range []*G.Node{x, y} {
				want := map[*G.Node][]float64{x: {1 - 18, 2 - 27}, y: {5 - 18, 7 - 27}}[n]
				if got := values(t, n); maxDiff(got, want) != 0 {
					t.Errorf("%s after the step: %v, want %v", n.Name(), got, want)
				}
			}
		})
	}
}

// TestLetAndSet are methods of the TapeMachine that programs call.
func TestLetAndSet(t *testing.T) {
	g := G.NewGraph()
	x := G.NewScalar(g, G.Float64, G.WithName("x"))
	y := G.Must(G.Square(x))
	m, err := NewMachine(g)
	must(t, err)
	if err := m.Set(x, y); err == nil || !strings.Contains(err.Error(), "has no value to set x to: run the machine first") {
		t.Errorf("Set before a run: %v", err)
	}
	must(t, m.Let(x, 3.0))
	for _, want := range []float64{9, 81} {
		must(t, m.RunAll())
		if got := values(t, y)[0]; got != want {
			t.Errorf("y is %v, want %v", got, want)
		}
		must(t, m.Set(x, y))
	}
	stranger := G.NewScalar(G.NewGraph(), G.Float64, G.WithName("z"))
	if err := m.Let(stranger, 1.0); err == nil || !strings.Contains(err.Error(), "is not of this machine's graph") {
		t.Errorf("Let of another graph's node: %v", err)
	}
	must(t, m.Close())
	for what, err := range map[string]error{"RunAll": m.RunAll(), "Let": m.Let(x, 1.0), "Set": m.Set(x, y)} {
		if err != errClosed {
			t.Errorf("%s of a closed machine: %v", what, err)
		}
	}
}
