package main

import (
	"context"
	"math"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// TestTooLargeNet: a net that no machine has memory for is one line with both figures, and exit code 2.
func TestTooLargeNet(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("this system does not tell how much memory is left")
	}
	var stdout, stderr strings.Builder
	code := run(once(t.Context()), []string{"-iters", "1", "-hidden", strings.Repeat("1048576,1000,", 500) + "10"}, &stdout, &stderr)
	s := stderr.String()
	if code != exitUsage || !strings.HasPrefix(s, "train: layer widths [784 1048576 1000 ") || strings.Count(s, "\n") != 1 ||
		!strings.Contains(s, " GB of memory are needed, and ") || stdout.Len() > 0 {
		t.Errorf("exit code %d, %q, %.300q", code, stdout.String(), s)
	}
}

// stopsAfter cancels a context at the write of a text, the n-th time.
type stopsAfter struct {
	strings.Builder
	text string
	n    int
	stop func()
}

func (w *stopsAfter) Write(b []byte) (int, error) {
	n, err := w.Builder.Write(b)
	if strings.Count(w.String(), w.text) >= w.n {
		w.stop()
	}
	return n, err
}

// TestManyIterations: the history takes the memory of the steps that were done, not of those that were asked for.
func TestManyIterations(t *testing.T) {
	most := strconv.Itoa(math.MaxInt)
	ctx, stop := context.WithCancel(t.Context())
	stdout, stderr := &stopsAfter{text: "train_acc: ", n: 2, stop: stop}, &strings.Builder{}
	code := run(once(ctx), []string{"-iters", most, "-hidden", "2"}, stdout, stderr)
	if code != exitInterrupted || !strings.Contains(stdout.String(), " of "+most+" iterations\n") {
		t.Errorf("exit code %d, %q, %.300q", code, stdout.String(), stderr.String())
	}
}
