package graph

import (
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// convolution is a graph of one, with its loss, and the nodes that Conv2d made inside it.
func convolution(t *testing.T) (g *gorgonia.ExprGraph, image, weights, result, loss *gorgonia.Node, inside gorgonia.Nodes) {
	t.Helper()
	g = gorgonia.NewGraph()
	image = gorgonia.NewTensor(g, gorgonia.Float64, 4, gorgonia.WithShape(2, 3, 5, 5), gorgonia.WithName("x"), gorgonia.WithInit(gorgonia.GlorotN(1)))
	weights = gorgonia.NewTensor(g, gorgonia.Float64, 4, gorgonia.WithShape(4, 3, 3, 3), gorgonia.WithName("w"), gorgonia.WithInit(gorgonia.GlorotN(1)))
	result = gorgonia.Must(gorgonia.Conv2d(image, weights, tensor.Shape{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1}))
	for _, n := range g.AllNodes() {
		if n.Op() != nil && n != result {
			inside = append(inside, n)
		}
	}
	loss = gorgonia.Must(gorgonia.Sum(gorgonia.Must(gorgonia.Square(gorgonia.Must(gorgonia.Rectify(result))))))
	if _, err := gorgonia.Grad(loss, image, weights); err != nil {
		t.Fatal(err)
	}
	return g, image, weights, result, loss, inside
}

// TestInsideConvolutions: every node has its value, with the derivatives, but those that Conv2d makes for itself.
func TestInsideConvolutions(t *testing.T) {
	g, image, weights, result, loss, inside := convolution(t)
	if len(inside) != 5 {
		t.Fatalf("Conv2d made %d nodes: this test knows five", len(inside))
	}
	m, err := NewMachine(g)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	for _, n := range inside {
		if n.Value() != nil || n.Deriv() != nil && n.Deriv().Value() != nil {
			t.Errorf("%v has a value, or its derivative", n)
		}
	}
	for _, n := range (gorgonia.Nodes{image, weights, result, loss}) {
		if n.Value() == nil {
			t.Errorf("%v has no value", n)
		}
		if n.Deriv().Value() == nil {
			t.Errorf("%v has no derivative", n)
		}
	}
}

// TestInsideAsked: patches have their value where they are named, or where something else reads them.
func TestInsideAsked(t *testing.T) {
	g, _, _, _, _, inside := convolution(t)
	m, err := NewMachine(g, Only(inside...))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	for _, n := range inside {
		if n.Value() == nil || !n.Value().Shape().Eq(n.Shape()) {
			t.Errorf("%v has no value", n)
		}
	}

	g, _, _, _, _, inside = convolution(t)
	gorgonia.Must(gorgonia.Square(inside[0]))
	if m, err = NewMachine(g); err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	if inside[0].Value() == nil {
		t.Errorf("%v is read by another node, and has no value", inside[0])
	}
}
