package cpu

import (
	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/blas/native"
	"github.com/stheno/stheno/blas/openblas"
)

func init() {
	backend.Register("blas", func() (backend.Engine, error) {
		if err := native.Err(); err != nil { // its vector kernels serve this engine, too
			return nil, err
		}
		lib, err := openblas.Open()
		if err != nil {
			return nil, err
		}
		return New("blas", lib.Config()+"; zeros are skipped by "+native.CPU()+" kernels", lib), nil
	})
}
