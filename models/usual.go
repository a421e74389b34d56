package models

import "math"

// Zero says 0 in a field whose own 0 stands for its usual value: Adam{Beta1: models.Zero}.
const Zero = math.SmallestNonzeroFloat64

// or is a field's value, or the usual one where it was left at 0.
func or(v, usual float64) float64 {
	switch v {
	case 0:
		return usual
	case Zero:
		return 0
	}
	return v
}
