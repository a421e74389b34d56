package native

import (
	"math"
	"math/big"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stheno/stheno/blas/blastest/bigmath"
)

// maxULP is what the documentation promises of these functions.
const maxULP = 2

// transcendental is one function and its reference.
type transcendental struct {
	name   string
	s      func(dst, x []float32)
	d      func(dst, x []float64)
	wide   func(x *big.Float) *big.Float // x is finite and not zero
	narrow func(x float64) float64       // for float32, where an error in float64's last place is none
	zero   [2]float64                    // the values at 0 and at -0
	exact  map[float64]float64           // other special values
	ranges [][2]float64                  // where results are neither zero nor saturated
	points func() (x []float64, want []*big.Float)
}

// of is the function for an element type.
func of[T float](f transcendental) func(dst, x []T) {
	if f, ok := any(f.s).(func(dst, x []T)); ok {
		return f
	}
	return any(f.d).(func(dst, x []T))
}

var inf, nan = math.Inf(1), math.NaN()

const (
	tiny32, tiny64 = 0x1p-126, 0x1p-1022 // the smallest normal numbers
	least64        = math.SmallestNonzeroFloat64
)

var functions = []transcendental{
	{name: "Exp", s: Sexp, d: Dexp, wide: bigmath.Exp, narrow: math.Exp, zero: [2]float64{1, 1},
		exact:  map[float64]float64{inf: inf, -inf: 0, 711: inf, -750: 0, math.MaxFloat64: inf, -math.MaxFloat64: 0, least64: 1, -least64: 1},
		ranges: [][2]float64{{-1, 1}, {-104, 89}, {-746, 709.7}, {709, 709.78}, {-1e-6, 1e-6}, {-746, -708}, {-104, -87}}},
	{name: "Log", s: Slog, d: Dlog, wide: bigmath.Log, narrow: log, zero: [2]float64{-inf, -inf},
		exact: map[float64]float64{1: 0, inf: inf, -inf: nan, -1: nan, -least64: nan, -math.MaxFloat64: nan},
		ranges: [][2]float64{{0, 2}, {0.9, 1.1}, {0.999, 1.001}, {0.7, 0.72}, {1.41, 1.42}, {0, 1e-38}, {0, 1e-300}, {0, 1e30}, {0, 1e300},
			{0, tiny32}, {0, tiny64}, {0, 1e-320}}},
	{name: "Sigmoid", s: Ssigmoid, d: Dsigmoid, wide: bigmath.Sigmoid, narrow: sigmoid, zero: [2]float64{0.5, 0.5},
		exact:  map[float64]float64{inf: 1, -inf: 0, math.MaxFloat64: 1, -math.MaxFloat64: 0, least64: 0.5, -least64: 0.5},
		ranges: [][2]float64{{-1, 1}, {-20, 20}, {-104, 30}, {-746, 40}, {-746, -708}, {-104, -87}}},
	{name: "Tanh", s: Stanh, d: Dtanh, wide: bigmath.Tanh, narrow: math.Tanh, zero: [2]float64{0, math.Copysign(0, -1)},
		exact:  map[float64]float64{inf: 1, -inf: -1, math.MaxFloat64: 1, -math.MaxFloat64: -1, least64: least64, -least64: -least64},
		ranges: [][2]float64{{-1, 1}, {-20, 20}, {0.62, 0.63}, {-1e-6, 1e-6}, {-tiny32, tiny32}, {-tiny64, tiny64}}},
	{name: "Sin", s: Ssin, d: Dsin, wide: bigmath.Sin, narrow: sin, zero: [2]float64{0, math.Copysign(0, -1)},
		exact:  map[float64]float64{inf: nan, -inf: nan, least64: least64, -least64: -least64},
		ranges: append(angles, [2]float64{-tiny32, tiny32}, [2]float64{-tiny64, tiny64})},
	{name: "Cos", s: Scos, d: Dcos, wide: bigmath.Cos, narrow: cos, zero: [2]float64{1, 1},
		exact:  map[float64]float64{inf: nan, -inf: nan, least64: 1, -least64: 1},
		ranges: angles},
}

// angles are around multiples of π/4, one that is nearer to a multiple of π/2 than any other float64, and what lies around
// the angles that kernels leave to Go.
var angles = [][2]float64{{-1, 1}, {-7, 7}, {0.5, 0.53}, {0.78, 0.79}, {1.57, 1.571}, {3.1415926, 3.1415927}, {-100, 100},
	{-32768, 32768}, {0x1p15 - 1, 0x1p15 + 1}, {25735.9273, 25735.9274}, {-0x1p30, 0x1p30}, {0x1p30 - 1, 0x1p30 + 1}, {-1e6, 1e6}, {-1e15, 1e15},
	{6381956970095103 * 0x1p797, 6381956970095103 * 0x1p797}}

func init() {
	for i := range functions {
		f := &functions[i]
		f.points = sync.OnceValues(f.drawPoints)
	}
}

