package graph

import (
	"testing"

	"stheno/backend"

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
