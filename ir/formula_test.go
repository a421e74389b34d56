package ir

import (
	"math"
	"math/rand/v2"
	"testing"
)

// A formula means what Go makes of it, in C it is what is written here, and it has two arguments where y occurs.
func TestFormula(t *testing.T) {
	nan := math.NaN()
	for _, f := range []struct {
		text, c string
		arity   int
		want    func(x, y float64) float64
	}{
		{"x + y", "x + y", 2, func(x, y float64) float64 { return x + y }},
		{"x - y", "x - y", 2, func(x, y float64) float64 { return x - y }},
		{"x * y", "x * y", 2, func(x, y float64) float64 { return x * y }},
		{"x / y", "x / y", 2, func(x, y float64) float64 { return x / y }},
		{"x - y*x", "x - y * x", 2, func(x, y float64) float64 { return x - y*x }},
		{"(x - y) * x", "(x - y) * x", 2, func(x, y float64) float64 { return (x - y) * x }},
		{"-x", "-x", 1, func(x, _ float64) float64 { return -x }},
		{"x < y", "T(x < y)", 2, func(x, y float64) float64 { return truth(x < y) }},
		{"x <= y", "T(x <= y)", 2, func(x, y float64) float64 { return truth(x <= y) }},
		{"x == y", "T(x == y)", 2, func(x, y float64) float64 { return truth(x == y) }},
		{"pow(x, y)", "pow(x, y)", 2, math.Pow},
		{"atan2(y, x)", "atan2(y, x)", 2, func(x, y float64) float64 { return math.Atan2(y, x) }},
		{"1 / (1 + exp(-x))", "T(1) / (T(1) + exp(-x))", 1, func(x, _ float64) float64 { return 1 / (1 + math.Exp(-x)) }},
		{"0.5 * x * (1 + erf(x))", "T(0.5) * x * (T(1) + erf(x))", 1, func(x, _ float64) float64 { return 0.5 * x * (1 + math.Erf(x)) }},
	} {
		got := newFormula(f.text)
		if got.C() != f.c || got.arity() != f.arity || got.String() != f.text {
			t.Errorf("%s: in C %s, of %d arguments", got, got.C(), got.arity())
		}
		r := rand.New(rand.NewPCG(1, 2))
		xs := []float64{0, math.Copysign(0, -1), 1, nan, math.Inf(1), math.Inf(-1)}
		for range 50 {
			xs = append(xs, 4*r.NormFloat64())
		}
		plain, dst := Loop[float64](got), make([]float64, 1)
		for _, x := range xs {
			for _, y := range xs {
				plain(dst, []float64{x}, []float64{y})
				want := f.want(x, y)
				if v := got.Of(x, y); math.Float64bits(v) != math.Float64bits(want) && !(v != v && want != want) || dst[0] != v && v == v {
					t.Fatalf("%s of %v and %v is %v, its loop gives %v, want %v", got, x, y, v, dst[0], want)
				}
			}
		}
	}
}

// The functions that a formula may call are those of package math under their names in C.
func TestFunctions(t *testing.T) {
	for name, want := range map[string]float64{"exp": math.E, "log": 0, "expm1": math.E - 1, "log1p": math.Ln2, "sqrt": 1, "cbrt": 1, "exp2": 2, "log2": 0,
		"sin": 0.8414709848078965, "cos": 0.5403023058681398, "tan": 1.557407724654902, "asin": math.Pi / 2, "acos": 0, "atan": math.Pi / 4,
		"sinh": 1.1752011936438014, "cosh": 1.5430806348152437, "tanh": 0.7615941559557649, "erf": 0.8427007929497149, "ceil": 1, "floor": 1, "fabs": 1} {
		if got := newFormula(name+"(x)").Of(1, 0); math.Abs(got-want) > 1e-15 {
			t.Errorf("%s(1) is %v, want %v", name, got, want)
		}
	}
}
