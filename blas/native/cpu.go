package native

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
)

// set is one family of kernels, all for the same instruction set.
type set struct {
	name string
	s    kernels[float32]
	d    kernels[float64]
}

// kernels are those of one element type.
type kernels[T float] struct {
	gemm    gemmKernel[T]
	vec     vectorKernels[T]
	sparse  sparseKernels[T] // none where compress is nil
	pool    poolKernels[T]
	taps    tapsKernel[T]
	permute permuteKernel[T] // none where run is nil
}

var (
	active atomic.Pointer[set]
	envErr error
)

func init() {
	sets := detect()
	active.Store(sets[len(sets)-1])
	envErr = obey(os.Getenv("STHENO_CPU"))
}

// obey selects the kernel set that the environment names, if it names one.
func obey(name string) error {
	if name == "" {
		return nil
	}
	if err := Select(name); err != nil {
		return fmt.Errorf("STHENO_CPU: %w", err)
	}
	return nil
}

// Err tells whether STHENO_CPU named a kernel set that this CPU cannot run. The best one is used then.
func Err() error { return envErr }

// CPU is the name of the kernel set in use: generic, avx2, avx512 or neon.
func CPU() string { return active.Load().name }

// CPUs are the names of the kernel sets that this CPU can run, the best one last.
func CPUs() []string {
	var names []string
	for _, s := range detect() {
		names = append(names, s.name)
	}
	return names
}

// Select puts the named kernel set to use for all later calls. It fails for a set that this CPU cannot run.
func Select(name string) error {
	for _, s := range detect() {
		if s.name == name {
			active.Store(s)
			return nil
		}
	}
	return fmt.Errorf("no kernel set %q on this CPU; choose one of %s", name, strings.Join(CPUs(), ", "))
}
