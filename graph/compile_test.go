package graph

import (
	"math"
	"testing"

	"github.com/stheno/stheno/backend"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func openGo(t *testing.T) backend.Engine {
	t.Helper()
	e, err := backend.Open("go")
	must(t, err)
	t.Cleanup(func() { e.Close() })
	return e
}

// counter is w ← w + x, and the product of the old w with x.
func counter(rows int) Spec {
	g := G.NewGraph()
	w := G.NewMatrix(g, G.Float64, G.WithShape(2, 2), G.WithName("w"), G.WithValue(tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]float64{1, 2, 3, 4}))))
	x := G.NewMatrix(g, G.Float64, G.WithShape(rows, 2), G.WithName("x"))
	y := G.Must(G.Mul(x, w))
	return Spec{Name: "counter", Inputs: G.Nodes{x}, Params: G.Nodes{w}, Outputs: G.Nodes{y},
		Updates: []Update{{w, G.Must(G.Add(w, w))}}}
}

// TestProgramsShareParameters: programs for two batch shapes see each other's updates; inputs are their own.
func TestProgramsShareParameters(t *testing.T) {
	store := NewStore(openGo(t))
	one, err := store.Compile(counter(1))
	must(t, err)
	three, err := store.Compile(counter(3))
	must(t, err)
	must(t, one.Var("x").SetFloats([]float64{1, 1}))
	must(t, three.Var("x").SetFloats([]float64{1, 0, 0, 1, 1, 1}))
	must(t, one.Run())
	must(t, three.Run())
	got, err := floats(one.Output(0), one.Var("w").DType, 2)
	must(t, err)
	if d := maxDiff(got, []float64{4, 6}); d != 0 {
		t.Errorf("first program: %v", got)
	}
	got, err = floats(three.Output(0), three.Var("w").DType, 6)
	must(t, err)
	if d := maxDiff(got, []float64{2, 4, 6, 8, 8, 12}); d != 0 {
		t.Errorf("second program, after the first doubled w: %v", got)
	}
	w, err := store.Var("w").Floats()
	must(t, err)
	if d := maxDiff(w, []float64{4, 8, 12, 16}); d != 0 {
		t.Errorf("w after both runs: %v", w)
	}
}

// TestStoreRefusesAnotherShape: a parameter has one shape in all programs of a store.
func TestStoreRefusesAnotherShape(t *testing.T) {
	store := NewStore(openGo(t))
	_, err := store.Compile(counter(1))
	must(t, err)
	g := G.NewGraph()
	w := matrix(g, "w", 1, 2, 0, 0)
	_, err = store.Compile(Spec{Name: "other", Params: G.Nodes{w}, Outputs: G.Nodes{G.Must(G.Tanh(w))}})
	if want := `program other: parameter "w" is 1x2 float64 here and 2x2 float64 in another program of the store`; err == nil || err.Error() != want {
		t.Errorf("error %v, want %q", err, want)
	}
}

// TestRunAllocatesNothing: memory is planned when the program is compiled.
func TestRunAllocatesNothing(t *testing.T) {
	p, err := NewStore(openGo(t)).Compile(counter(64))
	must(t, err)
	if n := testing.AllocsPerRun(20, func() { must(t, p.Run()) }); n != 0 {
		t.Errorf("%v allocations a run", n)
	}
}

// TestClosedProgram: it says that it is closed, and gives no old answers.
func TestClosedProgram(t *testing.T) {
	p, err := NewStore(openGo(t)).Compile(counter(1))
	must(t, err)
	p.Close()
	p.Close()
	if err := p.Run(); err == nil || err.Error() != "program counter is closed" {
		t.Errorf("error %v", err)
	}
}

// TestVarMistakes: a value of another shape, or of another type, is no value of the variable.
func TestVarMistakes(t *testing.T) {
	g := G.NewGraph()
	x := G.NewMatrix(g, G.Float64, G.WithShape(4, 2), G.WithName("x"))
	i := G.NewVector(g, tensor.Int, G.WithShape(3), G.WithName("i"))
	y := G.NewVector(g, G.Float32, G.WithShape(2), G.WithName("y"))
	p, err := NewStore(openGo(t)).Compile(Spec{Name: "p", Inputs: G.Nodes{x, i}, Outputs: G.Nodes{G.Must(G.ByIndices(x, i, 0))}})
	must(t, err)
	of := func(dt tensor.Dtype, shape ...int) *tensor.Dense {
		return tensor.New(tensor.Of(dt), tensor.WithShape(shape...))
	}
	for want, err := range map[string]error{
		"x has the shape 4x2, not 2x4":                             p.Var("x").Set(of(tensor.Float64, 2, 4)),
		"x: a value of type []float32 where []float64 is expected": p.Var("x").Set(of(tensor.Float32, 4, 2)),
		"i is of type int, not float64":                            p.Var("i").Set(of(tensor.Float64, 3)),
		"i has the shape 3, not (4)":                               p.Var("i").Set(of(tensor.Int, 4)),
		"i is of type int: give it a value with Set":               p.Var("i").SetFloats([]float64{1, 2, 3}),
		"write []float64 to i, 3 numbers of type int":              p.Var("i").Write([]float64{1, 2, 3}),
		"node ByIndicesOp{axis=0}(%0, %1): i has no value":         p.Run(),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	single, err := NewStore(openGo(t)).Compile(Spec{Name: "q", Inputs: G.Nodes{y}, Outputs: G.Nodes{G.Must(G.Tanh(y))}})
	must(t, err)
	if err := single.Var("y").SetFloats([]float64{1, 1e300}); err == nil || err.Error() != "y: element 1 is 1e+300, more than float32 holds" {
		t.Errorf("error %v", err)
	}
	must(t, single.Var("y").SetFloats([]float64{1, math.Inf(1)}))
	must(t, p.Var("x").SetFloats([]float64{1, 2, 3, 4, 5, 6, 7, 8}))
	must(t, p.Var("i").Write([]int{3, 0, 0}))
	must(t, p.Run())
	out, err := floats(p.Output(0), p.Var("x").DType, 6)
	must(t, err)
	if maxDiff(out, []float64{7, 8, 1, 2, 1, 2}) != 0 {
		t.Errorf("rows %v", out)
	}
}
