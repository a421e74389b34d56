package graph

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"stheno/backend"
	_ "stheno/backend/cpu"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// randomGraph grows an expression of a given number of nodes over a few inputs, and its gradients. Values are kept
// moderate (every product passes through tanh now and then), so that two right ways of computing agree.
type randomGraph struct {
	r      *rand.Rand
	g      *gorgonia.ExprGraph
	dt     tensor.Dtype
	leaves gorgonia.Nodes
	pool   gorgonia.Nodes
}

// newRandomGraph returns the graph with its cost and the leaves that gradients were taken for.
func newRandomGraph(seed uint64, dt tensor.Dtype) (rg *randomGraph, cost *gorgonia.Node, err error) {
	defer func() { // some shapes make Gorgonia panic while it builds
		if p := recover(); p != nil {
			err = fmt.Errorf("gorgonia: %v", p)
		}
	}()
	r := rand.New(rand.NewPCG(seed, 7))
	rg = &randomGraph{r: r, g: gorgonia.NewGraph(), dt: dt}
	for i := range 2 + r.IntN(3) {
		rg.leaf(fmt.Sprintf("in%d", i), 1+r.IntN(5), 1+r.IntN(5))
	}
	rg.leaf("v", 1+r.IntN(5))
	want := 5 + r.IntN(56)
	for tries := 0; len(rg.g.AllNodes()) < want && tries < 10*want; tries++ {
		n, err := randomOps[r.IntN(len(randomOps))](rg)
		if err != nil || n == nil {
			continue
		}
		if n.Dims() == 2 && r.IntN(3) == 0 {
			n = gorgonia.Must(gorgonia.Tanh(n))
		}
		rg.pool = append(rg.pool, n)
	}
	cost, err = rg.cost()
	if err != nil {
		return nil, nil, err
	}
	_, err = gorgonia.Grad(cost, rg.wrt(cost)...)
	return rg, cost, err
}

func (rg *randomGraph) leaf(name string, shape ...int) {
	n := 1
	for _, d := range shape {
		n *= d
	}
	data := make([]float64, n)
	for i := range data {
		data[i] = float64(float32(rg.r.NormFloat64())) // the same number in both types
	}
	var back any = data
	if rg.dt == tensor.Float32 {
		f := make([]float32, n)
		for i, v := range data {
			f[i] = float32(v)
		}
		back = f
	}
	v := tensor.New(tensor.WithShape(shape...), tensor.WithBacking(back))
	node := gorgonia.NewTensor(rg.g, rg.dt, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name), gorgonia.WithValue(v))
	rg.leaves = append(rg.leaves, node)
	rg.pool = append(rg.pool, node)
}

// pick is a random node of so many dimensions, or nil.
func (rg *randomGraph) pick(dims int) *gorgonia.Node {
	for range 8 {
		if n := rg.pool[rg.r.IntN(len(rg.pool))]; n.Dims() == dims && !n.IsScalar() {
			return n
		}
	}
	return nil
}

// like is a node of the same shape as n, possibly n itself.
func (rg *randomGraph) like(n *gorgonia.Node) *gorgonia.Node {
	for range 8 {
		if m := rg.pool[rg.r.IntN(len(rg.pool))]; m.Shape().Eq(n.Shape()) && m.IsScalar() == n.IsScalar() {
			return m
		}
	}
	return n
}

// cost adds the means of all that nobody reads.
func (rg *randomGraph) cost() (*gorgonia.Node, error) {
	var cost *gorgonia.Node
	for _, n := range rg.g.Roots() {
		if n.Op() == nil {
			continue
		}
		s, err := gorgonia.Mean(n)
		if err == nil && cost != nil {
			s, err = gorgonia.Add(cost, s)
		}
		if err != nil {
			return nil, err
		}
		cost = s
	}
	if cost == nil {
		return nil, fmt.Errorf("nothing was built")
	}
	return cost, nil
}

// wrt lists the leaves that the cost depends on.
func (rg *randomGraph) wrt(cost *gorgonia.Node) gorgonia.Nodes {
	reach := map[*gorgonia.Node]bool{}
	markInputs(cost, reach)
	var out gorgonia.Nodes
	for _, l := range rg.leaves {
		if reach[l] {
			out = append(out, l)
		}
	}
	return out
}

type op = func(rg *randomGraph) (*gorgonia.Node, error)

func unaryOf(f func(*gorgonia.Node) (*gorgonia.Node, error)) op {
	return func(rg *randomGraph) (*gorgonia.Node, error) { return f(rg.pool[rg.r.IntN(len(rg.pool))]) }
}

func binaryOf(f func(a, b *gorgonia.Node) (*gorgonia.Node, error)) op {
	return func(rg *randomGraph) (*gorgonia.Node, error) {
		a := rg.pool[rg.r.IntN(len(rg.pool))]
		return f(a, rg.like(a))
	}
}

// bounded is f(tanh(x)): functions that grow fast see small numbers only.
func bounded(f func(*gorgonia.Node) (*gorgonia.Node, error)) op {
	return unaryOf(func(x *gorgonia.Node) (*gorgonia.Node, error) {
		y, err := gorgonia.Tanh(x)
		if err != nil {
			return nil, err
		}
		return f(y)
	})
}

