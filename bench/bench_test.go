package bench

import (
	"math"
	"testing"

	"github.com/stheno/stheno/backend"

	"gorgonia.org/tensor"
)

func BenchmarkEngines(b *testing.B) { All(b) }

// TestSameWork: on every engine that is here, and on the TapeMachine, the losses of the first steps are those of the
// peers: a benchmark that computes something else compares nothing.
func TestSameWork(t *testing.T) {
	for _, c := range []struct {
		job  Job
		gate float64
	}{
		{Main, 2.2943998}, // bench/peers/python/numpy_step.py 784-50-10 100 float64 digits 1 prints it as gate
		// bench/peers/python/torch_conv.py eager convnet 10 float64 digits 1, and of convnet-forward
		{Job{Net: "convnet", Batch: 10, DType: tensor.Float32}, 2.6210029},
		{Job{Net: "convnet", Batch: 10, DType: tensor.Float32, Forward: true}, 3.1767663},
	} {
		for _, on := range append([]string{"tape"}, Engines...) {
			t.Run(c.job.Spec().Net()+"/"+on, func(t *testing.T) {
				if loss := lossAfter(t, on, c.job); math.Abs(loss-c.gate) > 2e-6 {
					t.Errorf("loss after %d steps: %.8f, the peers have %.8f", GateSteps, loss, c.gate)
				}
			})
		}
	}
}

// lossAfter is that of the gate, on an engine or the tape. An engine that is not here is skipped by name.
func lossAfter(t *testing.T, on string, j Job) (loss float64) {
	t.Helper()
	start := tapeOf(j)
	if on != "tape" {
		e, err := backend.Open(on)
		if err != nil {
			t.Skipf("no engine %s: %v", on, err)
		}
		defer e.Close()
		start = func() (Trainer, error) { return New(e, j) }
	}
	r, err := start()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for range GateSteps {
		if err := r.Load(); err != nil {
			t.Fatal(err)
		}
		if loss, err = r.Work(); err != nil {
			t.Fatal(err)
		}
	}
	return loss
}

// TestConvNets: every net with convolutions learns on every engine as on the TapeMachine, and the arithmetic that is counted for it is
// that of its weights.
func TestConvNets(t *testing.T) {
	for name, build := range ConvNets {
		j := Job{Net: name, Batch: 2, DType: tensor.Float64}
		net, err := build()
		if err != nil {
			t.Fatal(err)
		}
		weights, counted := 0, 0
		for _, p := range net.Params {
			if len(p.Shape) > 1 {
				weights += p.Size()
			}
		}
		for _, l := range j.Spec().Layers() {
			counted += l.Inputs * l.Outputs
		}
		if counted != weights {
			t.Errorf("%s: the layers that are counted have %d weights, the net has %d", name, counted, weights)
		}
		want := lossAfter(t, "tape", j)
		for _, on := range Engines {
			t.Run(name+"/"+on, func(t *testing.T) {
				loss := lossAfter(t, on, j)
				if d := math.Abs(loss - want); !(d <= 1e-9) {
					t.Errorf("loss %v, the TapeMachine has %v", loss, want)
				}
			})
		}
	}
}
