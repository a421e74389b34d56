package models_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/graph"
	"github.com/stheno/stheno/models"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// TestGradientOfTwoLayerNet: symbolic, hand-written and numerical gradients agree on all 39,760 parameters, for ten real
// images, at small and at large initial weights.
func TestGradientOfTwoLayerNet(t *testing.T) {
	mnist, err := data.MNIST()
	if err != nil {
		t.Fatal(err)
	}
	const n = 10
	x, target := make([]float64, n*784), make([]float64, n*10)
	data.PixelRange(x, &mnist.Train, 0, n)
	data.OneHotRange(target, &mnist.Train, 0, n, 10)
	for _, name := range []string{"go", "blas"} {
		for _, std := range []float64{0.01, 0.3} {
			t.Run(fmt.Sprintf("%s/std=%g", name, std), func(t *testing.T) {
				rep := checkMLP(t, name, models.TwoLayerNet(784, 50, 10, std, 1), x, target)
				checked := 0
				for _, row := range rep.Rows {
					if row.Against == "numerical" {
						checked += row.Checked
					}
				}
				if checked != 39760 || !rep.OK() {
					t.Errorf("%d parameters checked\n%s", checked, rep)
				}
				t.Logf("\n%s", rep)
			})
		}
	}
}

// checkMLP compares the three gradients with graph.DefaultCheck: |difference| ≤ 1e-9 + 1e-6·|gradient|.
func checkMLP(t *testing.T, engine string, mlp models.MLP, x, target []float64) *graph.Report {
	t.Helper()
	net, err := mlp.Net()
	if err != nil {
		t.Fatal(err)
	}
	m, err := models.New(net, openEngine(t, engine), tensor.Float64)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	params, err := m.Params()
	if err != nil {
		t.Fatal(err)
	}
	n := len(x) / net.In
	rep, err := m.Check(
		tensor.New(tensor.WithShape(n, net.In), tensor.WithBacking(x)),
		tensor.New(tensor.WithShape(n, net.Out), tensor.WithBacking(target)),
		mlp.Backward(params, x, target), graph.DefaultCheck)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func randomBatch(r *rand.Rand, n, in, out int) (x, target []float64) {
	x, target = models.Normal(r, n*in, 1), make([]float64, n*out)
	for i := range n {
		target[i*out+r.IntN(out)] = 1
	}
	return x, target
}

// TestGradientOfDeeperNets: every activation, three layers.
func TestGradientOfDeeperNets(t *testing.T) {
	for i, act := range models.ActivationNames() {
		r := rand.New(rand.NewPCG(9, uint64(i)))
		x, target := randomBatch(r, 6, 5, 3)
		rep := checkMLP(t, "go", models.MLP{Widths: []int{5, 7, 4, 3}, Activation: act, Std: 0.7, Seed: 2}, x, target)
		if !rep.OK() || len(rep.Rows) != 12 {
			t.Errorf("%s:\n%s", act, rep)
		}
	}
}

// subject is what Model.Check hands to graph.Check, without a hand-written gradient: only finite differences may tell.
func subject(t *testing.T, mlp models.MLP, x, target []float64) graph.Subject {
	t.Helper()
	net, err := mlp.Net()
	if err != nil {
		t.Fatal(err)
	}
	m, err := models.New(net, openEngine(t, "go"), tensor.Float64)
	if err != nil {
		t.Fatal(err)
	}
	xt := tensor.New(tensor.WithShape(len(x)/net.In, net.In), tensor.WithBacking(x))
	tt := tensor.New(tensor.WithShape(len(x)/net.In, net.Out), tensor.WithBacking(target))
	grads, err := m.Gradient(xt, tt)
	if err != nil {
		t.Fatal(err)
	}
	s := graph.Subject{Symbolic: map[string][]float64{}}
	for _, p := range net.Params {
		s.Params = append(s.Params, graph.NamedShape{Name: p.Name, Shape: p.Shape})
		s.Symbolic[p.Name] = grads[p.Name].Data().([]float64)
	}
	es, closeAll, err := m.Evaluators(xt, tt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeAll(); m.Close() })
	s.Evaluators = es
	return s
}

