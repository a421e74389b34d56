package graph

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// The programs of this file are written as a user of Gorgonia writes them. Each runs twice, on Gorgonia's TapeMachine and
// on ours, with nothing but the line that makes the machine changed, and must end with the same values.

// program builds a graph, trains on the machine that it is given, and returns what it learned and the last cost.
type program func(t *testing.T, newMachine func(*G.ExprGraph, ...*G.Node) G.VM) []float64

func values(t *testing.T, nodes ...*G.Node) []float64 {
	t.Helper()
	var out []float64
	for _, n := range nodes {
		v, err := numbers(n.Value())
		if err != nil {
			t.Fatalf("%v: %v", n.Name(), err)
		}
		out = append(out, v...)
	}
	return out
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func random(r *rand.Rand, scale float64, shape ...int) *tensor.Dense {
	n := 1
	for _, d := range shape {
		n *= d
	}
	data := make([]float64, n)
	for i := range data {
		data[i] = scale * r.NormFloat64()
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data))
}

// linearRegression fits y = m·x + c, with scalars as parameters and the cost read with gorgonia.Read.
func linearRegression(t *testing.T, newMachine func(*G.ExprGraph, ...*G.Node) G.VM) []float64 {
	r := rand.New(rand.NewPCG(1, 1))
	g := G.NewGraph()
	xs := random(r, 1, 20)
	ys := xs.Clone().(*tensor.Dense)
	for i, v := range xs.Data().([]float64) {
		ys.Data().([]float64)[i] = 3*v + 0.5 + 0.01*r.NormFloat64()
	}
	x := G.NewVector(g, G.Float64, G.WithShape(20), G.WithName("x"), G.WithValue(xs))
	y := G.NewVector(g, G.Float64, G.WithShape(20), G.WithName("y"), G.WithValue(ys))
	m := G.NewScalar(g, G.Float64, G.WithName("m"), G.WithValue(0.1))
	c := G.NewScalar(g, G.Float64, G.WithName("c"), G.WithValue(0.2))
	pred := G.Must(G.Add(G.Must(G.Mul(x, m)), c))
	cost := G.Must(G.Mean(G.Must(G.Square(G.Must(G.Sub(pred, y))))))
	var seen G.Value
	G.Read(cost, &seen)
	_, err := G.Grad(cost, m, c)
	must(t, err)
	machine := newMachine(g, m, c)
	defer machine.Close()
	solver := G.NewVanillaSolver(G.WithLearnRate(0.1))
	for range 50 {
		must(t, machine.RunAll())
		must(t, solver.Step([]G.ValueGrad{m, c}))
		machine.Reset()
	}
	last, err := numbers(seen)
	must(t, err)
	return append(values(t, m, c, cost), last...) // not pred: the TapeMachine has overwritten it by now
}

// irisNet is a small classifier with tanh, trained with momentum on a matrix of features.
func irisNet(t *testing.T, newMachine func(*G.ExprGraph, ...*G.Node) G.VM) []float64 {
	r := rand.New(rand.NewPCG(2, 2))
	g := G.NewGraph()
	const n = 30
	x := G.NewMatrix(g, G.Float64, G.WithShape(n, 4), G.WithName("x"), G.WithValue(random(r, 1, n, 4)))
	y := G.NewMatrix(g, G.Float64, G.WithShape(n, 3), G.WithName("y"), G.WithValue(oneHot(r, n, 3)))
	w0 := G.NewMatrix(g, G.Float64, G.WithShape(4, 6), G.WithName("w0"), G.WithValue(random(r, 0.5, 4, 6)))
	w1 := G.NewMatrix(g, G.Float64, G.WithShape(6, 3), G.WithName("w1"), G.WithValue(random(r, 0.5, 6, 3)))
	h := G.Must(G.Tanh(G.Must(G.Mul(x, w0))))
	out := G.Must(G.SoftMax(G.Must(G.Mul(h, w1))))
	cost := G.Must(G.Neg(G.Must(G.Mean(G.Must(G.HadamardProd(G.Must(G.Log(out)), y))))))
	_, err := G.Grad(cost, w0, w1)
	must(t, err)
	machine := newMachine(g, w0, w1)
	defer machine.Close()
	solver := G.NewMomentum(G.WithLearnRate(0.1))
	for range 20 {
		must(t, machine.RunAll())
		must(t, solver.Step(G.NodesToValueGrads(G.Nodes{w0, w1})))
		machine.Reset()
	}
	return values(t, w0, w1, cost, out)
}

