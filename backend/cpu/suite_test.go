package cpu_test

import (
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/backendtest"
	_ "github.com/stheno/stheno/backend/cpu"
)

// each runs a test on every engine of this package. The machine may lack OpenBLAS; it never lacks Go.
func each(t *testing.T, test func(t *testing.T, open func() (backend.Engine, error))) {
	for _, name := range []string{"go", "blas"} {
		t.Run(name, func(t *testing.T) {
			open := func() (backend.Engine, error) { return backend.Open(name) }
			e, err := open()
			if err != nil {
				if name == "go" {
					t.Fatal(err)
				}
				t.Skipf("the engine %q is not tested: %v", name, err)
			}
			e.Close()
			test(t, open)
		})
	}
}

func TestConformance(t *testing.T) { each(t, backendtest.Test) }

func TestNoAllocs(t *testing.T) { each(t, backendtest.TestNoAllocs) }
