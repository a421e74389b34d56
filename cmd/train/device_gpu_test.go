//go:build linux

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/dist/disttest"
	"github.com/stheno/stheno/internal/loader/loadertest"
)

// toHost is what the fake driver says of its copies to the host.
var toHost = regexp.MustCompile(`(?m)fake driver: \d+ copies to the host, (\d+) bytes$`)

// stateless is cuda in a process that keeps no state after a slow step: it would be copied to the host.
const stateless = "stateless cuda"

func init() {
	backend.Register(stateless, func() (backend.Engine, error) {
		worthKeeping = func(_, _, _ time.Duration) bool { return false }
		return backend.Open("cuda")
	})
}

// TestProcessesInGPUMemory: on cuda, an MPI that says that it works on the memory of GPUs adds up gradients there. Two processes come to the bits of the
// sums on the host, and copy no gradient there. The MPI is a real one that was not built for GPUs: the fake driver's memory is the host's.
func TestProcessesInGPUMemory(t *testing.T) {
	e, err := backend.Open("cuda")
	if err != nil {
		t.Skipf("not tested: %v", err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(e.Device(), "fake driver") {
		t.Skip("not tested: on a GPU, this MPI must have been built for it")
	}
	t.Setenv("FAKE_COPIES", "1")
	const iters, hidden = 3, 4100 // of which the first layer's weights are staged in pinned memory
	const params = 4*hidden + hidden + hidden*3 + 3
	real := map[string]string{"Open MPI": "libmpi.so.40", "MPICH": "libmpich.so.12"}
	set := filepath.Join("..", "..", "data", "testdata", "iris.csv")
	onLaunchers(t, func(t *testing.T, l disttest.Launcher) {
		files, copied := map[string][]byte{}, map[string]int{}
		for _, answer := range []string{"0", "1"} {
			library := loadertest.MPI(t, real[l.Name], answer)
			model := filepath.Join(t.TempDir(), modelFile)
			run, stdout, stderr := launched(t, l, 2, "-mpi", library, "-backend", stateless, "-data", set, "-hidden", strconv.Itoa(hidden), "-batch", "10",
				"-iters", strconv.Itoa(iters), "-optimizer", "adam", "-save", model)
			if err := run.Run(); err != nil {
				t.Fatalf("%s: %v\n%s%s", answer, err, stdout, stderr)
			}
			said := toHost.FindAllStringSubmatch(stderr.String(), -1)
			if len(said) != 2 {
				t.Fatalf("%s: the driver of each of two processes should say what it copied:\n%s", answer, stderr)
			}
			for _, s := range said {
				bytes, err := strconv.Atoi(s[1])
				if err != nil {
					t.Fatal(err)
				}
				copied[answer] += bytes
			}
			if files[answer], err = os.ReadFile(model); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(files["0"], files["1"]) {
			t.Errorf("another %s than with sums on the host", modelFile)
		}
		if got, want := copied["0"]-copied["1"], 2*iters*params*4; got != want {
			t.Errorf("sums on the host copy %d bytes there, sums in the GPU's memory %d: %d fewer, want %d, those of all gradients",
				copied["0"], copied["1"], got, want)
		}
	})
}
