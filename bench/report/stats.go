package report

import (
	"math"
	"slices"
)

// Median is the middle value, or the mean of the two middle ones; NaN of none.
func Median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	n := len(s)
	if n == 0 {
		return math.NaN()
	}
	return (s[(n-1)/2] + s[n/2]) / 2
}

// confidence is what Interval aims at.
const confidence = 0.95

// Interval holds the true median with at least 95 % confidence, whatever the distribution of the values: the narrowest
// pair of order statistics, equally far from both ends, that covers so much (a sign test, turned round). coverage is the
// confidence that it has. Fewer than 6 values cannot reach 95 %: then the ends are the smallest and the largest.
func Interval(v []float64) (low, high, coverage float64) {
	s := slices.Sorted(slices.Values(v))
	n := len(s)
	if n == 0 {
		return math.NaN(), math.NaN(), 0
	}
	low, high, coverage = s[0], s[n-1], 1-2*tail(n, 0)
	for k := 1; 2*k < n; k++ {
		c := 1 - 2*tail(n, k)
		if c < confidence {
			break
		}
		low, high, coverage = s[k], s[n-1-k], c
	}
	return low, high, max(coverage, 0)
}

// tail is the probability of at most k heads in n throws of a fair coin.
func tail(n, k int) (p float64) {
	for i, c := 0, 1.0; i <= k; i++ {
		p += c
		c *= float64(n-i) / float64(i+1)
	}
	return p * math.Pow(0.5, float64(n))
}

// Fit is the exponent of the power law y = a·x^exponent through the points: least squares on the logarithms. It is NaN
// for fewer than two different x.
func Fit(xs, ys []float64) (exponent float64) {
	var mx, my, xx, xy float64
	n := float64(len(xs))
	for i := range xs {
		mx += math.Log(xs[i]) / n
		my += math.Log(ys[i]) / n
	}
	for i := range xs {
		dx := math.Log(xs[i]) - mx
		xx += dx * dx
		xy += dx * (math.Log(ys[i]) - my)
	}
	return xy / xx
}
