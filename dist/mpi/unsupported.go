//go:build static || !(darwin || (linux && (cgo || 386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64)))

package mpi

import (
	"fmt"
	"runtime"

	"github.com/stheno/stheno/dist"
)

func join(string) (dist.Group, error) {
	return nil, fmt.Errorf("MPI cannot be loaded at run time by this program (%s/%s): it takes Linux or macOS, and a build without -tags static", runtime.GOOS, runtime.GOARCH)
}
