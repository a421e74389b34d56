package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno/stheno/checkpoint"
)

// TestImport: a net in the names and the layout of PyTorch is the net that it was.
func TestImport(t *testing.T) {
	set := smallSet(t)
	ours, acc := learned(t, set, "-hidden", "7", "-activation", "relu")
	ts, _, err := checkpoint.Load(ours)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{"W1": "0.weight", "b1": "0.bias", "W2": "2.weight", "b2": "2.bias"}
	for i, tensor := range ts {
		ts[i].Name = names[tensor.Name]
		if len(tensor.Shape) < 2 {
			continue
		}
		in, out, from := tensor.Shape[0], tensor.Shape[1], tensor.Data.([]float32)
		to := make([]float32, len(from))
		for k := range from {
			to[k%out*in+k/out] = from[k]
		}
		ts[i].Shape, ts[i].Data = []int{out, in}, to
	}
	theirs := filepath.Join(t.TempDir(), "theirs.safetensors")
	if err := checkpoint.Save(theirs, ts, map[string]string{"format": "pt"}); err != nil {
		t.Fatal(err)
	}
	common := []string{"-data", set, "-batch", "10", "-json", "-iters", "0", "-hidden", "7", "-activation", "relu"}
	for _, what := range []string{"pytorch", "pytorch:0,2"} {
		code, stdout, stderr := call(t, append(common, "-load", theirs, "-import", what)...)
		if code != exitOK || last(t, stdout)["test_acc"] != acc {
			t.Errorf("-import %s: exit %d, %s%s, trained to %v", what, code, stderr, stdout, acc)
		}
	}
	for want, args := range map[string][]string{
		`-import "keras" is unknown: choose pytorch, or pytorch:NAME,NAME`:                      {"-load", theirs, "-import", "keras"},
		"-import: it is for the file of -load: name one":                                        {"-import", "pytorch"},
		"-import: " + ours + ": it is a file of Stheno's own: load it without -import":          {"-load", ours, "-import", "pytorch"},
		"-load: " + theirs + ": it has no tensor W1 (9x7): it has 0.weight (7x9), 0.bias (7), ": {"-load", theirs},
	} {
		code, stdout, stderr := call(t, append(common, args...)...)
		if code != exitUsage || stdout != "" || !strings.HasPrefix(stderr, "train: "+want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: exit %d, stdout %q, stderr %q; want %q", args, code, stdout, stderr, want)
		}
	}
	code, _, stderr := call(t, append(common, "-load", theirs, "-import", "pytorch:2,0")...)
	if code != exitUsage || !strings.Contains(stderr, theirs+": W1 is 7x3, the net has 9x7") {
		t.Errorf("modules in the wrong order: exit %d, %s", code, stderr)
	}
}
