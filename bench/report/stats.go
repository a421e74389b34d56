package report

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Median is the middle value, or the mean of the two middle ones; NaN of none.
func Median(v []float64) float64 {
	s, n := slices.Sorted(slices.Values(v)), len(v)
	if n == 0 {
		return math.NaN()
	}
	return stat.Mean(s[(n-1)/2:n/2+1], nil)
}

// confidence is what Interval aims at.
const confidence = 0.95

// Interval holds the true median with at least 95 % confidence, whatever the distribution of the values: the narrowest
// pair of order statistics, equally far from both ends, that covers so much (a sign test, turned round). coverage is the
// confidence that it has: one less the probability that the throws of a fair coin fall outside. Fewer than 6 values cannot
// reach 95 %: then the ends are the smallest and the largest.
func Interval(v []float64) (low, high, coverage float64) {
	s, n := slices.Sorted(slices.Values(v)), len(v)
	if n == 0 {
		return math.NaN(), math.NaN(), 0
	}
	throws := distuv.Binomial{N: float64(n), P: 0.5}
	covers := func(k int) float64 { return 1 - 2*throws.CDF(float64(k)) }
	k := 0
	for 2*(k+1) < n && covers(k+1) >= confidence {
		k++
	}
	return s[k], s[n-1-k], max(covers(k), 0)
}

// Fit is the exponent of the power law y = a·x^exponent through the points: least squares on the logarithms. It is NaN
// for fewer than two different x.
func Fit(xs, ys []float64) (exponent float64) {
	_, exponent = stat.LinearRegression(logs(xs), logs(ys), nil, false)
	return exponent
}

func logs(v []float64) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = math.Log(x)
	}
	return out
}
