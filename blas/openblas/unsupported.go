//go:build !openblas && !static && !linux && !darwin

package openblas

import (
	"fmt"
	"runtime"
)

func open() (library, error) {
	return nil, fmt.Errorf("OpenBLAS cannot be loaded at run time on %s: build with -tags openblas", runtime.GOOS)
}
