package figures

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

// ticks is a plot.Ticker with round numbers, ten at most, all labelled. Counted things have no ticks between integers.
type ticks struct{ counted bool }

func (t ticks) Ticks(low, high float64) []plot.Tick {
	step := roundStep((high - low) / 9)
	if t.counted {
		step = max(step, 1)
	}
	format, digits := byte('f'), max(0, int(math.Ceil(-math.Log10(step)-1e-9)))
	if step >= 1e6 || digits > 5 {
		format, digits = 'g', 4
	}
	var list []plot.Tick
	first := math.Ceil(low/step - 1e-9)
	for i := range 11 {
		v := (first+float64(i))*step + 0 // -0 would be labelled as such
		if !(v <= high+1e-9*step) {      // NaN too: the range is too small or too large for a step
			break
		}
		list = append(list, plot.Tick{Value: v, Label: strconv.FormatFloat(v, format, digits, 64)})
	}
	return list
}

// roundStep is the smallest of 1, 2 or 5 times a power of ten that is not below least.
func roundStep(least float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(least)))
	for _, factor := range [...]float64{1, 2, 5} {
		if factor*power >= least*(1-1e-9) {
			return factor * power
		}
	}
	return 10 * power
}
