// Package bigmath is what kernels compute, in 200 bits, slowly: the reference that tests measure their errors by.
package bigmath

import (
	"math"
	"math/big"
)

const prec = 200

// Num is a number as it is.
func Num(x float64) *big.Float { return new(big.Float).SetPrec(prec).SetFloat64(x) }

func zero() *big.Float { return Num(0) }

// Exp halves x until Taylor's series is short, and squares the result as often. Beyond ±800, where float64 has only
// infinity and zero, it stays at what ±800 gives.
func Exp(x *big.Float) *big.Float {
	const halvings, most = 20, 800
	if f, _ := x.Float64(); math.Abs(f) > most {
		x = Num(math.Copysign(most, f))
	}
	y := zero().SetMantExp(x, -halvings)
	sum, term := Num(1), Num(1)
	for i := 1.0; i < 20; i++ {
		term.Quo(term.Mul(term, y), Num(i))
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Mul(sum, sum)
	}
	return sum
}

// Log is the natural logarithm of x > 0, as k·ln 2 + log(f) with x = 2ᵏ·f.
func Log(x *big.Float) *big.Float {
	f := new(big.Float)
	k := x.MantExp(f)
	if v, _ := f.Float64(); v < math.Sqrt2/2 {
		f.SetMantExp(f, 1)
		k--
	}
	y := halley(f)
	return y.Add(y, zero().Mul(Num(float64(k)), ln2))
}

var ln2 = halley(Num(2))

// halley is one step of Halley's method on exp(y) = x, which has three times the digits of float64's logarithm.
func halley(x *big.Float) *big.Float {
	f, _ := x.Float64()
	y := Num(math.Log(f))
	z := Exp(y)
	step := zero().Sub(x, z)
	step.Quo(step.Add(step, step), z.Add(z, x))
	return y.Add(y, step)
}

// Sigmoid is 1 / (1 + exp(-x)).
func Sigmoid(x *big.Float) *big.Float {
	t := Exp(zero().Neg(x))
	return t.Quo(Num(1), t.Add(t, Num(1)))
}

// Tanh is (exp(2x) - 1) / (exp(2x) + 1).
func Tanh(x *big.Float) *big.Float {
	if f, _ := x.Float64(); math.Abs(f) < 1e-20 {
		return x
	}
	t := Exp(zero().Add(x, x))
	top := zero().Sub(t, Num(1))
	return top.Quo(top, t.Add(t, Num(1)))
}

// Sin is the sine of an angle in radians.
func Sin(x *big.Float) *big.Float { return wave(x, 0) }

// Cos is the cosine of an angle in radians.
func Cos(x *big.Float) *big.Float { return wave(x, 1) }

// wave is sin(x + quarters·π/2): the sine or the cosine of x's distance from a multiple of π/2, which takes as many digits
// more as x has before its point.
func wave(x *big.Float, quarters int64) *big.Float {
	k, _ := new(big.Float).SetPrec(angles).Quo(x, quarter).Int(nil)
	below := new(big.Float).SetPrec(angles).Mul(new(big.Float).SetPrec(angles).SetInt(k), quarter)
	r := zero().Sub(x, below) // as far as a quarter: no matter for series of 200 bits
	switch k.Add(k, big.NewInt(quarters)); k.And(k, big.NewInt(3)).Int64() {
	case 0:
		return alternating(r, 1)
	case 1:
		return alternating(r, 0)
	case 2:
		return zero().Neg(alternating(r, 1))
	}
	return zero().Neg(alternating(r, 0))
}

// alternating is xⁿ/n! - xⁿ⁺²/(n+2)! + ...: the sine for n = 1, the cosine for n = 0.
func alternating(x *big.Float, n float64) *big.Float {
	sum, term := zero(), Num(1)
	if n == 1 {
		term.Set(x)
	}
	square := zero().Mul(x, x)
	for ; n < 60; n += 2 {
		sum.Add(sum, term)
		term.Quo(zero().Neg(term.Mul(term, square)), Num((n+1)*(n+2)))
	}
	return sum
}

// angles is the precision of multiples of π/2: float64 has 1024 digits before the point.
const angles = 1024 + 3*prec

// quarter is π/2 = 8·atan(1/5) - 2·atan(1/239) (Machin).
var quarter = func() *big.Float {
	long := func(x float64) *big.Float { return new(big.Float).SetPrec(angles).SetFloat64(x) }
	atan := func(inverse float64) *big.Float { // Gregory's series
		sum, power := long(0), long(1)
		power.Quo(power, long(inverse))
		for i := 1.0; i < angles; i += 2 {
			sum.Add(sum, long(0).Quo(power, long(i)))
			power.Quo(power, long(-inverse*inverse))
		}
		return sum
	}
	pi := long(0).Mul(long(8), atan(5))
	return pi.Sub(pi, long(0).Mul(long(2), atan(239)))
}()

// Softmax is the softmax of one row, and its logarithm.
func Softmax(x []float64) (soft, log []*big.Float) {
	m, sum := x[0], zero()
	for _, v := range x {
		m = max(m, v)
	}
	for _, v := range x {
		below := zero().Sub(Num(v), Num(m))
		e := Exp(below)
		sum.Add(sum, e)
		soft, log = append(soft, e), append(log, below)
	}
	logSum := Log(sum)
	for i := range x {
		soft[i].Quo(soft[i], sum)
		log[i].Sub(log[i], logSum)
	}
	return soft, log
}

// Format is a floating-point type: the digits of a normal number, and the exponent of the smallest one.
type Format struct{ digits, least int }

// The formats.
var (
	Single = Format{24, -149}
	Double = Format{53, -1074}
)

// ULPs is the distance of got from want in units in the last place. What rounds to got is 0 of them away, infinity too.
func (f Format) ULPs(got float64, want *big.Float) float64 {
	rounded, _ := want.Float64()
	if f == Single {
		short, _ := want.Float32()
		rounded = float64(short)
	}
	if got == rounded {
		return 0
	}
	if math.IsNaN(got) || math.IsInf(got, 0) {
		return math.Inf(1)
	}
	d := zero().Sub(Num(got), want)
	u, _ := d.SetMantExp(d, -f.unit(want)).Float64()
	return math.Abs(u)
}

// Unit is the distance between want's neighbours.
func (f Format) Unit(want *big.Float) float64 { return math.Ldexp(1, f.unit(want)) }

func (f Format) unit(want *big.Float) int { return max(want.MantExp(nil)-f.digits, f.least) }
