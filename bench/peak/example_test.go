package peak_test

import (
	"errors"
	"fmt"

	"github.com/stheno/stheno/bench/peak"
)

// One thread's peak in float32; how large it is depends on the machine, and some have no measurement.
func ExampleMeasure() {
	r, err := peak.Measure(1, 32)
	fmt.Println(r.GFLOPS > 0 || errors.Is(err, peak.ErrUnknown))
	// Output: true
}
