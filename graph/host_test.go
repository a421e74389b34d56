package graph

import (
	"slices"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// TestValuesInOrder: views and column-major tensors are read by rows, as inputs, as constants and as results of ops.
func TestValuesInOrder(t *testing.T) {
	plain := tensor.New(tensor.WithShape(2, 3), tensor.WithBacking([]float64{1, 2, 3, 4, 5, 6}))
	column, err := plain.Slice(nil, tensor.S(1))
	must(t, err)
	turned := tensor.New(tensor.WithShape(3, 2), tensor.WithBacking([]float64{1, 4, 2, 5, 3, 6}))
	must(t, turned.T())
	byColumn := tensor.New(tensor.WithShape(2, 3), tensor.AsFortran(nil), tensor.WithBacking([]float64{1, 4, 2, 5, 3, 6}))
	for name, c := range map[string]struct {
		v    tensor.Tensor
		want []float64
	}{
		"plain": {plain, []float64{1, 2, 3, 4, 5, 6}}, "column": {column, []float64{2, 5}},
		"transposed": {turned, []float64{1, 2, 3, 4, 5, 6}}, "column-major": {byColumn, []float64{1, 2, 3, 4, 5, 6}},
	} {
		got, err := numbers(c.v.(*tensor.Dense))
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v (%v), want %v", name, got, err, c.want)
		}
	}
	g := G.NewGraph()
	x := G.NewMatrix(g, G.Float64, G.WithShape(2, 3), G.WithName("x"), G.WithValue(byColumn))
	first := G.Must(G.Sum(G.Must(G.Slice(x, G.S(0)))))
	m, err := NewMachine(g)
	must(t, err)
	defer m.Close()
	must(t, m.RunAll())
	if got := first.Value().Data().(float64); got != 6 {
		t.Errorf("sum of the first row of a column-major input: %v, want 6", got)
	}
}
