package ir_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stheno/stheno/ir"
	"github.com/stheno/stheno/ir/irtest"
)

// Programs that random ones meet too rarely.

func done(t *testing.T, b *ir.Builder, outputs []ir.ID, updates ...ir.Update) *ir.Program {
	t.Helper()
	p, err := b.Done(outputs, updates...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func count(p *ir.Program, op ir.Op) (n int) {
	for i := range p.Instrs {
		if p.Instrs[i].Op == op {
			n++
		}
	}
	return n
}

// "exp %1" of shape 34 and "exp %13" of shape 4 are written with the same letters.
func TestShareTellsNumbersApart(t *testing.T) {
	b := ir.NewBuilder("share", ir.Float64)
	s := b.Input("s")
	in := map[string][]float64{"s": {2}}
	var ids []ir.ID
	for i := 1; i < 14; i++ {
		n := map[int]int{1: 34, 13: 4}[i]
		name := string(rune('a' + i))
		ids = append(ids, b.Input(name, n))
		in[name] = make([]float64, n)
	}
	p := done(t, b, []ir.ID{b.Op(ir.Add, s, ids[0]), b.Op(ir.Add, s, ids[12])})
	if err := sameMeaning(p, ir.Share(p), in); err != nil {
		t.Error(err)
	}
}

// 0 and -0 are equal numbers, but their reciprocals are not.
func TestShareKeepsSignOfZero(t *testing.T) {
	b := ir.NewBuilder("zeros", ir.Float64)
	one := b.Input("one")
	pos := b.Op(ir.Div, one, b.Scalar(0))
	neg := b.Op(ir.Div, one, b.Scalar(math.Copysign(0, -1)))
	p := done(t, b, []ir.ID{pos, neg})
	if err := sameMeaning(p, ir.Share(p), map[string][]float64{"one": {1}}); err != nil {
		t.Error(err)
	}
}

// Equal host ops may do different things: their function is all that tells them apart.
func TestShareKeepsHostOps(t *testing.T) {
	b := ir.NewBuilder("host", ir.Float64)
	x := b.Input("x", 2)
	f := func(out any, args []any) error { return nil }
	host := ir.Instr{Op: ir.Host, Name: "f", Args: []ir.ID{x}, Shape: ir.Shape{2}, Host: f}
	p := done(t, b, []ir.ID{b.Emit(host), b.Emit(host)})
	if n := count(ir.Optimize(p), ir.Host); n != 2 {
		t.Errorf("%d host ops are left, want 2", n)
	}
}

// w ← s − lr·AB with a scalar s is no update of s's shape.
func TestUpdateOfScalarStaysApart(t *testing.T) {
	g := irtest.New("scalar", ir.Float64, 1)
	w, s, lr := g.Fresh(-1, 1, 2, 3), g.Fresh(-1, 1), g.Fresh(-1, 1)
	ab := g.MatMul(ir.Instr{}, 2, 3, 4)
	v := g.Op(ir.Sub, s, g.Op(ir.Mul, ab, lr))
	p := done(t, g.Builder, nil, ir.Update{Into: w, Value: v})
	q := ir.Optimize(p)
	if err := sound(q); err != nil {
		t.Error(err, q)
	}
	if err := simulate(q, g.In, 1); err != nil {
		t.Error(err)
	}
}

// The factor −1 may be a constant of any shape.
func TestSigmoidGradOfScalar(t *testing.T) {
	g := irtest.New("sigmoid", ir.Float64, 1)
	x := g.Fresh(-1, 1)
	v := g.Op(ir.Mul, g.Op(ir.Sigmoid, x), g.Op(ir.Sigmoid, g.Op(ir.Mul, x, g.Const([]float64{-1}, 3))))
	p := done(t, g.Builder, []ir.ID{v})
	q := ir.FuseSoftmax(p)
	if err := sound(q); err != nil {
		t.Error(err, q)
	}
	if err := sameMeaning(p, q, g.In); err != nil {
		t.Error(err)
	}
}

// Inputs that take each other's values: both old values are read before either is replaced.
func TestUpdatesSwap(t *testing.T) {
	g := irtest.New("swap", ir.Float64, 1)
	a, b := g.Fresh(-2, 2, 5), g.Fresh(-2, 2, 5)
	p := done(t, g.Builder, []ir.ID{a}, ir.Update{Into: a, Value: b}, ir.Update{Into: b, Value: a})
	if err := simulate(ir.Optimize(p), g.In, 1); err != nil {
		t.Error(err)
	}
}

// The input that an update writes to may come after the value in the program.
func TestUpdateOfLaterInput(t *testing.T) {
	g := irtest.New("later", ir.Float64, 1)
	v := g.Op(ir.Exp, g.Fresh(-2, 2, 5))
	p := done(t, g.Builder, nil, ir.Update{Into: g.Fresh(-2, 2, 5), Value: v})
	if err := simulate(ir.Optimize(p), g.In, 1); err != nil {
		t.Error(err)
	}
}

// Cross-entropy of hopeless logits is finite once it is fused: 0·log 0 counts as 0.
func TestLogLikelihoodStaysFinite(t *testing.T) {
	b := ir.NewBuilder("loglikelihood", ir.Float64)
	x, target := b.Input("x", 1, 2), b.Input("t", 1, 2)
	log := b.Emit(ir.Instr{Op: ir.Softmax, Args: []ir.ID{x}, Log: true})
	loss := b.Emit(ir.Instr{Op: ir.Sum, Args: []ir.ID{b.Op(ir.Mul, target, log)}, Axes: []int{0, 1}})
	p := ir.Optimize(done(t, b, []ir.ID{loss}))
	out, _, err := p.Eval(map[string][]float64{"x": {1e300, -1e300}, "t": {1, 0}})
	if err != nil || out[0][0] != 0 {
		t.Errorf("%v, %v, want 0", out, err)
	}
}

// A long run of element-wise ops is cut into chains that engines have room for.
func TestChainsAreBounded(t *testing.T) {
	g := irtest.New("long", ir.Float64, 1)
	x := g.Fresh(-1, 1, 7)
	for range 100 {
		x = g.Op(ir.Tanh, g.Op(ir.Add, x, g.Fresh(-1, 1, 7)))
	}
	p := done(t, g.Builder, []ir.ID{x})
	q := ir.Optimize(p)
	if err := sameMeaning(p, q, g.In); err != nil {
		t.Error(err)
	}
	for i := range q.Instrs {
		if in := &q.Instrs[i]; len(in.Args) > 12 || len(in.Body) > 24 {
			t.Errorf("a chain of %d arguments and %d steps", len(in.Args), len(in.Body))
		}
	}
	if n := count(q, ir.Chain); n > 12 {
		t.Errorf("%d chains for 200 steps", n)
	}
}

// Folding computes in the program's type, and does not blow constants up.
func TestFold(t *testing.T) {
	b := ir.NewBuilder("fold", ir.Float32)
	third := b.Op(ir.Div, b.Scalar(1), b.Scalar(3))
	p := ir.Fold(done(t, b, []ir.ID{third}))
	if got := p.At(p.Outputs[0]); got.Op != ir.Const || got.Data[0] != float64(float32(1)/3) {
		t.Errorf("%v", p)
	}
	b = ir.NewBuilder("large", ir.Float32)
	row := b.Const(make([]float64, 100), 100)
	large := b.View(row, ir.View{Strides: []int{0, 1}}, 1000, 100)
	uniform := b.Op(ir.Add, b.Const([]float64{2}, 1000, 1000), b.Const([]float64{3}, 1000, 1000))
	p = ir.Optimize(done(t, b, []ir.ID{large, uniform}))
	if p.At(p.Outputs[0]).Op != ir.ViewOp {
		t.Errorf("a broadcast constant was stored in full\n%v", p)
	}
	if c := p.At(p.Outputs[1]); c.Op != ir.Const || len(c.Data) != 1 || c.Data[0] != 5 {
		t.Errorf("a uniform constant was not folded\n%v", p)
	}
}

func TestPruneDropsUnusedInputs(t *testing.T) {
	b := ir.NewBuilder("prune", ir.Float32)
	b.Input("unused", 3)
	p := ir.Optimize(done(t, b, []ir.ID{b.Op(ir.Exp, b.Input("x", 3))}))
	if strings.Contains(p.String(), "unused") {
		t.Error(p)
	}
}

// TestFactorsThatMatter: only 1 is no factor and no divisor, on the side where it is none.
func TestFactorsThatMatter(t *testing.T) {
	b := ir.NewBuilder("factors", ir.Float64)
	x := b.Input("x", 2)
	var ids []ir.ID
	for _, v := range []float64{1, 2, 0.5, -1, 0} {
		c := b.Scalar(v)
		ids = append(ids, b.Op(ir.Mul, x, c), b.Op(ir.Mul, c, x), b.Op(ir.Div, c, x))
		if v != 0 {
			ids = append(ids, b.Op(ir.Div, x, c))
		}
	}
	p := done(t, b, ids)
	in := map[string][]float64{"x": {3, -8}}
	want, _, err := p.Eval(in)
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := ir.Optimize(p).Eval(in)
	if err != nil {
		t.Fatal(err)
	}
	if err := irtest.CloseAll(got, want, nil, nil, 0); err != nil {
		t.Error(err)
	}
}

// A product with a bias is added up by columns: transposed it is another sum, which stays as it is.
func TestTransposedProductWithBias(t *testing.T) {
	g := irtest.New("biased", ir.Float64, 1)
	const m, n = 3, 4
	mm := g.Emit(ir.Instr{Op: ir.MatMul, Args: []ir.ID{g.Fresh(-1, 1, m, 2), g.Fresh(-1, 1, 2, n), g.Fresh(-1, 1, n)}, Bias: true})
	p := done(t, g.Builder, []ir.ID{g.View(mm, ir.View{Strides: []int{1, n}}, n, m)})
	if err := sameMeaning(p, ir.Optimize(p), g.In); err != nil {
		t.Error(err)
	}
}
