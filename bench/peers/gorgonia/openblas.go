//go:build openblas

package main

import (
	"github.com/stheno/stheno/blas/openblas" // brings the library's linker flag

	"gonum.org/v1/netlib/blas/netlib"
	"gorgonia.org/gorgonia"
)

// useBLAS gives Gorgonia OpenBLAS for everything, with so many threads.
func useBLAS(threads int) (string, error) {
	lib, err := openblas.Open()
	if err != nil {
		return "", err
	}
	lib.SetThreads(threads)
	gorgonia.Use(netlib.Implementation{})
	return lib.Config(), nil
}
