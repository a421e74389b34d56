package models

import (
	"sync"
	"testing"

	"github.com/stheno/stheno/backend"

	"gorgonia.org/tensor"
)

// TestBuildBeside builds the graphs of models side by side, for the race detector: they share Gorgonia's constants and counters.
func TestBuildBeside(t *testing.T) {
	e, err := backend.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	start := make(chan struct{})
	var all sync.WaitGroup
	for _, activation := range []string{"relu", "tanh", "sigmoid", "relu", "tanh", "sigmoid"} {
		net, err := MLP{Widths: []int{3, 4, 2}, Activation: activation, Seed: 1}.Net()
		if err != nil {
			t.Fatal(err)
		}
		m, err := New(net, e, tensor.Float64)
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		all.Go(func() {
			<-start
			if err := m.build(2, ofMethods, func(f *forward) error {
				_, err := gradients(&m.Net, f)
				return err
			}); err != nil {
				t.Error(err)
			}
		})
	}
	close(start)
	all.Wait()
}
