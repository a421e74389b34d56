package bench

import (
	"math"
	"testing"

	"github.com/stheno/stheno/backend"

	"gorgonia.org/tensor"
)

// smallExamples are Examples with images and layers so small that the TapeMachine is quick.
var smallExamples = []Example{
	{"iris", "", tensor.Float64, iris},
	{"mnist", "", tensor.Float64, ofJob(Job{Hidden: []int{9}, Batch: 3, DType: tensor.Float64})},
	{"convnet", "", tensor.Float64, ofJob(Job{Net: "convnet", Batch: 1, DType: tensor.Float64})},
	{"stacked autoencoder", "", tensor.Float64, func(d *drawing) { stackedAutoencoder(d, 2, 20) }},
	{"ResNet", "", tensor.Float32, func(d *drawing) { resNet(d, 2) }},
	{"tiny YOLO v2", "", tensor.Float32, func(d *drawing) { tinyYOLOv2(d, 32) }},
	{"tiny YOLO v3", "", tensor.Float32, func(d *drawing) { tinyYOLOv3(d, 32) }},
	{"char-RNN", "", tensor.Float32, func(d *drawing) { charRNN(d, 4, 12) }},
}

// TestExamples: each example, small, comes to the same on our machine as on the TapeMachine, at each run, with every parameter's gradient;
// and each has one that is timed.
func TestExamples(t *testing.T) {
	e, err := backend.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for i, x := range smallExamples {
		if Examples[i].Name != x.Name {
			t.Fatalf("%s is timed, %s is tested", Examples[i].Name, x.Name)
		}
		t.Run(x.Name, func(t *testing.T) {
			tape, err := x.Tape()
			if err != nil {
				t.Fatal(err)
			}
			defer tape.Close()
			var ours []*Running
			for _, only := range []bool{false, true} {
				r, err := x.On(e, only)
				if err != nil {
					t.Fatal(err)
				}
				defer r.Close()
				ours = append(ours, r)
			}
			for range 2 {
				for _, r := range append(ours, tape) {
					if err := r.Run(); err != nil {
						t.Fatal(err)
					}
				}
				want, size := tape.Sum()
				for i, r := range ours {
					if got, _ := r.Sum(); !(math.Abs(got-want) <= 1e-5*size) || size == 0 {
						t.Fatalf("machine %d: the sum is %v, on the TapeMachine %v", i, got, want)
					}
				}
			}
			for i, r := range ours {
				if f := r.Flops(); f <= 0 {
					t.Errorf("machine %d: %v operations", i, f)
				}
			}
		})
	}
}
