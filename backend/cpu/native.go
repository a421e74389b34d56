package cpu

import (
	"fmt"
	"runtime"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/blas/native"
)

func init() {
	backend.Register("go", func() (backend.Engine, error) {
		if err := native.Err(); err != nil {
			return nil, err
		}
		device := fmt.Sprintf("pure Go on %d cores, %s kernels", runtime.GOMAXPROCS(0), native.CPU())
		return New("go", device, native.Implementation{}), nil
	})
}
