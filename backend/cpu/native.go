package cpu

import (
	"fmt"
	"runtime"

	"gonum.org/v1/gonum/blas/gonum"
	"stheno/backend"
)

func init() {
	backend.Register("go", func() (backend.Engine, error) {
		return New("go", fmt.Sprintf("pure Go on %d cores", runtime.GOMAXPROCS(0)), gonum.Implementation{}), nil
	})
}
