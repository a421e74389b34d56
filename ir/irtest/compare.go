package irtest

import (
	"fmt"
	"math"
)

// Close compares values with the reference: each must lie within tol·max(1, |want|). NaN equals NaN, and an
// infinity itself. The error names the worst element.
func Close(got, want []float64, tol float64) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d values, want %d", len(got), len(want))
	}
	worst, at := 0.0, 0
	for i, w := range want {
		g := got[i]
		if g == w || math.IsNaN(g) && math.IsNaN(w) {
			continue
		}
		d := math.Abs(g-w) / max(1, math.Abs(w))
		if math.IsNaN(d) || math.IsInf(w, 0) {
			d = math.Inf(1)
		}
		if d > worst {
			worst, at = d, i
		}
	}
	if worst > tol {
		return fmt.Errorf("element %d of %d is %v, want %v: off by %.3g, the tolerance is %.3g", at, len(want), got[at], want[at], worst, tol)
	}
	return nil
}

// CloseAll compares the results of a run, outputs and updated inputs, with the reference's.
func CloseAll(outputs, wantOutputs [][]float64, updated, wantUpdated map[string][]float64, tol float64) error {
	if len(outputs) != len(wantOutputs) || len(updated) != len(wantUpdated) {
		return fmt.Errorf("%d outputs and %d updates, want %d and %d", len(outputs), len(updated), len(wantOutputs), len(wantUpdated))
	}
	for i := range wantOutputs {
		if err := Close(outputs[i], wantOutputs[i], tol); err != nil {
			return fmt.Errorf("output %d: %w", i, err)
		}
	}
	for name, want := range wantUpdated {
		if err := Close(updated[name], want, tol); err != nil {
			return fmt.Errorf("update of %q: %w", name, err)
		}
	}
	return nil
}
