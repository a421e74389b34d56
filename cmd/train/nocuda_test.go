//go:build !cuda

package main

import (
	"strings"
	"testing"
)

// Without the tag, the engine is an error that says how to get it, never another engine.
func TestNoCUDA(t *testing.T) {
	code, _, stderr := call(t, "-backend=cuda", "-iters", "0")
	if want := "built without CUDA: build it with -tags cuda"; code != 2 || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
		t.Errorf("exit code %d, %q; want 2 and one line with %q", code, stderr, want)
	}
}
