package graph

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stheno/stheno/backend"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// normGraph is a batch normalisation of x, with a linear cost, whose derivative by x needs the batch's statistics.
func normGraph(g *G.ExprGraph, x *G.Node) (y *G.Node, op *G.BatchNormOp, dx *G.Node) {
	y, _, _, op, err := G.BatchNorm(x, matrix(g, "scale", 1, 1, 1), matrix(g, "bias", 1, 1, 0), 0.9, 1e-5)
	if err != nil {
		panic(err)
	}
	cost := G.Must(G.Sum(G.Must(G.HadamardProd(y, G.NewConstant(tensor.New(tensor.WithShape(4, 1), tensor.WithBacking([]float64{1, -2, 3, 5})))))))
	ds, err := G.Grad(cost, x)
	if err != nil {
		panic(err)
	}
	return y, op, ds[0]
}

// stats are the running mean and variance of an op.
func stats(t *testing.T, op *G.BatchNormOp) []float64 {
	t.Helper()
	mean, variance := op.Stats()
	m, err := numbers(mean)
	must(t, err)
	v, err := numbers(variance)
	must(t, err)
	return append(m, v...)
}

// TestBatchNormAsTape: training, evaluation, a mode that is changed by hand, and statistics that go on from run to run.
func TestBatchNormAsTape(t *testing.T) {
	type machine = func(g *G.ExprGraph, eval bool) G.VM
	play := func(t *testing.T, new machine) (seen []float64) {
		g := G.NewGraph()
		y, op, dx := normGraph(g, matrix(g, "x", 4, 1, 1, 2, 4, 8))
		note := func() { seen = append(seen, append(append(values(t, y), values(t, dx)...), stats(t, op)...)...) }
		train := new(g, false)
		for range 2 {
			must(t, train.RunAll())
			train.Reset()
			note()
		}
		must(t, op.SetTraining(false))
		must(t, train.RunAll())
		note()
		eval := new(g, true)
		must(t, eval.RunAll())
		note()
		must(t, new(g, false).RunAll()) // sets the statistics back
		note()
		return seen
	}
	want := play(t, func(g *G.ExprGraph, eval bool) G.VM {
		if eval {
			return G.NewTapeMachine(g, G.EvalMode())
		}
		return G.NewTapeMachine(g)
	})
	onEngines(t, func(t *testing.T, e backend.Engine) {
		got := play(t, func(g *G.ExprGraph, eval bool) G.VM {
			opts := []Option{On(e)}
			if eval {
				opts = append(opts, EvalMode())
			}
			m, err := NewMachine(g, opts...)
			must(t, err)
			t.Cleanup(func() { m.Close() })
			return m
		})
		if d := maxDiff(got, want); d > 1e-14 || len(got) != len(want) {
			t.Errorf("%v is %g from the TapeMachine's %v", got, d, want)
		}
	})
}

// TestOnlyAGradient: a derivative that is asked for alone has all that it needs.
func TestOnlyAGradient(t *testing.T) {
	g := G.NewGraph()
	_, op, dx := normGraph(g, matrix(g, "x", 4, 1, 1, 2, 4, 8))
	m, err := NewMachine(g, Only(dx))
	must(t, err)
	defer m.Close()
	must(t, m.RunAll())
	want := []float64{0.5319316782320578, -0.8822307408891188, 0.3924627228533009, -0.04216366019623976} // the TapeMachine's
	if got := values(t, dx); maxDiff(got, want) > 1e-14 {
		t.Errorf("%v, want %v", got, want)
	}
	if got := stats(t, op); maxDiff(got, []float64{3.375, 0.1 + 0.9*9.583333333333334}) > 1e-14 {
		t.Errorf("statistics %v", got)
	}
}

