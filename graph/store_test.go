package graph

import (
	"slices"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/ir"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// TestPlace: a parameter is in the caller's memory, programs read and write it there, and Forget ends that.
func TestPlace(t *testing.T) {
	s := NewStore(openGo(t))
	defer s.Close()
	memory := []float64{1, 2, 3}
	if err := s.Place("p", ir.Shape{3}, memory); err != nil {
		t.Fatal(err)
	}
	g := G.NewGraph()
	p := G.NewVector(g, tensor.Float64, G.WithName("p"), G.WithShape(3))
	twice := G.Must(G.Add(p, p))
	x, err := s.Compile(Spec{Name: "twice", Params: G.Nodes{p}, Outputs: G.Nodes{twice}, Updates: []Update{{p, twice}}})
	if err != nil {
		t.Fatal(err)
	}
	memory[0] = 5
	if err := x.Run(); err != nil || !slices.Equal(memory, []float64{10, 4, 6}) {
		t.Errorf("%v, error %v; want 10 4 6", memory, err)
	}
	if err := s.Place("p", ir.Shape{3}, memory); err == nil {
		t.Error("a second place is no error")
	}
	v := s.Var("p")
	x.Close()
	s.Forget("p")
	s.Forget("p")
	if _, err := v.Floats(); err == nil || s.Var("p") != nil {
		t.Error("what is forgotten can be read")
	}
	for _, wrong := range []any{[]float64{1}, []int{1, 2, 3}, nil} {
		if err := s.Place("q", ir.Shape{3}, wrong); err == nil || s.Var("q") != nil {
			t.Errorf("%v in place of 3 numbers: error %v", wrong, err)
		}
	}
	own := NewStore(struct{ backend.Engine }{openGo(t)}) // it hides what the interface does not have
	defer own.Close()
	if err := own.Place("p", ir.Shape{3}, memory); err == nil {
		t.Error("an engine with memory of its own takes the caller's")
	}
	s.Close()
	if err := s.Place("p", ir.Shape{3}, memory); err == nil {
		t.Error("a closed store takes memory")
	}
}
