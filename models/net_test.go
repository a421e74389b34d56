package models_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stheno/stheno/models"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// linear is a net of one matrix that a test can spoil.
func linear() models.Net {
	return models.Net{
		Name: "mine", In: 2, Out: 3,
		Params: []models.Param{{Name: "w", Shape: []int{2, 3}, Init: []float64{1, 2, 3, 4, 5, 6}}},
		Scores: func(x *gorgonia.Node, p gorgonia.Nodes) (*gorgonia.Node, error) { return gorgonia.Mul(x, p[0]) },
		Loss:   models.MeanSquaredError,
	}
}

// TestNetMistakes: what a user's net gets wrong is one line that names the net and says what is wanted, in every method.
func TestNetMistakes(t *testing.T) {
	e := openEngine(t, "go")
	x := tensor.New(tensor.WithShape(4, 2), tensor.Of(tensor.Float64))
	for want, spoil := range map[string]func(n *models.Net){
		`net "mine": 0 inputs and 3 outputs: both must be at least 1`:                         func(n *models.Net) { n.In = 0 },
		`net "mine": Scores and Loss must be set`:                                             func(n *models.Net) { n.Loss = nil },
		`net "mine": parameter name "" is empty or taken`:                                     func(n *models.Net) { n.Params[0].Name = "" },
		`net "mine": parameter name "w" is empty or taken`:                                    func(n *models.Net) { n.Params = append(n.Params, n.Params[0]) },
		`net "mine": parameter w of shape [2 3] has 2 initial values`:                         func(n *models.Net) { n.Params[0].Init = []float64{1, 2} },
		`net "mine": parameter w of shape [2 -3]: each dimension must be at least 1`:          func(n *models.Net) { n.Params[0].Shape = []int{2, -3} },
		`net "mine": Failed to infer shape. Op: A × B: Inner dimensions do not match up`:      func(n *models.Net) { n.Params[0].Shape = []int{3, 2} },
		`net "mine": Scores gives the shape (4, 3); want the shape (4, 5)`:                    func(n *models.Net) { n.Out = 5 },
		`net "mine": Scores gives no node; want the shape (4, 3)`:                             func(n *models.Net) { n.Scores = noNode },
		`net "mine": its graph cannot be built: no such layer`:                                func(n *models.Net) { n.Scores = panics },
		`net "mine": Loss gives the shape (4, 3); want a scalar: sum it up`:                   func(n *models.Net) { n.Loss = gorgonia.Sub },
		`net "mine": parameter name "x" is that of an input: choose another than x, t, lr, `:  func(n *models.Net) { n.Params[0].Name = "x" },
		`net "mine": parameter name "lr" is that of an input: choose another than x, t, lr, `: func(n *models.Net) { n.Params[0].Name = "lr" },
		`net "mine": parameter w starts with NaN at element 1: initial values must be finite`: func(n *models.Net) { n.Params[0].Init[1] = math.NaN() },
		`net "mine": parameter w of shape [1073741824 2] is too large`:                        func(n *models.Net) { n.Params[0].Shape = []int{1 << 30, 2} },
	} {
		net := linear()
		spoil(&net)
		m, err := models.New(net, e, tensor.Float64)
		if err == nil {
			target := tensor.New(tensor.WithShape(4, net.Out), tensor.Of(tensor.Float64))
			if _, err = m.Gradient(x, target); err == nil {
				_, err = m.Step(4, models.SGD{})
			}
		}
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want one line with %q", err, want)
		}
	}
}

func noNode(*gorgonia.Node, gorgonia.Nodes) (*gorgonia.Node, error) { return nil, nil }
func panics(*gorgonia.Node, gorgonia.Nodes) (*gorgonia.Node, error) { panic("no such layer") }