// mnistNet is an MLP with ReLU and biases, trained with Adam on new batches bound with gorgonia.Let.
func mnistNet(t *testing.T, newMachine func(*G.ExprGraph, ...*G.Node) G.VM) []float64 {
	r := rand.New(rand.NewPCG(3, 3))
	g := G.NewGraph()
	const n = 16
	x := G.NewMatrix(g, G.Float64, G.WithShape(n, 20), G.WithName("x"))
	y := G.NewMatrix(g, G.Float64, G.WithShape(n, 5), G.WithName("y"))
	w0 := G.NewMatrix(g, G.Float64, G.WithShape(20, 12), G.WithName("w0"), G.WithValue(random(r, 0.3, 20, 12)))
	b0 := G.NewMatrix(g, G.Float64, G.WithShape(1, 12), G.WithName("b0"), G.WithValue(random(r, 0.1, 1, 12)))
	w1 := G.NewMatrix(g, G.Float64, G.WithShape(12, 5), G.WithName("w1"), G.WithValue(random(r, 0.3, 12, 5)))
	h := G.Must(G.Rectify(G.Must(G.BroadcastAdd(G.Must(G.Mul(x, w0)), b0, nil, []byte{0}))))
	logp := G.Must(G.LogSoftMax(G.Must(G.Mul(h, w1))))
	cost := G.Must(G.Neg(G.Must(G.Mean(G.Must(G.Sum(G.Must(G.HadamardProd(logp, y)), 1))))))
	learn := G.Nodes{w0, b0, w1}
	_, err := G.Grad(cost, learn...)
	must(t, err)
	machine := newMachine(g, learn...)
	defer machine.Close()
	solver := G.NewAdamSolver(G.WithLearnRate(0.01), G.WithBatchSize(n))
	for range 15 {
		must(t, G.Let(x, random(r, 1, n, 20)))
		must(t, G.Let(y, oneHot(r, n, 5)))
		must(t, machine.RunAll())
		must(t, solver.Step(G.NodesToValueGrads(learn)))
		machine.Reset()
	}
	return values(t, w0, b0, w1, cost)
}

// convNet has a convolution and max pooling, which have no native form and run through Gorgonia's own code.
func convNet(t *testing.T, newMachine func(*G.ExprGraph, ...*G.Node) G.VM) []float64 {
	r := rand.New(rand.NewPCG(4, 4))
	g := G.NewGraph()
	const n = 3
	x := G.NewTensor(g, G.Float64, 4, G.WithShape(n, 1, 8, 8), G.WithName("x"), G.WithValue(random(r, 1, n, 1, 8, 8)))
	y := G.NewMatrix(g, G.Float64, G.WithShape(n, 4), G.WithName("y"), G.WithValue(oneHot(r, n, 4)))
	k := G.NewTensor(g, G.Float64, 4, G.WithShape(2, 1, 3, 3), G.WithName("k"), G.WithValue(random(r, 0.3, 2, 1, 3, 3)))
	w := G.NewMatrix(g, G.Float64, G.WithShape(2*4*4, 4), G.WithName("w"), G.WithValue(random(r, 0.3, 2*4*4, 4)))
	c := G.Must(G.Rectify(G.Must(G.Conv2d(x, k, tensor.Shape{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1}))))
	p := G.Must(G.MaxPool2D(c, tensor.Shape{2, 2}, []int{0, 0}, []int{2, 2}))
	flat := G.Must(G.Reshape(p, tensor.Shape{n, 2 * 4 * 4}))
	logp := G.Must(G.LogSoftMax(G.Must(G.Mul(flat, w))))
	cost := G.Must(G.Neg(G.Must(G.Mean(G.Must(G.HadamardProd(logp, y))))))
	_, err := G.Grad(cost, k, w)
	must(t, err)
	machine := newMachine(g, k, w)
	defer machine.Close()
	solver := G.NewRMSPropSolver(G.WithLearnRate(0.01))
	for range 8 {
		must(t, machine.RunAll())
		must(t, solver.Step(G.NodesToValueGrads(G.Nodes{k, w})))
		machine.Reset()
	}
	return values(t, k, w, cost)
}