// TestPlantedErrors: finite differences alone see an error of 1 % in one weight of each layer, with a step that crosses
// many kinks of ReLU as well as with the usual one, and pass the gradient as it is.
func TestPlantedErrors(t *testing.T) {
	for i, act := range []string{"sigmoid", "tanh", "relu"} {
		closer := 0
		for _, step := range []float64{graph.DefaultStep, 1e-2} {
			r := rand.New(rand.NewPCG(12, uint64(i)))
			x, target := randomBatch(r, 8, 6, 4)
			s := subject(t, models.MLP{Widths: []int{6, 9, 7, 4}, Activation: act, Std: 0.5, Seed: 4}, x, target)
			c := graph.DefaultCheck
			c.Step, c.ATol = step, 1e-7 // the wide step is off by so much where there is no kink
			check := func() *graph.Report {
				rep, err := graph.Check(s, c)
				if err != nil {
					t.Fatal(err)
				}
				return rep
			}
			rep := check()
			if !rep.OK() {
				t.Errorf("%s, step %g: the gradient as it is:\n%s", act, step, rep)
			}
			for _, row := range rep.Rows {
				closer += row.Closer
			}
			for _, p := range s.Params {
				g := s.Symbolic[p.Name]
				for _, at := range r.Perm(len(g))[:min(len(g), 20)] {
					right := g[at]
					if math.Abs(right) < 1e-4 { // dead, or 1 % of it within the bound
						continue
					}
					g[at] *= 1.01
					if check().OK() {
						t.Errorf("%s, step %g: %s[%d] = %v instead of %v passes", act, step, p.Name, at, g[at], right)
					}
					g[at] = right
				}
			}
		}
		if act == "relu" && closer == 0 {
			t.Error("no difference crossed a kink: the test sees nothing")
		}
		t.Logf("%s: %d elements looked at from each side", act, closer)
	}
}

// TestBookLoss: the book's loss adds 1e-7 inside the logarithm, and its hand-written gradient y − t leaves that out. With y
// the probability of the true class, log(y + 1e-7) has the derivative 1/(y + 1e-7), less than 1/y by the share
// 1e-7/(y + 1e-7): the symbolic gradient of the book's loss differs from y − t by just that, and agrees with the finite
// differences of its own loss without it.
func TestBookLoss(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 0))
	x, target := randomBatch(r, 1, 6, 4)
	mlp := models.MLP{Widths: []int{6, 5, 4}, Std: 1, Seed: 3, Loss: models.SoftmaxThenCrossEntropy}
	net, err := mlp.Net()
	if err != nil {
		t.Fatal(err)
	}
	m, err := models.New(net, openEngine(t, "go"), tensor.Float64)
	if err != nil {
		t.Fatal(err)
	}
	xt, tt := tensor.New(tensor.WithShape(1, 6), tensor.WithBacking(x)), tensor.New(tensor.WithShape(1, 4), tensor.WithBacking(target))
	rep, err := m.Check(xt, tt, nil, graph.DefaultCheck)
	if err != nil || !rep.OK() {
		t.Fatalf("%v against its own finite differences:\n%s", err, rep)
	}
	params, err := m.Params()
	if err != nil {
		t.Fatal(err)
	}
	y, err := m.Predict(xt)
	if err != nil {
		t.Fatal(err)
	}
	truth := y.Data().([]float64)[models.Argmax(target)]
	share := truth / (truth + 1e-7)
	grads, err := m.Gradient(xt, tt)
	if err != nil {
		t.Fatal(err)
	}
	differs := false
	for name, hand := range mlp.Backward(params, x, target) {
		for i, h := range hand {
			got := grads[name].Data().([]float64)[i]
			if d := math.Abs(got - share*h); d > 1e-14*(1+math.Abs(h)) {
				t.Errorf("%s[%d] = %v, want %v = %v·(y − t)", name, i, got, share*h, share)
			}
			differs = differs || math.Abs(got-h) > 1e-9*math.Abs(h)
		}
	}
	if !differs {
		t.Error("the 1e-7 shows nowhere: the test sees nothing")
	}
}

// TestUserNet: a graph that a user writes, with a loss of its own and an activation of two pieces.
func TestUserNet(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 0))
	net := models.Net{
		Name: "mine", In: 4, Out: 3,
		Params: []models.Param{
			{Name: "A", Shape: []int{4, 6}, Init: models.Normal(r, 24, 0.5)}, {Name: "a", Shape: []int{6}},
			{Name: "B", Shape: []int{3, 3}, Init: models.Normal(r, 9, 0.5)},
		},
		Scores: func(x *gorgonia.Node, p gorgonia.Nodes) (*gorgonia.Node, error) {
			h, err := models.Affine(x, p[0], p[1])
			if err != nil {
				return nil, err
			}
			if h, err = models.Maxout(h, 2); err != nil {
				return nil, err
			}
			return gorgonia.Mul(h, p[2])
		},
		Loss: models.MeanSquaredError,
	}
	m, err := models.New(net, openEngine(t, "go"), tensor.Float64)
	if err != nil {
		t.Fatal(err)
	}
	x := tensor.New(tensor.WithShape(5, 4), tensor.WithBacking(models.Normal(r, 20, 1)))
	target := tensor.New(tensor.WithShape(5, 3), tensor.WithBacking(models.Normal(r, 15, 1)))
	rep, err := m.Check(x, target, nil, graph.DefaultCheck)
	if err != nil || !rep.OK() {
		t.Errorf("%v\n%s", err, rep)
	}
	y, err := m.Predict(x)
	if err != nil {
		t.Fatal(err)
	}
	loss, err := m.Loss(x, target)
	if err != nil {
		t.Fatal(err)
	}
	want := 0.0
	for i, v := range y.Data().([]float64) {
		d := v - target.Data().([]float64)[i]
		want += d * d / 15
	}
	if math.Abs(loss-want) > 1e-14 {
		t.Errorf("mean squared error %v, want %v", loss, want)
	}
}
