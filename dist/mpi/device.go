//go:build !static && (darwin || (linux && (cgo || 386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64)))

package mpi

import (
	"errors"
	"fmt"

	"github.com/ebitengine/purego"
	"github.com/stheno/stheno/dist"
)

// CUDA reports whether the libraries of all processes say that they work on the memory of NVIDIA GPUs.
func (g *group) CUDA() bool { return g.cuda }

// agreeOnCUDA asks each process's library: where one does not, none is asked to.
func (g *group) agreeOnCUDA() error {
	able := []float64{0}
	if g.lib.cuda != 0 {
		if yes, _, _ := purego.SyscallN(g.lib.cuda); int32(yes) == 1 {
			able[0] = 1
		}
	}
	err := dist.Do(g.sumOf(g.comm, able))
	g.cuda = able[0] == float64(g.size)
	return err
}

// deviceSum is calls of MPI_Allreduce. They block: Open MPI's MPI_Iallreduce reads memory of a GPU as if it were the host's, and crashes.
type deviceSum struct {
	g     *group
	calls [][]uintptr // arguments
}

// SumDevice adds up in place.
func (g *group) SumDevice(x dist.Device) (dist.Operation, error) {
	if !g.cuda {
		return nil, fmt.Errorf("mpi: %s does not work on the memory of GPUs in all processes", g.lib)
	}
	l := g.lib
	size, datatype := uintptr(4), l.value[l.float]
	if x.Double {
		size, datatype = 8, l.value[l.double]
	}
	o := &deviceSum{g: g}
	for from := 0; from < x.Len; from += g.most {
		o.calls = append(o.calls, []uintptr{l.inPlace, x.Pointer + uintptr(from)*size, uintptr(min(g.most, x.Len-from)), datatype, l.value[l.sum], g.comm})
	}
	return o, nil
}

func (o *deviceSum) Start() error {
	g := o.g
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed.Load() {
		return errors.New("mpi: the group is closed")
	}
	for _, args := range o.calls {
		if code, _, _ := purego.SyscallN(g.lib.at["MPI_Allreduce"], args...); int32(code) != 0 {
			return g.lib.failure("MPI_Allreduce", code)
		}
	}
	return nil
}

func (o *deviceSum) Done() (bool, error) { return true, nil }
