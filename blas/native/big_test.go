package native

import (
	"math"
	"math/big"
)

// The functions in 200 bits, slowly.

const prec = 200

func bigNum(x float64) *big.Float { return new(big.Float).SetPrec(prec).SetFloat64(x) }

// bigExp halves x until Taylor's series is short, and squares the result as often.
func bigExp(x *big.Float) *big.Float {
	const halvings = 20
	y := new(big.Float).SetPrec(prec).SetMantExp(x, -halvings)
	sum, term := bigNum(1), bigNum(1)
	for i := 1.0; i < 25; i++ {
		term.Quo(term.Mul(term, y), bigNum(i))
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Mul(sum, sum)
	}
	return sum
}

// bigLog is Newton's method on exp(y) = x.
func bigLog(x *big.Float) *big.Float {
	mant := new(big.Float)
	e := x.MantExp(mant)
	if f, _ := mant.Float64(); f < math.Sqrt2/2 {
		mant.SetMantExp(mant, 1)
		e--
	}
	y := newton(mant)
	return y.Add(y, new(big.Float).SetPrec(prec).Mul(bigNum(float64(e)), bigLn2))
}

var bigLn2 = newton(bigNum(2))

func newton(x *big.Float) *big.Float {
	f, _ := x.Float64()
	y := bigNum(math.Log(f))
	for range 3 {
		z := bigExp(new(big.Float).SetPrec(prec).Neg(y))
		z.Mul(z, x)
		y.Add(y, z.Sub(z, bigNum(1)))
	}
	return y
}

func bigSigmoid(x *big.Float) *big.Float {
	t := bigExp(new(big.Float).SetPrec(prec).Neg(x))
	return t.Quo(bigNum(1), t.Add(t, bigNum(1)))
}

func bigTanh(x *big.Float) *big.Float {
	if f, _ := x.Float64(); math.Abs(f) < 1e-20 {
		return x
	}
	t := bigExp(new(big.Float).SetPrec(prec).Add(x, x))
	top := new(big.Float).SetPrec(prec).Sub(t, bigNum(1))
	return top.Quo(top, t.Add(t, bigNum(1)))
}

// bigULPs is the distance of got from want in units in the last place of float64.
func bigULPs(got float64, want *big.Float) float64 {
	if f, _ := want.Float64(); f == got {
		return 0
	}
	if math.IsNaN(got) || math.IsInf(got, 0) {
		return math.Inf(1)
	}
	d := new(big.Float).SetPrec(prec).Sub(bigNum(got), want)
	unit := max(want.MantExp(nil)-53, -1074)
	f, _ := d.SetMantExp(d, -unit).Float64()
	return math.Abs(f)
}