func oneHot(r *rand.Rand, n, classes int) *tensor.Dense {
	data := make([]float64, n*classes)
	for i := range n {
		data[i*classes+r.IntN(classes)] = 1
	}
	return tensor.New(tensor.WithShape(n, classes), tensor.WithBacking(data))
}

// TestDropIn: the same program on both machines.
func TestDropIn(t *testing.T) {
	for name, run := range map[string]program{"linear regression": linearRegression, "iris": irisNet, "mnist": mnistNet, "convolution": convNet} {
		t.Run(name, func(t *testing.T) {
			want := run(t, func(g *G.ExprGraph, learn ...*G.Node) G.VM { return G.NewTapeMachine(g, G.BindDualValues(learn...)) })
			got := run(t, func(g *G.ExprGraph, learn ...*G.Node) G.VM {
				m, err := NewMachine(g)
				must(t, err)
				return m
			})
			if len(got) != len(want) {
				t.Fatalf("%d values, want %d", len(got), len(want))
			}
			for i := range got {
				if d := math.Abs(got[i] - want[i]); !(d <= 1e-12*max(1, math.Abs(want[i]))) {
					t.Fatalf("value %d: %v, the TapeMachine has %v", i, got[i], want[i])
				}
			}
		})
	}
}

// TestSliceMoved: a slice that the user moves with gorgonia.UnsafeLet between runs is followed.
func TestSliceMoved(t *testing.T) {
	g := G.NewGraph()
	x := matrix(g, "x", 3, 2, 1, 2, 3, 4, 5, 6)
	row := G.Must(G.Slice(x, G.S(0, 2)))
	sum := G.Must(G.Sum(row))
	m, err := NewMachine(g)
	must(t, err)
	defer m.Close()
	for _, c := range []struct {
		s    tensor.Slice
		want float64
	}{{nil, 10}, {G.S(1, 3), 18}} {
		if c.s != nil {
			must(t, G.UnsafeLet(row, c.s))
		}
		must(t, m.RunAll())
		if got := sum.Value().Data().(float64); got != c.want {
			t.Errorf("sum of the slice: %v, want %v", got, c.want)
		}
	}
}

// TestSet: gorgonia.Set assigns at the end of a run.
func TestSet(t *testing.T) {
	g := G.NewGraph()
	w := matrix(g, "w", 1, 2, 1, 2)
	G.Set(w, G.Must(G.Add(w, w)))
	m, err := NewMachine(g)
	must(t, err)
	defer m.Close()
	for i, want := range []float64{2, 4, 8} {
		must(t, m.RunAll())
		if got := w.Value().Data().([]float64)[0]; got != want {
			t.Fatalf("after run %d: %v, want %v", i+1, got, want)
		}
	}
}

// TestMachineErrors: what a user does wrong is one line that names the node.
func TestMachineErrors(t *testing.T) {
	g := G.NewGraph()
	x := G.NewMatrix(g, G.Float64, G.WithShape(2, 2), G.WithName("x"))
	G.Must(G.Tanh(x))
	m, err := NewMachine(g)
	must(t, err)
	defer m.Close()
	err = m.RunAll()
	if want := "input x (2, 2) has no value: bind one with gorgonia.Let"; fmt.Sprint(err) != want {
		t.Errorf("error %q, want %q", err, want)
	}
}

// TestOnlyThatRead: of two reads into one variable the one that is asked for happens, and the other's input needs no value.
func TestOnlyThatRead(t *testing.T) {
	g := G.NewGraph()
	x := G.NewScalar(g, G.Float64, G.WithName("x"), G.WithValue(3.0))
	free := G.NewScalar(g, G.Float64, G.WithName("free"))
	var v G.Value
	square := G.Read(G.Must(G.Square(x)), &v)
	G.Read(G.Must(G.Cube(free)), &v)
	m, err := NewMachine(g, Only(square))
	must(t, err)
	defer m.Close()
	must(t, m.RunAll())
	if got := v.Data().(float64); got != 9 {
		t.Errorf("read %v, want 9", got)
	}
}