// TestStoreSharesStatistics: what programs of one store have seen in training, others use in evaluation, whatever the batch.
func TestStoreSharesStatistics(t *testing.T) {
	onEngines(t, func(t *testing.T, e backend.Engine) {
		store := NewStore(e)
		compile := func(batch int, eval bool) *Executable {
			g := G.NewGraph()
			x := G.NewMatrix(g, G.Float64, G.WithShape(batch, 2), G.WithName("x"))
			y := x
			for i := range 2 { // two of them, each with statistics of its own
				scale, bias := matrix(g, fmt.Sprint("scale", i), 1, 2, 1, 1), matrix(g, fmt.Sprint("bias", i), 1, 2, 0.5, 0.5)
				var err error
				y, _, _, _, err = G.BatchNorm(y, scale, bias, 1, 1e-5)
				must(t, err)
			}
			p, err := store.Compile(Spec{Name: "net", Inputs: G.Nodes{x}, Outputs: G.Nodes{y}, Eval: eval})
			must(t, err)
			return p
		}
		run := func(p *Executable, x ...float64) []float64 {
			must(t, p.Var("x").SetFloats(x))
			must(t, p.Run())
			out, err := floats(p.Output(0), p.Var("x").DType, len(x))
			must(t, err)
			return out
		}
		fresh := run(compile(1, true), 3, 4) // means 0, variances 1
		if want := []float64{3.4999675004875 - 1.75e-5 + 0.5, 4.4999625004875 - 2.25e-5 + 0.5}; maxDiff(fresh, want) > 1e-3 {
			t.Errorf("before any training: %v, want about %v", fresh, want)
		}
		trained := run(compile(4, false), 1, 10, 3, 20, 5, 40, 7, 50)
		whole := run(compile(4, true), 1, 10, 3, 20, 5, 40, 7, 50)
		one := compile(1, true)
		for i := range 4 {
			row := run(one, []float64{1, 10, 3, 20, 5, 40, 7, 50}[2*i:][:2]...)
			if maxDiff(row, whole[2*i:][:2]) > 1e-15 {
				t.Errorf("row %d alone: %v, in the batch %v", i, row, whole[2*i:][:2])
			}
		}
		if d := maxDiff(trained, whole); d < 1e-3 || d > 0.5 { // biased and unbiased variance
			t.Errorf("training and evaluation differ by %g", d)
		}
		mean, err := store.Var("batchnorm0.mean").Floats()
		must(t, err)
		if maxDiff(mean, []float64{4, 30}) > 1e-15 {
			t.Errorf("running mean %v", mean)
		}
	})
}

// TestDropoutModes: half of the units in training, scaled; all of them in evaluation, whatever machine ran before.
func TestDropoutModes(t *testing.T) {
	onEngines(t, func(t *testing.T, e backend.Engine) {
		g := G.NewGraph()
		ones := make([]float64, 4000)
		for i := range ones {
			ones[i] = 1
		}
		x := vector(g, "x", ones...)
		y := G.Must(G.Dropout(x, 0.25))
		cost := G.Must(G.Sum(G.Must(G.Square(y))))
		_, err := G.Grad(cost, x)
		must(t, err)
		for _, eval := range []bool{true, false, true} {
			opts := []Option{On(e)}
			if eval {
				opts = append(opts, EvalMode())
			}
			m, err := NewMachine(g, opts...)
			must(t, err)
			must(t, m.RunAll())
			kept := 0
			grad, err := x.Grad()
			must(t, err)
			dx, err := numbers(grad)
			must(t, err)
			for i, v := range values(t, y) {
				want := 1.0
				if !eval {
					want = 1 / 0.75
				}
				if v != 0 {
					kept++
				}
				if v != 0 && v != want || v == 0 && eval || dx[i] != 2*v*want {
					t.Fatalf("eval %v: element %d is %v with the derivative %v", eval, i, v, dx[i])
				}
			}
			if !eval && (kept < 2850 || kept > 3150) { // 3000 and 5.5 standard deviations
				t.Errorf("%d of 4000 kept", kept)
			}
			must(t, m.Close())
		}
	})
}

