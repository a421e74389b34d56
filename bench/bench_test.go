package bench

import (
	"math"
	"testing"

	"github.com/stheno/stheno/backend"
)

func BenchmarkEngines(b *testing.B) { All(b) }

// TestSameWork: on every engine that is here, and on the TapeMachine, the losses of the first steps are those of the
// peers: a benchmark that computes something else compares nothing.
func TestSameWork(t *testing.T) {
	const gate = 2.2943998 // bench/peers/python/numpy_step.py 784-50-10 100 float64 digits 1 prints it as gate
	run := func(t *testing.T, step func() (float64, error)) {
		loss := math.NaN()
		for range GateSteps {
			var err error
			if loss, err = step(); err != nil {
				t.Fatal(err)
			}
		}
		if math.Abs(loss-gate) > 2e-6 {
			t.Errorf("loss after %d steps: %.8f, the peers have %.8f", GateSteps, loss, gate)
		}
	}
	for _, name := range Engines {
		t.Run(name, func(t *testing.T) {
			e, err := backend.Open(name)
			if err != nil {
				t.Skipf("no engine %s: %v", name, err)
			}
			defer e.Close()
			r, err := NewRunner(e, Main)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			run(t, r.Step)
		})
	}
	t.Run("tape", func(t *testing.T) {
		tp, err := NewTape(Main)
		if err != nil {
			t.Fatal(err)
		}
		defer tp.Close()
		run(t, tp.Step)
	})
}
