package cuda_test

import (
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/backendtest"
	_ "github.com/stheno/stheno/backend/cuda"
)

// open skips the test where there is neither a GPU nor the fake driver (fakedriver/README.md).
func open(t *testing.T) func() (backend.Engine, error) {
	t.Helper()
	e, err := backend.Open("cuda")
	if err != nil {
		t.Skipf("the engine is not tested: %v", err)
	}
	t.Logf("on %s", e.Device())
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return func() (backend.Engine, error) { return backend.Open("cuda") }
}

func TestConformance(t *testing.T) { backendtest.Test(t, open(t)) }

func TestNoAllocs(t *testing.T) { backendtest.TestNoAllocs(t, open(t)) }
