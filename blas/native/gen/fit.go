package main

import (
	"math"
	"math/big"
)

// prec is the precision, in bits, of everything that ends in a coefficient.
const prec = 400

func num(x float64) *big.Float { return new(big.Float).SetPrec(prec).SetFloat64(x) }
func zero() *big.Float         { return num(0) }

// fit is the polynomial of the given degree, lowest coefficient first, that meets f at the Chebyshev nodes of [lo, hi].
// Its largest error is close to the smallest possible.
func fit(f func(*big.Float) *big.Float, lo, hi float64, degree int) []float64 {
	n := degree + 1
	x, d := make([]*big.Float, n), make([]*big.Float, n)
	for i := range n {
		x[i] = num((lo+hi)/2 + (hi-lo)/2*math.Cos((float64(i)+0.5)*math.Pi/float64(n)))
		d[i] = f(x[i])
	}
	for j := 1; j < n; j++ { // Newton's divided differences
		for i := n - 1; i >= j; i-- {
			d[i] = new(big.Float).Quo(zero().Sub(d[i], d[i-1]), zero().Sub(x[i], x[i-j]))
		}
	}
	p := make([]*big.Float, n)
	for i := range p {
		p[i] = zero()
	}
	for i := n - 1; i >= 0; i-- { // p = p*(t-x[i]) + d[i]
		for j := n - 1; j >= 0; j-- {
			p[j] = zero().Neg(zero().Mul(p[j], x[i]))
			if j > 0 {
				p[j].Add(p[j], p[j-1])
			}
		}
		p[0].Add(p[0], d[i])
	}
	out := make([]float64, n)
	for i := range out {
		out[i], _ = p[i].Float64()
	}
	return out
}

// bigExp is the exponential's Taylor series, for small x.
func bigExp(x *big.Float) *big.Float {
	sum, term := num(1), num(1)
	for i := 1.0; i < 150; i++ {
		term.Quo(term.Mul(term, x), num(i))
		sum.Add(sum, term)
	}
	return sum
}

// bigLn2 is log 2 as the sum of 1/(i·2ⁱ).
func bigLn2() *big.Float {
	sum, power := zero(), num(1)
	for i := 1.0; i < prec; i++ {
		power.Quo(power, num(2))
		sum.Add(sum, zero().Quo(power, num(i)))
	}
	return sum
}

// expTail is (exp(x) - 1 - x) / x².
func expTail(x *big.Float) *big.Float {
	y := zero().Sub(bigExp(x), num(1))
	return y.Quo(y.Sub(y, x), zero().Mul(x, x))
}

// logTail is (2·atanh(s)/s - 2) / z with z = s², which is 2/3 + 2/5·z + 2/7·z² + ...
func logTail(z *big.Float) *big.Float {
	sum, power := zero(), num(1)
	for i := 3.0; i < 250; i += 2 {
		sum.Add(sum, zero().Quo(zero().Mul(num(2), power), num(i)))
		power.Mul(power, z)
	}
	return sum
}

// tanhTail is (tanh(x)/x - 1) / z with z = x².
func tanhTail(z *big.Float) *big.Float {
	x := zero().Sqrt(z)
	e := bigExp(zero().Mul(num(2), x))
	t := zero().Quo(zero().Sub(e, num(1)), zero().Add(e, num(1)))
	t.Sub(t.Quo(t, x), num(1))
	return t.Quo(t, z)
}
