//go:build !openblas && !static && !darwin && !(linux && (cgo || 386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64))

package openblas

import (
	"fmt"
	"runtime"
)

func open() (library, error) {
	return nil, fmt.Errorf("OpenBLAS cannot be loaded at run time on %s/%s without cgo: build with -tags openblas", runtime.GOOS, runtime.GOARCH)
}
