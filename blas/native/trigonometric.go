package native

import (
	"math"
	"math/bits"
)

// sin is within 2 ulp, for an angle of any size.
func sin(x float64) float64 {
	if math.Abs(x) < math.Pi/4 {
		return math.Sin(x)
	}
	return wave(x, 0)
}

// cos is within 2 ulp, for an angle of any size.
func cos(x float64) float64 {
	if math.Abs(x) < math.Pi/4 {
		return math.Cos(x)
	}
	return wave(math.Abs(x), 1)
}

// wave is sin(x + quarters·π/2).
func wave(x float64, quarters int) float64 {
	k, r, rest := reduce(math.Abs(x))
	k += quarters
	s, c := math.Sin(r), math.Cos(r)
	y := s + c*rest
	if k%2 == 1 {
		y = c - s*rest
	}
	if (k%4 >= 2) != (x < 0) {
		y = -y
	}
	return y
}

// twoByPi is 64 zeros and then the binary digits of 2/π behind its point, enough for the largest number.
var twoByPi = [...]uint64{
	0x0000000000000000, 0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561,
	0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484, 0xe99c7026b45f7e41,
	0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f, 0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7,
	0x4f463f669e5fea2d, 0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab,
}

// reduce finds x = k·π/2 + r + rest, but for multiples of 2π, with |r| <= π/4 and rest far less, for x >= π/4 (Payne and
// Hanek, Radian reduction for trigonometric functions, SIGNUM Newsletter 18, 1983). r is NaN where x is infinite or NaN.
//
// x is m·2ᵉ with an integer m. Digits of 2/π of which m·2ᵉ makes multiples of 4 do not matter; the first 192 of the others
// leave an error of 2⁻¹³⁷ in a fraction that is never below 2⁻⁶².
func reduce(x float64) (k int, r, rest float64) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0, math.NaN(), 0
	}
	const digits = 53
	fraction, e := math.Frexp(x)
	m, e := uint64(math.Ldexp(fraction, digits)), e-digits
	first := 64 + e - 2 // of the table's digits: the one that counts 2·m in x·2/π
	word := func(i int) uint64 {
		at, shift := first/64+i, first%64
		return twoByPi[at]<<shift | twoByPi[at+1]>>(64-shift)
	}
	// p is m times three words, without what is above: two digits of k, then the fraction.
	p2, p3 := bits.Mul64(m, word(2))
	over, low := bits.Mul64(m, word(1))
	p2, carry := bits.Add64(p2, low, 0)
	p1 := m*word(0) + over + carry
	k = int(p1 >> 62)
	p1, p2, p3 = p1<<2|p2>>62, p2<<2|p3>>62, p3<<2
	unit := math.Ldexp(1, -digits)
	if p1>>63 == 1 { // the next multiple is nearer
		k, unit = k+1, -unit
		p3, carry = bits.Sub64(0, p3, 0)
		p2, carry = bits.Sub64(0, p2, carry)
		p1, _ = bits.Sub64(0, p1, carry)
	}
	zeros := bits.LeadingZeros64(p1)
	p1, p2 = p1<<zeros|p2>>(64-zeros), p2<<zeros|p3>>(64-zeros)
	unit = math.Ldexp(unit, -zeros)
	high, more := float64(p1>>11), math.Ldexp(float64(p1<<53|p2>>11), -64)
	const piMore = 6.123233995736766e-17 // by so much is π/2 above its float64
	r = high * (math.Pi / 2)
	rest = math.FMA(high, math.Pi/2, -r) + high*piMore + more*(math.Pi/2)
	return k, unit * r, unit * rest
}