// positive is f(x² + 0.5).
func positive(f func(*gorgonia.Node) (*gorgonia.Node, error)) op {
	return bounded(func(x *gorgonia.Node) (*gorgonia.Node, error) {
		sq, err := gorgonia.Square(x)
		if err != nil {
			return nil, err
		}
		sum, err := gorgonia.Add(sq, constant(x, 0.5))
		if err != nil {
			return nil, err
		}
		return f(sum)
	})
}

func constant(like *gorgonia.Node, v float64) *gorgonia.Node {
	if like.Dtype() == tensor.Float32 {
		return gorgonia.NewConstant(float32(v))
	}
	return gorgonia.NewConstant(v)
}

var randomOps = []op{
	unaryOf(gorgonia.Tanh), unaryOf(gorgonia.Neg), bounded(gorgonia.Sigmoid), bounded(gorgonia.Exp), bounded(gorgonia.Square),
	bounded(gorgonia.Cube), unaryOf(gorgonia.Abs), unaryOf(gorgonia.Rectify), bounded(gorgonia.Softplus), bounded(gorgonia.Sin),
	bounded(gorgonia.Expm1), positive(gorgonia.Log), positive(gorgonia.Sqrt), positive(gorgonia.Inverse),
	binaryOf(gorgonia.Add), binaryOf(gorgonia.Sub), binaryOf(gorgonia.HadamardProd), binaryOf(gorgonia.HadamardProd),
	func(rg *randomGraph) (*gorgonia.Node, error) { // x·c, x − c, c − x
		x, c := rg.pool[rg.r.IntN(len(rg.pool))], constant(rg.pool[0], rg.r.Float64()*2-1)
		return [](func(a, b *gorgonia.Node) (*gorgonia.Node, error)){gorgonia.HadamardProd, gorgonia.Sub, gorgonia.Add, gorgonia.HadamardDiv}[rg.r.IntN(4)](x, c)
	},
	func(rg *randomGraph) (*gorgonia.Node, error) { // division by what is far from zero
		d, err := positive(func(x *gorgonia.Node) (*gorgonia.Node, error) { return x, nil })(rg)
		if err != nil {
			return nil, err
		}
		return gorgonia.HadamardDiv(rg.like(d), d)
	},
	matmulOp, matmulOp, matmulOp,
	func(rg *randomGraph) (*gorgonia.Node, error) { // matrix by vector
		a, v := rg.pick(2), rg.pick(1)
		if a == nil || v == nil || a.Shape()[1] != v.Shape()[0] {
			return nil, nil
		}
		return gorgonia.Mul(a, v)
	},
	func(rg *randomGraph) (*gorgonia.Node, error) { // a row added to each row
		a, v := rg.pick(2), rg.pick(1)
		if a == nil || v == nil || a.Shape()[1] != v.Shape()[0] {
			return nil, nil
		}
		return gorgonia.BroadcastAdd(a, v, nil, []byte{0})
	},
	func(rg *randomGraph) (*gorgonia.Node, error) { // a column multiplied with each column
		a, v := rg.pick(2), rg.pick(1)
		if a == nil || v == nil || a.Shape()[0] != v.Shape()[0] {
			return nil, nil
		}
		return gorgonia.BroadcastHadamardProd(a, v, nil, []byte{1})
	},
	func(rg *randomGraph) (*gorgonia.Node, error) {
		if a := rg.pick(2); a != nil {
			return gorgonia.Sum(a, rg.r.IntN(2))
		}
		return nil, nil
	},
	func(rg *randomGraph) (*gorgonia.Node, error) {
		if a := rg.pick(2); a != nil {
			return gorgonia.Mean(a, rg.r.IntN(2))
		}
		return nil, nil
	},
	func(rg *randomGraph) (*gorgonia.Node, error) {
		if a := rg.pick(2); a != nil {
			return gorgonia.Transpose(a, 1, 0)
		}
		return nil, nil
	},
	func(rg *randomGraph) (*gorgonia.Node, error) {
		if a := rg.pick(2); a != nil {
			return gorgonia.Reshape(a, tensor.Shape{a.Shape().TotalSize()})
		}
		return nil, nil
	},
	func(rg *randomGraph) (*gorgonia.Node, error) {
		if a := rg.pick(2); a != nil {
			return gorgonia.Reshape(a, tensor.Shape{a.Shape()[1], a.Shape()[0]})
		}
		return nil, nil
	},
	softmaxOp, softmaxOp,
}

// softmaxOp takes a softmax of a node's double, which no other softmax shares: Gorgonia cannot tell Softmax and
// LogSoftMax of one node apart.
func softmaxOp(rg *randomGraph) (*gorgonia.Node, error) {
	a := rg.pick(2)
	if a == nil || a.Shape()[1] < 2 || a.Shape()[0] < 2 {
		return nil, nil
	}
	x, err := gorgonia.HadamardProd(a, constant(a, 1+float64(len(rg.pool))/100))
	if err != nil {
		return nil, err
	}
	if rg.r.IntN(2) == 0 {
		return gorgonia.SoftMax(x)
	}
	return gorgonia.LogSoftMax(x)
}

