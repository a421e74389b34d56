package models_test

import (
	"testing"

	"github.com/stheno/stheno/backend/backendtest"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// A model gives everything back: the programs of its methods and of its steps, closed or not, and all values.
func TestModelFreesAll(t *testing.T) {
	e := backendtest.NoLeaks(t, openEngine(t, "go"))
	net, err := models.TwoLayerNet(4, 5, 3, 0.01, 1).Net()
	if err != nil {
		t.Fatal(err)
	}
	m, err := models.New(net, e, tensor.Float64)
	if err != nil {
		t.Fatal(err)
	}
	x := tensor.New(tensor.WithShape(2, 4), tensor.WithBacking(tensor.Range(tensor.Float64, 0, 8)))
	y := tensor.New(tensor.WithShape(2, 3), tensor.WithBacking([]float64{1, 0, 0, 0, 0, 1}))
	if _, err := m.Predict(x); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Loss(x, y); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Gradient(x, y); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		s, err := m.Step(2, models.Adam{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.SetLR(0.1); err != nil {
			t.Fatal(err)
		}
		if err := s.Run(); err != nil {
			t.Fatal(err)
		}
		defer s.Close() // after the model
	}
	m.Close()
}
