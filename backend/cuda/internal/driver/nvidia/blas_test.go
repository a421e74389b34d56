//go:build cuda

package nvidia

import (
	"testing"

	"github.com/stheno/stheno/backend/cuda/internal/driver"
)

// A machine without cuBLAS, under any of its names, says so.
func TestNoBLAS(t *testing.T) {
	defer func(was []string) { libraries = was }(libraries)
	libraries = []string{"libnot-there.so", "libnor-there.so"}
	if b, err := (Driver{}).OpenBLAS(0, 0, 0); b != nil || err != driver.ErrNoBLAS {
		t.Errorf("%v, %v, want %v", b, err, driver.ErrNoBLAS)
	}
}
