package peak

import (
	"errors"
	"runtime"
	"testing"
	"time"
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

// TestRoundTrip: whatever the machine, it ends, and takes the time of some caches.
func TestRoundTrip(t *testing.T) {
	if got := RoundTrip(); got < 0 || got > time.Millisecond {
		t.Errorf("%v for a round trip", got)
	}
	before := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(before)
	if got := RoundTrip(); got != 0 {
		t.Errorf("%v with one core, want 0", got)
	}
}