// TestDropoutGradientAlone: a derivative whose forward op nobody reads has that op's mask all the same.
func TestDropoutGradientAlone(t *testing.T) {
	onEngines(t, func(t *testing.T, e backend.Engine) {
		g := G.NewGraph()
		x := vector(g, "x", make([]float64, 1000)...)
		weights := make([]float64, 1000)
		for i := range weights {
			weights[i] = float64(i + 1)
		}
		cost := G.Must(G.Mul(G.Must(G.Dropout(x, 0.5)), vector(g, "weights", weights...)))
		ds, err := G.Grad(cost, x)
		must(t, err)
		m, err := NewMachine(g, On(e), Only(ds[0]))
		must(t, err)
		defer m.Close()
		must(t, m.RunAll())
		kept := 0
		for i, v := range values(t, ds[0]) {
			if v != 0 && v != 2*weights[i] {
				t.Fatalf("element %d is %v, want 0 or %v", i, v, 2*weights[i])
			}
			if v != 0 {
				kept++
			}
		}
		if kept < 400 || kept > 600 { // 6 standard deviations
			t.Errorf("%d of 1000 kept", kept)
		}
	})
}

// TestGradientOfAnOpWithMemory: the derivative of Gorgonia's CTCLoss reads what the forward op leaves in their common memory, which
// nothing in the graph says.
func TestGradientOfAnOpWithMemory(t *testing.T) {
	build := func() (*G.ExprGraph, *G.Node) {
		g := G.NewGraph()
		whole := func(name string, shape []int, v ...int) *G.Node {
			return G.NewTensor(g, tensor.Int, len(shape), G.WithShape(shape...), G.WithName(name), G.WithValue(tensor.New(tensor.WithShape(shape...), tensor.WithBacking(v))))
		}
		data := make([]float64, 4*2*3)
		for i := range data {
			data[i] = -1 - 0.1*float64(i*i%7)
		}
		x := G.NewTensor(g, G.Float64, 3, G.WithShape(4, 2, 3), G.WithName("x"), G.WithValue(tensor.New(tensor.WithShape(4, 2, 3), tensor.WithBacking(data))))
		loss := G.Must(G.CTCLoss(x, whole("targets", []int{2, 2}, 1, 2, 2, 1), whole("lengths", []int{2}, 4, 4), whole("targetLengths", []int{2}, 2, 2), G.ReductionMean))
		ds, err := G.Grad(loss, x)
		must(t, err)
		return g, ds[0]
	}
	g, dx := build()
	tape := G.NewTapeMachine(g)
	must(t, tape.RunAll())
	want := values(t, dx)
	g, dx = build()
	m, err := NewMachine(g, Only(dx))
	must(t, err)
	defer m.Close()
	for range 3 {
		must(t, m.RunAll())
		if got := values(t, dx); maxDiff(got, want) > 1e-14 {
			t.Errorf("%v, the TapeMachine has %v", got, want)
		}
	}
}

// TestMachineTakesTurns: 32 goroutines run one machine, and close it while they do.
func TestMachineTakesTurns(t *testing.T) {
	g := G.NewGraph()
	x := vector(g, "x", 1, 2, 3)
	y := G.Must(G.Square(x))
	m, err := NewMachine(g)
	must(t, err)
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			for n := range 50 {
				err := m.RunAll()
				if err != nil && err != errClosed {
					t.Error(err)
				}
				if i == 0 && n == 25 {
					must(t, m.Close())
				}
			}
		})
	}
	wg.Wait()
	if got := values(t, y); maxDiff(got, []float64{1, 4, 9}) != 0 {
		t.Errorf("%v", got)
	}
	must(t, m.Close())
}

// TestBackendByName: every engine by its name; one that is not there says what to do.
func TestBackendByName(t *testing.T) {
	g := G.NewGraph()
	vector(g, "x", 1, 2)
	for name, want := range map[string]string{"go": "", "nosuch": `backend "nosuch" is unknown: choose one of `} {
		m, err := NewMachine(g, Backend(name))
		if want == "" {
			must(t, err)
			must(t, m.Close())
		} else if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
