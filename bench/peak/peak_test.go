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
		got, err := Measure(1, bits)
		if errors.Is(err, ErrUnknown) {
			t.Skip(err)
		}
		if err != nil || !(got.GFLOPS > 0.1 && got.GFLOPS < 10_000) || got.With == "" || !(got.Share >= 0 && got.Share <= 1) {
			t.Errorf("%d bits: %+v, error %v", bits, got, err)
		}
		t.Logf("%d bits: %.0f GFLOP/s of one core with %s, for %.0f %% of the time", bits, got.GFLOPS, got.With, 100*got.Share)
	}
}

// TestDisturbed: with more threads than cores, each has a core for a part of the time only, and the reading says so.
func TestDisturbed(t *testing.T) {
	const times = 3
	got, err := Measure(times*runtime.NumCPU(), 32)
	if err != nil || got.Share == 0 {
		t.Skipf("no reading, or nobody tells (%v)", err)
	}
	if !got.Disturbed() || got.Share > 1.1/times {
		t.Errorf("%d threads a core: %+v, want a share of 1/%d at most, and Disturbed", times, got, times)
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