// TestInputMistakes: what does not fit is refused, also where an earlier call has left values behind.
func TestInputMistakes(t *testing.T) {
	m, err := models.New(linear(), openEngine(t, "go"), tensor.Float64)
	if err != nil {
		t.Fatal(err)
	}
	f64 := func(shape ...int) *tensor.Dense {
		return tensor.New(tensor.WithShape(shape...), tensor.Of(tensor.Float64))
	}
	if _, err := m.Loss(f64(4, 2), f64(4, 3)); err != nil {
		t.Fatal(err)
	}
	loss := func(x, t *tensor.Dense) error { _, err := m.Loss(x, t); return err }
	gradient := func(x, t *tensor.Dense) error { _, err := m.Gradient(x, t); return err }
	accuracy := func(x, t *tensor.Dense) error { _, err := m.Accuracy(x, t); return err }
	_, kind := m.Program("prediction", 4)
	_, batch := m.Program("predict", -1)
	fortran := tensor.New(tensor.WithShape(4, 2), tensor.AsFortran(make([]float64, 8)))
	for _, c := range []struct {
		err  error
		want string
	}{
		{loss(nil, f64(4, 3)), "x has the shape of nil; want (batch, 2)"},
		{loss(f64(4, 2), nil), "t has the shape of nil; want (4, 3)"},
		{gradient(f64(4, 2), nil), "t has the shape of nil; want (4, 3)"},
		{gradient(f64(4, 2), f64(4)), "t has the shape (4); want (4, 3)"},
		{accuracy(f64(4, 2), nil), "t has the shape of nil; want (4, 3)"},
		{accuracy(f64(4, 2), f64(3, 3)), "t has the shape (3, 3); want (4, 3)"},
		{loss(f64(0, 2), f64(0, 3)), "a batch needs at least one sample"},
		{loss(fortran, f64(4, 3)), "x is column-major: pass a row-major copy"},
		{kind, `program "prediction" is unknown: choose one of checked gradient, gradient, hits, loss, predict, scores`},
		{batch, "a batch needs at least one sample"},
		{m.SetParam("w", []float64{1}), "w of shape 2x3 has 6 elements, not 1"},
	} {
		if c.err == nil || c.err.Error() != c.want {
			t.Errorf("error %v, want %q", c.err, c.want)
		}
	}
}

// TestViews: a transposed or sliced x is read in the order of its elements.
func TestViews(t *testing.T) {
	m, err := models.New(linear(), openEngine(t, "go"), tensor.Float64)
	if err != nil {
		t.Fatal(err)
	}
	transposed := tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]float64{1, 3, 2, 4}))
	if err := transposed.T(); err != nil {
		t.Fatal(err)
	}
	wide := tensor.New(tensor.WithShape(2, 3), tensor.WithBacking([]float64{1, 2, -9, 3, 4, -9}))
	sliced, err := wide.Slice(nil, tensor.S(0, 2))
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]*tensor.Dense{"transposed": transposed, "sliced": sliced.(*tensor.Dense)} {
		y, err := m.Predict(x)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []float64{9, 12, 15, 19, 26, 33} { // (1 2; 3 4) times (1 2 3; 4 5 6)
			if got := y.Float64s()[i]; got != want {
				t.Errorf("%s: y[%d] = %v, want %v", name, i, got, want)
			}
		}
	}
}

// TestAccuracy: the share of right rows; of equal outputs the first counts, as numpy.argmax has it.
func TestAccuracy(t *testing.T) {
	net := linear()
	net.Params[0].Init = []float64{1, 0, 0, 0, 1, 0}
	m, err := models.New(net, openEngine(t, "go"), tensor.Float64)
	if err != nil {
		t.Fatal(err)
	}
	x := tensor.New(tensor.WithShape(4, 2), tensor.WithBacking([]float64{1, 0, 0, 1, 1, 1, -1, -1})) // the largest: 0, 1, 0 of equals, 2
	target := tensor.New(tensor.WithShape(4, 3), tensor.WithBacking([]float64{1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1}))
	if acc, err := m.Accuracy(x, target); err != nil || acc != 0.75 {
		t.Errorf("accuracy %v (%v), want 0.75", acc, err)
	}
}
