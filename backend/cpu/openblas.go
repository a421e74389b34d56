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
		e := New("blas", lib.Config()+"; zeros are skipped and images convolved by "+native.CPU()+" kernels", lib)
		e.convolves = true
		return e, nil
	})
}
