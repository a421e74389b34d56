package main

import (
	"os"
	"testing"
)

// TestBookAccuracies: the book's 20 epochs of its convolutional nets, each from one command, come to its accuracies, 0.99 and 0.9938.
func TestBookAccuracies(t *testing.T) {
	if os.Getenv("STHENO_LONG") != "1" {
		t.Skip("12,000 iterations of convolutional nets: runs with STHENO_LONG=1")
	}
	for model, least := range map[string]float64{"simpleconv": 0.985, "deepconv": 0.993} {
		t.Run(model, func(t *testing.T) {
			code, stdout, stderr := call(t, "-model", model, "-json")
			if code != exitOK {
				t.Fatalf("exit %d, %s", code, stderr)
			}
			done := last(t, stdout)
			if got, ok := done["test_acc"].(float64); !ok || got < least {
				t.Errorf("test accuracy %v, want %v at least", done["test_acc"], least)
			}
			t.Log(done)
		})
	}
}
