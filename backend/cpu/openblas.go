package cpu

import (
	"stheno/backend"
	"stheno/blas/openblas"
)

func init() {
	backend.Register("blas", func() (backend.Engine, error) {
		lib, err := openblas.Open()
		if err != nil {
			return nil, err
		}
		return New("blas", lib.Config(), lib), nil
	})
}
