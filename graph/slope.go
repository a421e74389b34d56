package graph

import "math"

// The loss along one line, such as one element of a parameter that moves, is smooth but for kinks, where a ReLU opens or
// closes. A central difference over a kink is a mixture of two slopes. The slopes from the left and from the right exist
// everywhere, and each is found on its own side alone:
//
//	f'(0) = (4·f(h/2) − f(h) − 3·f(0)) / h + O(h²),  h > 0 from the right, h < 0 from the left
//
// A kink between 0 and h spoils the quotients of h, h/2 and h/4, each by another share of its jump: three that agree have
// none before them, and else h is halved.

// line is the loss at a distance from the point where the slope is sought.
type line func(t float64) (float64, error)

const (
	halvings = 10           // at most: to a five-hundredth of the step of the central differences
	rounding = 16 * 0x1p-52 // of h times a quotient, in parts of the loss: eight losses, each off by two units in the last place
)

// slope is what a line says of its slope from one side: the least and the largest of three quotients, and by how much each
// may be off.
type slope struct{ low, high, slack float64 }

// settled says that the quotients agree: they are the slope.
func (s slope) settled() bool { return s.high-s.low <= s.slack }

// has says whether the slope may be v.
func (s slope) has(v float64) bool { return v >= s.low-s.slack && v <= s.high+s.slack }

// slope finds the slope at 0 from the side of h; f0 is the loss at 0.
func (c CheckConfig) slope(f line, f0, h float64) (s slope, err error) {
	whole, err := f(h)
	if err != nil {
		return s, err
	}
	var quotients []float64
	for range halvings {
		half, err := f(h / 2)
		if err != nil {
			return s, err
		}
		quotients = append(quotients, (4*half-whole-3*f0)/h)
		if n := len(quotients); n >= 3 {
			a, b, last := quotients[n-3], quotients[n-2], quotients[n-1]
			s = slope{min(a, b, last), max(a, b, last), c.bound(last) + rounding*math.Abs(f0/h)}
			if s.settled() {
				break
			}
		}
		whole, h = half, h/2
	}
	return s, nil
}

// slopes are those from the left and from the right.
func (c CheckConfig) slopes(f line) (left, right slope, err error) {
	f0, err := f(0)
	if err != nil {
		return left, right, err
	}
	h := math.Exp2(math.Round(math.Log2(c.Step))) // x ± h is exact
	if left, err = c.slope(f, f0, -h); err != nil {
		return left, right, err
	}
	right, err = c.slope(f, f0, h)
	return left, right, err
}

// verdict is what two slopes say of a derivative.
type verdict int

const (
	wrong    verdict = iota // neither slope, nor between them
	proven                  // one of the slopes
	unproven                // between the slopes: the point lies on a kink, or too near to one
)

// judge holds a derivative to the slopes on both sides.
func judge(v float64, left, right slope) verdict {
	switch {
	case left.settled() && left.has(v), right.settled() && right.has(v):
		return proven
	case v >= min(left.low-left.slack, right.low-right.slack) && v <= max(left.high+left.slack, right.high+right.slack):
		return unproven
	}
	return wrong
}

// nearest is the quotient of both sides that is the closest to v.
func nearest(v float64, left, right slope) float64 {
	best := left.low
	for _, q := range []float64{left.high, right.low, right.high} {
		if math.Abs(q-v) < math.Abs(best-v) {
			best = q
		}
	}
	return best
}
