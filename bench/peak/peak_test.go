package peak

import (
	"errors"
	"testing"
)

// TestMeasure: a peak is a number that a processor can have, and more cores have no less of it. How much it is depends
// on the machine.
func TestMeasure(t *testing.T) {
	for _, bits := range []int{32, 64} {
		got, with, err := Measure(1, bits)
		if errors.Is(err, ErrUnknown) {
			t.Skip(err)
		}
		if err != nil || !(got > 0.1 && got < 10_000) {
			t.Errorf("%d bits: %v GFLOP/s with %q, error %v", bits, got, with, err)
		}
		t.Logf("%d bits: %.0f GFLOP/s of one core with %s", bits, got, with)
	}
}
