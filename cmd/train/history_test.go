package main

import (
	"strings"
	"testing"

	"github.com/stheno/stheno/train"
)

// TestHistoryWithGaps: where not all losses are there, each row has its own iteration, and the accuracies are all there.
func TestHistoryWithGaps(t *testing.T) {
	h := &train.History{
		Losses: []float64{3, 2, 1}, LossIters: []int{1, 6, 9},
		Epochs: []train.Epoch{{Iter: 0, Loss: 4, TrainAcc: 0.5, TestAcc: 0.25}, {Iter: 4, Loss: 2.5, TrainAcc: 1}, {Iter: 5, Loss: 2.25}, {Iter: 9, Loss: 1, TestAcc: 1}},
	}
	var out strings.Builder
	if err := writeHistory(&out, h); err != nil {
		t.Fatal(err)
	}
	if want := "iter,loss,train_acc,test_acc\n0,4,0.5,0.25\n1,3,,\n4,2.5,1,0\n5,2.25,0,0\n6,2,,\n9,1,0,1\n"; out.String() != want {
		t.Errorf("%s\nwant\n%s", out.String(), want)
	}
}
