package graph

import (
	"math"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// The tests of this file are named after open reports of what the TapeMachine computes wrongly. Each holds ours to
// finite differences, or to the value itself, and says what the TapeMachine gives.

func matrix(g *gorgonia.ExprGraph, name string, rows, cols int, data ...float64) *gorgonia.Node {
	return gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithShape(rows, cols), gorgonia.WithName(name),
		gorgonia.WithValue(tensor.New(tensor.WithShape(rows, cols), tensor.WithBacking(data))))
}

func sumOf(t *testing.T, terms ...*gorgonia.Node) *gorgonia.Node {
	t.Helper()
	var total *gorgonia.Node
	for _, n := range terms {
		s := gorgonia.Must(gorgonia.Sum(n))
		if total == nil {
			total = s
			continue
		}
		total = gorgonia.Must(gorgonia.Add(total, s))
	}
	return total
}

// runMachine gives the cost and the gradient of x.
func runMachine(t *testing.T, g *gorgonia.ExprGraph, cost, x *gorgonia.Node) (float64, []float64) {
	t.Helper()
	m, err := NewMachine(g)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	grad, err := x.Grad()
	if err != nil {
		t.Fatal(err)
	}
	return cost.Value().Data().(float64), append([]float64(nil), grad.Data().([]float64)...)
}

func runTape(t *testing.T, g *gorgonia.ExprGraph, cost, x *gorgonia.Node) (float64, []float64) {
	t.Helper()
	m := gorgonia.NewTapeMachine(g)
	defer m.Close()
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	grad, err := x.Grad()
	if err != nil {
		t.Fatal(err)
	}
	return cost.Value().Data().(float64), append([]float64(nil), grad.Data().([]float64)...)
}

// numericalOf is the gradient of the compiled cost by central differences.
func numericalOf(t *testing.T, g *gorgonia.ExprGraph, cost, x *gorgonia.Node) []float64 {
	t.Helper()
	p, err := lowerSpec(Spec{Name: "cost", Inputs: gorgonia.Nodes{x}, Outputs: gorgonia.Nodes{cost}})
	if err != nil {
		t.Fatal(err)
	}
	// the reference kernels, not an engine: nothing of what is under test but the lowering
	grad, err := NumericalGradient(func(v *tensor.Dense) float64 {
		out, _, err := p.Eval(map[string][]float64{x.Name(): v.Data().([]float64)})
		if err != nil {
			t.Fatal(err)
		}
		return out[0][0]
	}, x.Value().(*tensor.Dense).Clone().(*tensor.Dense), 1e-5)
	if err != nil {
		t.Fatal(err)
	}
	return grad.Data().([]float64)
}

func maxDiff(a, b []float64) float64 {
	worst := 0.0
	for i := range a {
		d := math.Abs(a[i] - b[i])
		if math.IsNaN(d) {
			return math.Inf(1)
		}
		worst = max(worst, d)
	}
	return worst
}

// TestRegisterReuseOverwritesValue: a reshape on the TapeMachine shares its source's memory without its register
// allocator knowing, so that the sum behind it overwrites the softmax that the derivative reads later.
func TestRegisterReuseOverwritesValue(t *testing.T) {
	g := gorgonia.NewGraph()
	x := matrix(g, "x", 2, 3, 0.3, -0.2, 1.1, 0.4, -1.5, 0.2)
	y := gorgonia.Must(gorgonia.Reshape(gorgonia.Must(gorgonia.LogSoftMax(x)), tensor.Shape{3, 2}))
	cost := gorgonia.Must(gorgonia.Mean(gorgonia.Must(gorgonia.Add(y, y))))
	if _, err := gorgonia.Grad(cost, x); err != nil {
		t.Fatal(err)
	}
	_, grad := runMachine(t, g, cost, x)
	want := numericalOf(t, g, cost, x)
	if d := maxDiff(grad, want); d > 1e-9 {
		t.Errorf("gradient is %g from finite differences", d)
	}
	_, tapeGrad := runTape(t, g, cost, x)
	t.Logf("ours is %.1e from finite differences, the TapeMachine %.1e", maxDiff(grad, want), maxDiff(tapeGrad, want))
}

// TestSoftmaxCrossEntropyStaysFinite: with scores far apart the softmax is exactly 0 for some classes, its logarithm
// infinite, and the TapeMachine's loss and gradient are no numbers (gorgonia issue 447).
func TestSoftmaxCrossEntropyStaysFinite(t *testing.T) {
	g := gorgonia.NewGraph()
	x := matrix(g, "x", 2, 3, 1000, 0, -1000, 3, 2, 1)
	target := matrix(g, "t", 2, 3, 0, 1, 0, 1, 0, 0)
	y := gorgonia.Must(gorgonia.SoftMax(x))
	cost := gorgonia.Must(gorgonia.Neg(sumOf(t, gorgonia.Must(gorgonia.HadamardProd(target, gorgonia.Must(gorgonia.Log(y)))))))
	if _, err := gorgonia.Grad(cost, x); err != nil {
		t.Fatal(err)
	}
	z := math.Log(math.Exp(3) + math.Exp(2) + math.Exp(1))
	want := 1000 + (z - 3)
	got, grad := runMachine(t, g, cost, x)
	if math.Abs(got-want) > 1e-9 {
		t.Errorf("loss %v, want %v", got, want)
	}
	if d := maxDiff(grad, numericalOf(t, g, cost, x)); d > 1e-5 { // differences of 1e3 at a step of 1e-5
		t.Errorf("gradient %v is %g from finite differences", grad, d)
	}
	tapeCost, tapeGrad := runTape(t, g, cost, x)
	t.Logf("right: %v; TapeMachine: loss %v, gradient %v", want, tapeCost, tapeGrad)
}

// TestFloat64SoftmaxGradient: gradients of softmax in float64, over the last axis and over others (gorgonia issue 488),
// against finite differences.
func TestFloat64SoftmaxGradient(t *testing.T) {
	for name, softmax := range map[string]func(x *gorgonia.Node, axes ...int) (*gorgonia.Node, error){"softmax": gorgonia.SoftMax, "logsoftmax": gorgonia.LogSoftMax} {
		for axis := range 2 {
			g := gorgonia.NewGraph()
			x := matrix(g, "x", 3, 4, 0.3, -0.2, 1.1, 0.4, -1.5, 0.2, 0.9, -0.7, 2.0, 0.1, -0.4, 0.6)
			c := matrix(g, "c", 3, 4, 1, -2, 3, 0.5, -1, 2, 0.1, 0.7, -0.3, 1.2, 0.8, -0.6)
			cost := sumOf(t, gorgonia.Must(gorgonia.HadamardProd(gorgonia.Must(softmax(x, axis)), c)))
			if _, err := gorgonia.Grad(cost, x); err != nil {
				t.Fatal(err)
			}
			_, grad := runMachine(t, g, cost, x)
			want := numericalOf(t, g, cost, x)
			if d := maxDiff(grad, want); d > 1e-8 {
				t.Errorf("%s over axis %d: gradient is %g from finite differences", name, axis, d)
			}
			_, tapeGrad := runTape(t, g, cost, x)
			t.Logf("%s over axis %d: the TapeMachine is %.1e from finite differences", name, axis, maxDiff(tapeGrad, want))
		}
	}
}
