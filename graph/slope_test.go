package graph

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// bent is a smooth line with kinks: 2.3 + 0.05·sin(t + 1) + Σ jump·max(t − at, 0).
type bent []struct{ at, jump float64 }

func (b bent) loss(t float64) (float64, error) {
	sum := 2.3 + 0.05*math.Sin(t+1)
	for _, k := range b {
		sum += k.jump * max(t-k.at, 0)
	}
	return sum, nil
}

// sides are the slopes at 0 from the left and from the right.
func (b bent) sides() (left, right float64) {
	left = 0.05 * math.Cos(1)
	right = left
	for _, k := range b {
		if k.at < 0 {
			left += k.jump
		}
		if k.at <= 0 {
			right += k.jump
		}
	}
	return left, right
}

func judged(t *testing.T, b bent, v float64) verdict {
	t.Helper()
	c := DefaultCheck
	c.Step = DefaultStep
	left, right, err := c.slopes(b.loss)
	must(t, err)
	return judge(v, left, right)
}

// TestSlopesBesideKinks: wherever a kink lies beside the point, the slope is proven, and an error of 1 % is not excused,
// even where it makes the slope that of a central difference.
func TestSlopesBesideKinks(t *testing.T) {
	check := func(b bent) {
		t.Helper()
		left, right := b.sides()
		if left != right {
			t.Fatalf("%v: slopes %v and %v: the kink is meant to lie beside the point", b, left, right)
		}
		if got := judged(t, b, left); got != proven {
			t.Errorf("%v: slope %v: verdict %d, want proven", b, left, got)
		}
		above, _ := b.loss(DefaultStep)
		below, _ := b.loss(-DefaultStep)
		for _, v := range []float64{left * 1.01, left * 0.99, (above - below) / (2 * DefaultStep), math.NaN(), math.Inf(1)} {
			if got := judged(t, b, v); math.Abs(v-left) > 1e-3*math.Abs(left) && got != wrong || math.IsNaN(v) && got != wrong {
				t.Errorf("%v: %v instead of the slope %v: verdict %d, want wrong", b, v, left, got)
			}
		}
	}
	h := math.Exp2(math.Round(math.Log2(DefaultStep)))
	// at 0.4·h the quotients of h and h/2 agree on a wrong slope
	for _, u := range []float64{1, 0.999, 0.5, 0.4, 0.2, 1. / 3, 0.25, 0.1, 0.05, 0.02} {
		for _, jump := range []float64{0.01, -0.03} {
			check(bent{{u * h, jump}})
			check(bent{{-u * h, jump}})
		}
	}
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	for range 500 {
		var b bent
		for range 1 + r.IntN(3) { // all on one side, so that the other one tells
			b = append(b, struct{ at, jump float64 }{h * (0.02 + r.Float64()), 0.02 * r.NormFloat64()})
		}
		if r.IntN(2) == 0 {
			for i := range b {
				b[i].at = -b[i].at
			}
		}
		check(b)
	}
	if t.Failed() {
		t.Logf("seed %d", seed)
	}
}

// TestSlopesOnKink: on the kink itself each side is a derivative, what lies between cannot be told, and what lies outside
// is wrong.
func TestSlopesOnKink(t *testing.T) {
	for _, jump := range []float64{0.01, -0.01} {
		b := bent{{0, jump}}
		left, right := b.sides()
		for v, want := range map[float64]verdict{
			left: proven, right: proven, (left + right) / 2: unproven, left - 0.01*jump: wrong, right + 0.01*jump: wrong,
		} {
			if got := judged(t, b, v); got != want {
				t.Errorf("slopes %v and %v, derivative %v: verdict %d, want %d", left, right, v, got, want)
			}
		}
	}
	// kinks as close to the point as the smallest steps, on both sides: nothing is proven, and nothing excused
	b := bent{{3e-7, 0.01}, {-3e-7, -0.01}}
	left, _ := b.sides()
	for v, want := range map[float64]verdict{left: unproven, left - 0.002: unproven, left + 0.1: wrong, left - 0.1: wrong} {
		if got := judged(t, b, v); got != want {
			t.Errorf("slope %v, derivative %v: verdict %d, want %d", left, v, got, want)
		}
	}
}

// folded is Σ |x_i|·(i+1) as an evaluator.
type folded struct{ x []float64 }

func (f *folded) Param(string) []float64 { return f.x }
func (f *folded) Loss() (float64, error) {
	sum := 0.0
	for i, v := range f.x {
		sum += math.Abs(v) * float64(i+1)
	}
	return sum, nil
}