// drawPoints are in the ranges, at all magnitudes, and at the ends of the types, with their references: many of them
// with STHENO_LONG=1. Every second one is a float32, too.
func (f *transcendental) drawPoints() (x []float64, want []*big.Float) {
	r, each := rand.New(rand.NewPCG(1, 0)), 500
	if long() {
		each = 20_000
	}
	for _, s := range f.ranges {
		for range each {
			v := s[0] + (s[1]-s[0])*r.Float64()
			x = append(x, v, float64(float32(v)))
		}
	}
	for range 2000 {
		x = append(x, math.Float64frombits(r.Uint64()), float64(math.Float32frombits(r.Uint32())))
	}
	for _, v := range []float64{least64, 3 * least64, tiny64 - least64, tiny64, math.MaxFloat64,
		math.SmallestNonzeroFloat32, 3 * math.SmallestNonzeroFloat32, tiny32 - math.SmallestNonzeroFloat32, tiny32, math.MaxFloat32} {
		x = append(x, v, -v)
	}
	kept := x[:0]
	for _, v := range x {
		if f.name == "Log" {
			v = math.Abs(v)
		}
		if v != 0 && !math.IsNaN(v) && !math.IsInf(v, 0) {
			kept = append(kept, v)
			want = append(want, f.wide(bigmath.Num(v)))
		}
	}
	return kept, want
}

// worst is the largest error of some results.
type worst struct {
	ulps float64
	at   any
}

func (w *worst) see(ulps float64, at any) {
	if !(ulps <= w.ulps) {
		w.ulps, w.at = ulps, at
	}
}

func (w *worst) check(t *testing.T, bound float64) {
	t.Helper()
	t.Logf("largest error %.3f ulp, at %v", w.ulps, w.at)
	if !(w.ulps <= bound) {
		t.Errorf("error of %v ulp at %v, the bound is %v", w.ulps, w.at, bound)
	}
}

func TestTranscendental64(t *testing.T) {
	eachSet(t, func(t *testing.T) {
		for _, f := range functions {
			t.Run("f="+f.name, func(t *testing.T) {
				x, want := f.points()
				got := make([]float64, len(x))
				f.d(got, x)
				var w worst
				for i, v := range x {
					w.see(bigmath.Double.ULPs(got[i], want[i]), v)
				}
				bound := float64(maxULP)
				if CPU() == "generic" && (f.name == "Exp" || f.name == "Sigmoid") {
					bound = 3 // math.Exp alone is off by 1.6
				}
				w.check(t, bound)
			})
		}
	})
}

// TestTranscendental32 takes what of the points float32 has, more of the ranges, and a prime step through all patterns.
func TestTranscendental32(t *testing.T) {
	eachSet(t, func(t *testing.T) {
		for _, f := range functions {
			t.Run("f="+f.name, func(t *testing.T) {
				points, want := f.points()
				var x []float32
				for _, v := range points {
					x = append(x, float32(v))
				}
				r := rand.New(rand.NewPCG(2, 0))
				for _, s := range f.ranges {
					for range 20_000 {
						x = append(x, float32(s[0]+(s[1]-s[0])*r.Float64()))
					}
				}
				for b := uint64(0); b < 1<<32; b += 4093 {
					x = append(x, math.Float32frombits(uint32(b)))
				}
				got := make([]float32, len(x))
				f.s(got, x)
				var w worst
				for i, v := range x {
					if i < len(points) && float64(v) == points[i] {
						w.see(bigmath.Single.ULPs(float64(got[i]), want[i]), v)
					} else {
						w.see(ulps32(float64(got[i]), f.narrow(float64(v))), v)
					}
				}
				w.check(t, maxULP)
			})
		}
	})
}

func TestTranscendentalSpecial(t *testing.T) {
	eachSet(t, func(t *testing.T) {
		for _, f := range functions {
			at := func(x float64, want float64) {
				t.Helper()
				s, d := []float32{float32(x)}, []float64{x}
				f.s(s, s)
				f.d(d, d)
				if float32(x) != 0 || x == 0 { // else the sign of a tiny number is lost
					if !sameBits(float64(s[0]), want) {
						t.Errorf("S%s(%v) = %v, want %v", f.name, x, s[0], want)
					}
				}
				if !sameBits(d[0], want) {
					t.Errorf("D%s(%v) = %v, want %v", f.name, x, d[0], want)
				}
			}
			at(0, f.zero[0])
			at(math.Copysign(0, -1), f.zero[1])
			at(nan, nan)
			for x, want := range f.exact {
				at(x, want)
			}
		}
	})
}

// ulps32 is the distance of got from want, which is as good as exact, in units in the last place of float32.
func ulps32(got, want float64) float64 {
	if sameBits(got, float64(float32(want))) || got == want {
		return 0 // overflow, too
	}
	_, e := math.Frexp(want)
	return math.Abs(got-want) / math.Ldexp(1, max(e-24, -149))
}
