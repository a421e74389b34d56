package native

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

const maxULP = 2

// transcendental is one function, its reference in float64 for float32, and one in more precision for float64.
type transcendental struct {
	name   string
	s      func(dst, x []float32)
	d      func(dst, x []float64)
	narrow func(x float64) float64
	wide   func(x *big.Float) *big.Float // x is finite and not zero
	exact  map[float64]float64           // special values
	ranges [][2]float64                  // where results are neither zero nor saturated
}

var inf, nan = math.Inf(1), math.NaN()

var functions = []transcendental{
	{"Exp", Sexp, Dexp, math.Exp, bigExp,
		map[float64]float64{0: 1, inf: inf, -inf: 0, 711: inf, -750: 0, 1e30: inf, -1e30: 0},
		[][2]float64{{-1, 1}, {-104, 89}, {-746, 709.7}, {709, 709.78}, {-1e-6, 1e-6}}},
	{"Log", Slog, Dlog, math.Log, bigLog,
		map[float64]float64{0: -inf, 1: 0, inf: inf, -inf: nan, -1: nan, -1e-310: nan},
		[][2]float64{{0, 2}, {0.9, 1.1}, {0.999, 1.001}, {0.7, 0.72}, {1.41, 1.42}, {0, 1e-38}, {0, 1e-300}, {0, 1e30}, {0, 1e300}}},
	{"Sigmoid", Ssigmoid, Dsigmoid, sigmoid, bigSigmoid,
		map[float64]float64{0: 0.5, inf: 1, -inf: 0, 1e30: 1, -1e30: 0},
		[][2]float64{{-1, 1}, {-20, 20}, {-104, 30}, {-746, 40}}},
	{"Tanh", Stanh, Dtanh, math.Tanh, bigTanh,
		map[float64]float64{0: 0, inf: 1, -inf: -1, 1e30: 1, -1e30: -1},
		[][2]float64{{-1, 1}, {-20, 20}, {0.62, 0.63}, {-1e-6, 1e-6}, {-1e-37, 1e-37}, {-1e-307, 1e-307}}},
}

func TestTranscendental32(t *testing.T) {
	eachSet(t, func(t *testing.T) {
		for _, f := range functions {
			t.Run("f="+f.name, func(t *testing.T) {
				var x []float32
				for b := uint64(0); b < 1<<32; b += 4093 { // a prime step through all patterns
					x = append(x, math.Float32frombits(uint32(b)))
				}
				r := rand.New(rand.NewPCG(1, 0))
				for _, s := range f.ranges {
					for range 100000 {
						x = append(x, float32(s[0]+(s[1]-s[0])*r.Float64()))
					}
				}
				got := make([]float32, len(x))
				f.s(got, x)
				worst, at := 0.0, float32(0)
				for i, v := range x {
					if u := ulps(float64(got[i]), f.narrow(float64(v))); !(u <= worst) {
						worst, at = u, v
					}
				}
				t.Logf("largest error %.3f ulp, at %g", worst, at)
				if !(worst <= maxULP) {
					t.Errorf("error of %v ulp at %v (%#x)", worst, at, math.Float32bits(at))
				}
			})
		}
	})
}

func TestTranscendental64(t *testing.T) {
	eachSet(t, func(t *testing.T) {
		for _, f := range functions {
			t.Run("f="+f.name, func(t *testing.T) {
				var x []float64
				r := rand.New(rand.NewPCG(1, 0))
				for _, s := range f.ranges {
					for range 2000 {
						x = append(x, s[0]+(s[1]-s[0])*r.Float64())
					}
				}
				got := make([]float64, len(x))
				f.d(got, x)
				worst, at := 0.0, 0.0
				for i, v := range x {
					want := f.wide(new(big.Float).SetPrec(200).SetFloat64(v))
					if u := bigULPs(got[i], want); !(u <= worst) {
						worst, at = u, v
					}
				}
				t.Logf("largest error %.3f ulp, at %g", worst, at)
				if !(worst <= maxULP) {
					t.Errorf("error of %v ulp at %v (%#x)", worst, at, math.Float64bits(at))
				}
			})
		}
	})
}

func TestTranscendentalSpecial(t *testing.T) {
	eachSet(t, func(t *testing.T) {
		for _, f := range functions {
			for x, want := range f.exact {
				s, d := []float32{float32(x)}, []float64{x}
				f.s(s, s)
				f.d(d, d)
				if float32(x) != 0 || x == 0 { // else the sign of a tiny number is lost
					if !same(float64(s[0]), want) {
						t.Errorf("S%s(%v) = %v, want %v", f.name, x, s[0], want)
					}
				}
				if !same(d[0], want) {
					t.Errorf("D%s(%v) = %v, want %v", f.name, x, d[0], want)
				}
			}
			s, d := []float32{float32(nan)}, []float64{nan}
			f.s(s, s)
			f.d(d, d)
			if s[0] == s[0] || d[0] == d[0] {
				t.Errorf("%s(NaN) = %v, %v", f.name, s[0], d[0])
			}
		}
		minusZero := []float32{float32(math.Copysign(0, -1))}
		if Stanh(minusZero, minusZero); !math.Signbit(float64(minusZero[0])) {
			t.Error("Stanh(-0) = +0")
		}
	})
}

// same compares numbers, and takes all NaNs for one.
func same(x, y float64) bool { return x == y || x != x && y != y }

// ulps is the distance of got from want in units in the last place of float32.
func ulps(got, want float64) float64 {
	if same(got, float64(float32(want))) {
		return 0 // overflow, too
	}
	_, e := math.Frexp(want)
	return math.Abs(got-want) / math.Ldexp(1, max(e-24, -149))
}