// folds is a subject with some elements exactly on a kink, where the derivative is somewhere between both sides', and one so near to a kink that
// central differences cross it.
func folds(n int, on ...int) Subject {
	x, grad := make([]float64, n), make([]float64, n)
	for i := range x {
		x[i], grad[i] = 1, float64(i+1)
	}
	x[1], grad[1] = -3e-5, -2
	for _, i := range on {
		x[i], grad[i] = 0, float64(i+1)/4
	}
	return Subject{Params: []NamedShape{{"x", []int{n}}}, Symbolic: map[string][]float64{"x": grad},
		Evaluators: []Evaluator{&folded{x}, &folded{slices.Clone(x)}}}
}

// TestCheckLeavesOut: elements on a kink are left out by name, up to a twentieth; more prove nothing.
func TestCheckLeavesOut(t *testing.T) {
	for _, c := range []struct {
		s    Subject
		ok   bool
		want string
	}{
		{folds(40), true, "40 checked"},
		{folds(40), true, "ok; 1 looked at from each side\n"},
		{folds(40, 7, 30), true, "38 checked"},
		{folds(40, 7, 30), true, "; 2 on a kink, left out: [7] [30]\n"},
		{folds(40, 7, 8, 30), false, "NOT PROVEN; 1 looked at from each side; 3 on a kink, left out: [7] [8] [30]\n"},
		{folds(40, 2, 3, 4, 5, 6, 7, 8), false, "left out: [2] [3] [4] [5] [6] …\n"},
		{folds(10, 7), false, "NOT PROVEN"},
	} {
		rep, err := Check(c.s, DefaultCheck)
		must(t, err)
		if rep.OK() != c.ok || !strings.Contains(rep.String(), c.want) {
			t.Errorf("OK %v, want %v and %q in\n%s", rep.OK(), c.ok, c.want, rep)
		}
	}
	// no kink excuses what is outside of both slopes
	for i, v := range map[int]float64{7: 8.1, 1: -2.02, 9: 10.1} {
		s := folds(40, 7)
		s.Symbolic["x"][i] = v
		if rep, err := Check(s, DefaultCheck); err != nil || rep.OK() || rep.Rows[0].OK || rep.Rows[0].At[0] != i {
			t.Errorf("element %d wrong: error %v\n%s", i, err, rep)
		}
	}
	// one random direction crosses the kink at x[1] as well
	fast := DefaultCheck
	fast.Fast = true
	if rep, err := Check(folds(4), fast); err != nil || !rep.OK() || rep.Rows[0].Closer != 1 {
		t.Errorf("one direction: error %v\n%s", err, rep)
	}
}

// TestCheckByHandOnKink: on a kink two right gradients may differ.
func TestCheckByHandOnKink(t *testing.T) {
	for hand, ok := range map[float64]bool{8: true, -8: true, 8.1: false} {
		s := folds(40, 7)
		s.Symbolic["x"][7] = 8
		s.ByHand = map[string][]float64{"x": slices.Clone(s.Symbolic["x"])}
		s.ByHand["x"][7] = hand
		if rep, err := Check(s, DefaultCheck); err != nil || rep.OK() != ok {
			t.Errorf("8 and by hand %v: error %v\n%s", hand, err, rep)
		}
	}
}

// TestCheckTooSmall: a gradient so small that no error in it exceeds the bound is not proven by central differences; a
// hand-written one sees it.
func TestCheckTooSmall(t *testing.T) {
	tiny := func() Subject {
		s := bowls(1)
		for _, v := range [][]float64{s.Symbolic["x"], s.ByHand["x"], s.Evaluators[0].(*bowl).x} {
			for i := range v {
				v[i] *= 1e-10
			}
		}
		return s
	}
	s := tiny()
	if rep, err := Check(s, DefaultCheck); err != nil || !rep.OK() || !strings.Contains(rep.String(), "NOT PROVEN: the gradient is too small to be seen\n") {
		t.Errorf("error %v\n%s", err, rep)
	}
	s.Symbolic["x"][3] *= 1.01
	if rep, err := Check(s, DefaultCheck); err != nil || rep.OK() || rep.Rows[0].OK {
		t.Errorf("an error of 1 %%: error %v\n%s", err, rep)
	}
	s = tiny()
	s.ByHand = nil
	if rep, err := Check(s, DefaultCheck); err != nil || rep.OK() {
		t.Errorf("with nothing by hand: error %v\n%s", err, rep)
	}
}
