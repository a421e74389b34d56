package models_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stheno/stheno/graph"
	"github.com/stheno/stheno/models"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// TestNodesThatDoNotFit: every function that makes nodes refuses what it cannot use, in one line, outside of a model too.
func TestNodesThatDoNotFit(t *testing.T) {
	g := gorgonia.NewGraph()
	matrix := func(rows, cols int) *gorgonia.Node {
		return gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithShape(rows, cols), gorgonia.WithName(fmt.Sprintf("m%dx%d", rows, cols)))
	}
	elsewhere := gorgonia.NewMatrix(gorgonia.NewGraph(), tensor.Float64, gorgonia.WithShape(3, 2), gorgonia.WithName("elsewhere"))
	scalar := gorgonia.NewScalar(g, tensor.Float64, gorgonia.WithName("s"))
	maxout := func(k int) models.Activation {
		return func(x *gorgonia.Node) (*gorgonia.Node, error) { return models.Maxout(x, k) }
	}
	err := func(_ *gorgonia.Node, err error) error { return err }
	update := func(o models.Optimizer, n *gorgonia.Node) error {
		_, err := o.Update(n, n, n, models.State{})
		return err
	}
	cases := map[string]error{
		"maxout of 3: the shape (3, 2) has no whole":                       err(models.Maxout(matrix(3, 2), 3)),
		"maxout of 0: the shape (3, 2) has no whole":                       err(models.Maxout(matrix(3, 2), 0)),
		"softmax of the shape (3, 1): softmax over one unit is always 1":   err(models.Softmax(matrix(3, 1))),
		"softmax of the shape (): softmax over one unit is always 1":       err(models.Softmax(scalar)),
		"softmax cross-entropy of the shape (3, 1): softmax over one unit": err(models.SoftmaxCrossEntropy(matrix(3, 1), matrix(3, 1))),
		"softmax cross-entropy of the shapes (3, 2) and (2, 3): want two":  err(models.SoftmaxCrossEntropy(matrix(3, 2), matrix(2, 3))),
		"cross-entropy of the shapes () and (3, 2): want two":              err(models.CrossEntropy(scalar, matrix(3, 2))),
		"mean squared error of the shapes (3, 2) and (3, 3): want two":     err(models.MeanSquaredError(matrix(3, 2), matrix(3, 3))),
		"affine layer of no node":                                          err(models.Affine(matrix(3, 2), matrix(2, 4), nil)),
		"m3x2 (3, 2) times m3x3 (3, 3): ":                                  err(models.Affine(matrix(3, 2), matrix(3, 3), matrix(3, 3))),
		"update: the optimizer needs a State":                              update(models.Momentum{}, matrix(3, 2)),
	}
	for name, f := range map[string]models.Activation{"sigmoid": models.Sigmoid, "tanh": models.Tanh, "ReLU": models.ReLU, "identity": models.Identity,
		"softmax": models.Softmax, "maxout": maxout(2)} {
		cases[name+" of no node"] = err(f(nil))
	}
	for name, f := range map[string]models.Loss{"softmax cross-entropy": models.SoftmaxCrossEntropy, "cross-entropy": models.CrossEntropy, "mean squared error": models.MeanSquaredError} {
		cases[name+" of no node"] = err(f(matrix(3, 2), nil))
	}
	for want, got := range cases {
		if got == nil || !strings.HasPrefix(got.Error(), want) || strings.Contains(got.Error(), "\n") {
			t.Errorf("error %v, want one line with %q", got, want)
		}
	}
	for name, o := range optimizers {
		if o.opt == nil {
			continue
		}
		if got := update(o.opt, nil); fmt.Sprint(got) != "update of no node" {
			t.Errorf("%s: error %v", name, got)
		}
	}
	if _, err := models.MeanSquaredError(matrix(3, 2), elsewhere); err == nil {
		t.Error("nodes of two graphs make a loss")
	}
}

// TestBackwardOfWhatDoesNotFit: the hand-written pass gives no number, and Check refuses that: it is no missing witness.
func TestBackwardOfWhatDoesNotFit(t *testing.T) {
	mlp := models.MLP{Widths: []int{2, 3, 2}, Std: 0.5, Seed: 1}
	net, err := mlp.Net()
	if err != nil {
		t.Fatal(err)
	}
	m, err := models.New(net, openEngine(t, "go"), tensor.Float64)
	if err != nil {
		t.Fatal(err)
	}
	params, err := m.Params()
	if err != nil {
		t.Fatal(err)
	}
	x, target := []float64{1, 2, 3, 4}, []float64{1, 0, 0, 1}
	if got := mlp.Backward(params, x, target); len(got) != 4 {
		t.Errorf("gradients of %d parameters, want 4", len(got))
	}
	without := maps.Clone(params)
	delete(without, "b2")
	short := maps.Clone(params)
	short["W1"] = short["W1"][:5]
	gelu, narrow := mlp, mlp
	gelu.Activation, narrow.Widths = "gelu", []int{2}
	for name, got := range map[string]map[string][]float64{
		"unknown activation": gelu.Backward(params, x, target), "one layer": narrow.Backward(params, x, target), "no net": models.MLP{}.Backward(params, x, target),
		"no b2": mlp.Backward(without, x, target), "short W1": mlp.Backward(short, x, target), "half a sample": mlp.Backward(params, x[:3], target),
		"short targets": mlp.Backward(params, x, target[:2]), "nothing": mlp.Backward(nil, nil, nil), "no sample": mlp.Backward(params, nil, nil),
	} {
		if got == nil || len(got) != 0 {
			t.Errorf("%s: %v, want an empty map", name, got)
		}
		_, err := m.Check(dense(tensor.Float64, 2, 2, x), dense(tensor.Float64, 2, 2, target), got, graph.DefaultCheck)
		if err == nil || !strings.Contains(err.Error(), "the hand-written gradient has 0 elements") {
			t.Errorf("%s: Check says %v", name, err)
		}
	}
}
