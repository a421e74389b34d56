package graph

import (
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/stheno/stheno/backend"
	_ "github.com/stheno/stheno/backend/cpu"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// results are the values to compare, by node, as float64.
type results map[*gorgonia.Node][]float64

func collect(rg *randomGraph, cost *gorgonia.Node) (results, error) {
	out := results{}
	take := func(n *gorgonia.Node, v gorgonia.Value) error {
		if v == nil {
			return fmt.Errorf("node %v has no value", n.Name())
		}
		d, err := numbers(v)
		out[n] = append([]float64(nil), d...)
		return err
	}
	for _, n := range append(gorgonia.Nodes{cost}, rg.extras...) {
		if err := take(n, n.Value()); err != nil {
			return nil, err
		}
	}
	for _, w := range rg.wrt(cost) {
		v, err := w.Grad()
		if err != nil {
			return nil, err
		}
		if err := take(w, v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// differ gives the largest difference relative to the largest number among all the results of the graph, or to a hundredth: where all
// results are what is left of numbers that cancel, they are the rounding of these, which are of about 1. Of numbers of float32 in a graph
// of float64, which one program computes and another has Gorgonia's ops compute, it counts less.
func differ(a, b results, graph tensor.Dtype) float64 {
	scale, worst := 0.01, 0.0
	for n := range a {
		unit := 1.0
		if graph == tensor.Float64 && n.Dtype() == tensor.Float32 {
			unit = 1e-7
		}
		if len(a[n]) != len(b[n]) {
			return math.Inf(1)
		}
		for i := range a[n] {
			x, y := a[n][i], b[n][i]
			if x == y || math.IsNaN(x) && math.IsNaN(y) {
				continue
			}
			scale = max(scale, math.Abs(x), math.Abs(y))
			worst = max(worst, unit*math.Abs(x-y))
			if math.IsNaN(x) != math.IsNaN(y) {
				return math.Inf(1)
			}
		}
		for _, x := range a[n] {
			if !math.IsNaN(x) {
				scale = max(scale, math.Abs(x))
			}
		}
	}
	return worst / scale
}

// tape runs the graph on Gorgonia's TapeMachine.
func tape(rg *randomGraph, cost *gorgonia.Node) (res results, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("tape machine: %v", p)
		}
	}()
	m := gorgonia.NewTapeMachine(rg.g, gorgonia.EvalMode())
	defer m.Close()
	if err := m.RunAll(); err != nil {
		return nil, err
	}
	return collect(rg, cost)
}

// walk runs every op on its own, through Op.Do on fresh copies: slow, and with nothing that could overwrite a value.
func walk(rg *randomGraph, cost *gorgonia.Node) (res results, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("op by op: %v", p)
		}
	}()
	vals := map[*gorgonia.Node]gorgonia.Value{}
	var eval func(n *gorgonia.Node) (gorgonia.Value, error)
	eval = func(n *gorgonia.Node) (gorgonia.Value, error) {
		if v, ok := vals[n]; ok {
			return v, nil
		}
		if n.Op() == nil {
			return n.Value(), nil
		}
		var args []gorgonia.Value
		for _, c := range childrenOf(n) {
			v, err := eval(c)
			if err != nil {
				return nil, err
			}
			if v, err = gorgonia.CloneValue(v); err != nil {
				return nil, err
			}
			args = append(args, v)
		}
		v, err := n.Op().Do(args...)
		vals[n] = v
		return v, err
	}
	out := results{}
	add := func(key, n *gorgonia.Node) error {
		v, err := eval(n)
		if err != nil {
			return err
		}
		if out[key], err = numbers(v); err == nil && len(out[key]) != key.Shape().TotalSize() {
			err = fmt.Errorf("op by op: %d numbers for the shape %v", len(out[key]), key.Shape())
		}
		return err
	}
	for _, n := range append(gorgonia.Nodes{cost}, rg.extras...) {
		if err := add(n, n); err != nil {
			return nil, err
		}
	}
	for _, w := range rg.wrt(cost) {
		if err := add(w, w.Deriv()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// compiled runs the graph on our machine, three times on the same memory, which is spoiled in between.
func compiled(rg *randomGraph, cost *gorgonia.Node, e backend.Engine, opts ...Option) (results, error) {
	m, err := NewMachine(rg.g, append(opts, On(e), EvalMode())...)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	var first results
	for run := range 3 {
		if err := m.RunAll(); err != nil {
			return nil, err
		}
		got, err := collect(rg, cost)
		if err != nil {
			return nil, err
		}
		if first == nil {
			first = got
		}
		if d := differ(got, first, cost.Dtype()); d != 0 {
			return nil, fmt.Errorf("run %d differs by %g from the first", run, d)
		}
		m.Program().Exec().(backend.Poisoner).Poison()
	}
	return first, nil
}

// TestRandomGraphs holds programs to the TapeMachine on random graphs with gradients: to 1e-12 in float64 and 1e-5 in
// float32, relative to the largest result of the graph. Every op on its own is a second reference, which the TapeMachine's register
// reuse cannot spoil; the test says on how many graphs the TapeMachine failed or was wrong. STHENO_LONG=1 takes 100,000 graphs.
func TestRandomGraphs(t *testing.T) {
	for name, c := range map[string]struct {
		dt  tensor.Dtype
		tol float64
	}{"float64": {tensor.Float64, 1e-12}, "float32": {tensor.Float32, 1e-5}} {
		t.Run(name, func(t *testing.T) {
			graphs := 1200
			switch {
			case os.Getenv("STHENO_LONG") == "1":
				graphs = 48_000
			case testing.Short():
				graphs = 150
			}
			onEngines(t, func(t *testing.T, e backend.Engine) {
				if e.Name() == "blas" {
					graphs /= 24 // of the same seeds: only products differ
				}
				compareGraphs(t, e, c.dt, c.tol, graphs)
			})
		})
	}
}

// onEngines runs a test on every engine of the host that is there.
func onEngines(t *testing.T, test func(t *testing.T, e backend.Engine)) {
	for _, name := range []string{"go", "blas"} {
		t.Run(name, func(t *testing.T) {
			e, err := backend.Open(name)
			if err != nil {
				t.Skip(err)
			}
			t.Cleanup(func() { e.Close() })
			test(t, e)
		})
	}
}

func compareGraphs(t *testing.T, e backend.Engine, dt tensor.Dtype, tol float64, want int) {
	agreed, tapeWrong, opsWrong, unbuilt, unjudged, closer, nodes := 0, 0, 0, 0, 0, 0, 0
	ops := map[string]int{} // graphs that have the op
	for seed := uint64(0); agreed < want && seed < uint64(3*want); seed++ {
		rg, cost, err := newRandomGraph(seed, dt)
		if err != nil {
			unbuilt++
			continue
		}
		got, err := compiled(rg, cost, e)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		lean, err := compiled(rg, cost, e, Only(append(append(derivs(rg.wrt(cost)), cost), rg.extras...)...))
		if err != nil {
			t.Fatalf("seed %d, only the results kept: %v", seed, err)
		}
		if d := differ(lean, got, dt); d > tol {
			t.Fatalf("seed %d: keeping all values changes the results by %g", seed, d)
		}
		nodes += len(rg.g.AllNodes())
		judge, err := walk(rg, cost)
		if err != nil { // Gorgonia's own ops cannot run this graph; on the tape machine they would end the process
			unjudged++
			continue
		}
		if d := differ(got, judge, dt); d > tol && !(wide(seed) && d <= 100*tol) { // sums of a thousand terms are rounded further
			truth := exact(t, seed, e)
			switch {
			case dt == tensor.Float64 && !wide(seed) && numericallyRight(t, rg, cost, got) && !numericallyRight(t, rg, cost, judge):
				opsWrong++
			case dt == tensor.Float64 || distance(got, truth, rg) > distance(judge, truth, rg):
				t.Fatalf("seed %d: %g from each op on its own", seed, d)
			default:
				closer++
			}
		}
		if reference, err := tape(rg, cost); err != nil || differ(got, reference, dt) > tol {
			tapeWrong++
		}
		agreed++
		for op := range opsOf(rg.g) {
			ops[op]++
		}
	}
	if agreed < want {
		t.Fatalf("only %d of %d graphs could be compared", agreed, want)
	}
	for _, op := range []string{"im2colOp", "col2imOp", "maxPoolOp", "maxPoolDiffOp", "BatchNormOp", "batchnormDiffOp", "dropoutOp", "byIndicesOp", "byIndicesOpDiffOp", "softmaxDiffOp"} {
		if ops[op] < agreed/100 {
			t.Errorf("only %d of %d graphs have a %s", ops[op], agreed, op)
		}
	}
	if opsWrong > agreed/1000 {
		t.Errorf("on %d graphs Gorgonia's own ops are not right", opsWrong)
	}
	t.Logf("%d graphs, %d nodes on average; the tape machine failed or was wrong on %d, Gorgonia's ops each on its own on %d (by finite differences); %d seeds made no graph, on %d Gorgonia had no result; on %d rounding exceeds the bound and ours is the closer to float64",
		agreed, nodes/agreed, tapeWrong, opsWrong, unbuilt, unjudged, closer)
}

// numericallyRight holds the gradients to finite differences of the forward program on the reference kernels.
func numericallyRight(t *testing.T, rg *randomGraph, cost *gorgonia.Node, res results) bool {
	p, err := lowerSpec(Spec{Name: "cost", Inputs: rg.leaves, Outputs: gorgonia.Nodes{cost}, Eval: true})
	must(t, err)
	in := statistics(t, p)
	for _, l := range rg.leaves {
		in[p.names[l]], err = numbers(l.Value())
		must(t, err)
	}
	for _, l := range rg.wrt(cost) {
		grad, err := NumericalGradient(func(x *tensor.Dense) float64 {
			in[p.names[l]] = x.Float64s()
			out, _, err := p.Eval(in)
			must(t, err)
			return out[0][0]
		}, l.Value().(*tensor.Dense).Clone().(*tensor.Dense), 1e-5)
		must(t, err)
		if maxDiff(res[l], grad.Float64s()) > 1e-6 {
			return false
		}
	}
	return true
}

func opsOf(g *gorgonia.ExprGraph) map[string]bool {
	has := map[string]bool{}
	for _, n := range g.AllNodes() {
		if n.Op() != nil {
			has[opType(n.Op())] = true
		}
	}
	return has
}

// exact is the same graph in float64.
func exact(t *testing.T, seed uint64, e backend.Engine) []float64 {
	rg, cost, err := newRandomGraph(seed, tensor.Float64)
	if err != nil {
		t.Fatal(err)
	}
	res, err := compiled(rg, cost, e)
	if err != nil {
		t.Fatal(err)
	}
	return flatten(res, rg)
}

// flatten lists the cost, and the gradients in the order of the leaves, which is the same in both types.
func flatten(res results, rg *randomGraph) []float64 {
	out := slices.Clone(res[rg.total])
	for _, l := range rg.leaves {
		out = append(out, res[l]...)
	}
	return out
}

// distance is the largest difference of the gradients from the truth.
func distance(res results, truth []float64, rg *randomGraph) float64 {
	worst := 0.0
	for i, v := range flatten(res, rg) {
		worst = max(worst, math.Abs(v-truth[i]))
	}
	return worst
}

func derivs(ns gorgonia.Nodes) []*gorgonia.Node {
	out := make([]*gorgonia.Node, len(ns))
	for i, n := range ns {
		out[i] = n.Deriv()
	}
	return out
}
