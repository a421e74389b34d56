package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/dist/disttest"
)

// TestProcessesOnGPUs: on cuda, where gradients are in another memory than that of the sums, two processes on two GPUs, and on one that
// they share, come to the bits of one process.
func TestProcessesOnGPUs(t *testing.T) {
	e, err := backend.Open("cuda")
	if err != nil {
		t.Skipf("not tested: %v", err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	set := filepath.Join("..", "..", "data", "testdata", "iris.csv")
	var want []byte
	onLaunchers(t, func(t *testing.T, l disttest.Launcher) {
		for _, c := range []struct {
			processes int
			gpus      string
		}{{1, "1"}, {2, "2"}, {2, "1"}} {
			t.Setenv("FAKE_DEVICES", c.gpus) // of the fake driver; a machine has its own
			out := filepath.Join(t.TempDir(), "out")
			run, _, stderr := launched(t, l, c.processes, "-backend", "cuda", "-data", set, "-hidden", "7", "-batch", "10", "-iters", "12", "-optimizer", "adam",
				"-batchnorm", "-dropout", "0.2", "-parts", "2", "-out", out)
			if err := run.Run(); err != nil {
				t.Fatalf("%+v: %v\n%s", c, err, stderr)
			}
			got, err := os.ReadFile(filepath.Join(out, checkpointFile))
			if err != nil {
				t.Fatal(err)
			}
			if want == nil {
				want = got
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%+v: another %s", c, checkpointFile)
			}
		}
	})
}