func matmulOp(rg *randomGraph) (*gorgonia.Node, error) {
	a, b := rg.pick(2), rg.pick(2)
	if a == nil || b == nil {
		return nil, nil
	}
	if a.Shape()[1] != b.Shape()[0] {
		t, err := gorgonia.Transpose(b, 1, 0)
		if err != nil || a.Shape()[1] != t.Shape()[0] {
			return nil, err
		}
		b = t
	}
	return gorgonia.Mul(a, b)
}

// results are the values to compare, by node, as float64.
type results map[*gorgonia.Node][]float64

func collect(cost *gorgonia.Node, wrt gorgonia.Nodes) (results, error) {
	out := results{}
	take := func(n *gorgonia.Node, v gorgonia.Value) error {
		if v == nil {
			return fmt.Errorf("node %v has no value", n.Name())
		}
		d, err := numbers(v)
		out[n] = append([]float64(nil), d...)
		return err
	}
	if err := take(cost, cost.Value()); err != nil {
		return nil, err
	}
	for _, w := range wrt {
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

// differ gives the largest difference relative to the largest number among all the results of the graph.
func differ(a, b results) float64 {
	scale, worst := 1e-30, 0.0
	for n := range a {
		for i := range a[n] {
			x, y := a[n][i], b[n][i]
			if x == y || math.IsNaN(x) && math.IsNaN(y) {
				continue
			}
			scale = max(scale, math.Abs(x), math.Abs(y))
			worst = max(worst, math.Abs(x-y))
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
	m := gorgonia.NewTapeMachine(rg.g)
	defer m.Close()
	if err := m.RunAll(); err != nil {
		return nil, err
	}
	return collect(cost, rg.wrt(cost))
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
		out[key], err = numbers(v)
		return err
	}
	if err := add(cost, cost); err != nil {
		return nil, err
	}
	for _, w := range rg.wrt(cost) {
		if err := add(w, w.Deriv()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// compiled runs the graph on our machine.
func compiled(rg *randomGraph, cost *gorgonia.Node, e backend.Engine, opts ...Option) (results, error) {
	m, err := NewMachine(rg.g, append(opts, On(e))...)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	if err := m.RunAll(); err != nil {
		return nil, err
	}
	return collect(cost, rg.wrt(cost))
}

// TestRandomGraphs holds programs to the TapeMachine on random graphs with gradients: to 1e-12 in float64 and 1e-5 in
// float32, relative to the largest result of the graph. Every op on its own is a second reference, which the TapeMachine's register
// reuse cannot spoil; the test says on how many graphs the TapeMachine failed or was wrong.
func TestRandomGraphs(t *testing.T) {
	for name, c := range map[string]struct {
		dt  tensor.Dtype
		tol float64
	}{"float64": {tensor.Float64, 1e-12}, "float32": {tensor.Float32, 1e-5}} {
		t.Run(name, func(t *testing.T) {
			e, err := backend.Open("go")
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			graphs := 1200
			if testing.Short() {
				graphs = 150
			}
			compareGraphs(t, e, c.dt, c.tol, graphs)
		})
	}
}

func compareGraphs(t *testing.T, e backend.Engine, dt tensor.Dtype, tol float64, want int) {
	agreed, tapeWrong, unbuilt, unjudged, closer, nodes := 0, 0, 0, 0, 0, 0
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
		lean, err := compiled(rg, cost, e, Only(append(derivs(rg.wrt(cost)), cost)...))
		if err != nil {
			t.Fatalf("seed %d, only the results kept: %v", seed, err)
		}
		if d := differ(lean, got); d > tol {
			t.Fatalf("seed %d: keeping all values changes the results by %g", seed, d)
		}
		nodes += len(rg.g.AllNodes())
		judge, err := walk(rg, cost)
		if err != nil { // Gorgonia's own ops cannot run this graph; on the tape machine they would end the process
			unjudged++
			continue
		}
		if d := differ(got, judge); d > tol {
			truth := exact(t, seed, e)
			if dt == tensor.Float64 || distance(got, truth, rg) > distance(judge, truth, rg) {
				t.Fatalf("seed %d: %g from each op on its own", seed, d)
			}
			closer++
		}
		if reference, err := tape(rg, cost); err != nil || differ(got, reference) > tol {
			tapeWrong++
		}
		agreed++
	}
	if agreed < want {
		t.Fatalf("only %d of %d graphs could be compared", agreed, want)
	}
	t.Logf("%d graphs, %d nodes on average; the tape machine failed or was wrong on %d; %d seeds made no graph, on %d Gorgonia had no result; on %d rounding exceeds the bound and ours is the closer to float64",
		agreed, nodes/agreed, tapeWrong, unbuilt, unjudged, closer)
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

// flatten lists the gradients in the order of the leaves, which is the same in both types.
func flatten(res results, rg *randomGraph) []float64 {
	var out []float64
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
