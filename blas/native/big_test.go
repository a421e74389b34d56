package native

import (
	"math"
	"math/big"
)

// The functions in 200 bits, slowly.

const prec = 200

func bigNum(x float64) *big.Float { return new(big.Float).SetPrec(prec).SetFloat64(x) }
func bigZero() *big.Float         { return bigNum(0) }

// bigExp halves x until Taylor's series is short, and squares the result as often. Beyond ±800, where float64 has only
// infinity and zero, it stays at what ±800 gives.
func bigExp(x *big.Float) *big.Float {
	const halvings, most = 20, 800
	if f, _ := x.Float64(); math.Abs(f) > most {
		x = bigNum(math.Copysign(most, f))
	}
	y := bigZero().SetMantExp(x, -halvings)
	sum, term := bigNum(1), bigNum(1)
	for i := 1.0; i < 20; i++ {
		term.Quo(term.Mul(term, y), bigNum(i))
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Mul(sum, sum)
	}
	return sum
}

// bigLog is k·ln 2 + log(f) with x = 2ᵏ·f.
func bigLog(x *big.Float) *big.Float {
	f := new(big.Float)
	k := x.MantExp(f)
	if v, _ := f.Float64(); v < math.Sqrt2/2 {
		f.SetMantExp(f, 1)
		k--
	}
	y := halley(f)
	return y.Add(y, bigZero().Mul(bigNum(float64(k)), bigLn2))
}

var bigLn2 = halley(bigNum(2))

// halley is one step of Halley's method on exp(y) = x, which has three times the digits of float64's logarithm.
func halley(x *big.Float) *big.Float {
	f, _ := x.Float64()
	y := bigNum(math.Log(f))
	z := bigExp(y)
	step := bigZero().Sub(x, z)
	step.Quo(step.Add(step, step), z.Add(z, x))
	return y.Add(y, step)
}

func bigSigmoid(x *big.Float) *big.Float {
	t := bigExp(bigZero().Neg(x))
	return t.Quo(bigNum(1), t.Add(t, bigNum(1)))
}

func bigTanh(x *big.Float) *big.Float {
	if f, _ := x.Float64(); math.Abs(f) < 1e-20 {
		return x
	}
	t := bigExp(bigZero().Add(x, x))
	top := bigZero().Sub(t, bigNum(1))
	return top.Quo(top, t.Add(t, bigNum(1)))
}

// bigSoftmax is the softmax of one row.
func bigSoftmax(x []float64) []*big.Float {
	m, sum := x[0], bigZero()
	for _, v := range x {
		m = max(m, v)
	}
	out := make([]*big.Float, len(x))
	for i, v := range x {
		out[i] = bigExp(bigZero().Sub(bigNum(v), bigNum(m)))
		sum.Add(sum, out[i])
	}
	for _, e := range out {
		e.Quo(e, sum)
	}
	return out
}

// format is a floating-point type: digits of a normal number, and the exponent of the smallest one.
type format struct{ digits, least int }

var (
	single = format{24, -149}
	double = format{53, -1074}
)

// ulps is the distance of got from want in units in the last place. What rounds to got is 0 of them away, infinity too.
func (f format) ulps(got float64, want *big.Float) float64 {
	rounded, _ := want.Float64()
	if f == single {
		short, _ := want.Float32()
		rounded = float64(short)
	}
	if got == rounded {
		return 0
	}
	if math.IsNaN(got) || math.IsInf(got, 0) {
		return math.Inf(1)
	}
	d := bigZero().Sub(bigNum(got), want)
	unit := max(want.MantExp(nil)-f.digits, f.least)
	u, _ := d.SetMantExp(d, -unit).Float64()
	return math.Abs(u)
}
