package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// meddles says whether a variable chooses kernels or numbers of threads. With OPENBLAS_CORETYPE=Haswell, say, OpenBLAS, and
// so NumPy and C, keep to AVX2 on a processor with AVX-512, and everything else looks faster than it is.
func meddles(name string) bool {
	return slices.ContainsFunc([]string{"OPENBLAS_", "GOTO_", "OMP_", "GOMP_", "KMP_", "MKL_", "BLIS_", "XLA_", "TORCHINDUCTOR_"}, func(p string) bool {
		return strings.HasPrefix(name, p)
	}) || slices.Contains([]string{"GOMAXPROCS", "GOGC", "GODEBUG", "GOMEMLIMIT", "STHENO_CPU", "OMP", "NPY_DISABLE_CPU_FEATURES", "ONEDNN_MAX_CPU_ISA", "ATEN_CPU_CAPABILITY"}, name)
}

// droppedBy carries what was dropped to the program that is started anew without it.
const droppedBy = "STHENO_COMPARE_DROPPED"

// cleanEnv starts the program again without the variables that meddle: a library reads the environment when it is loaded,
// so that taking them out of this process would be too late. It gives the lines to print: what was dropped, or kept.
func cleanEnv(keep bool) ([]string, error) {
	var clean, found, names []string
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); meddles(name) {
			found, names = append(found, kv), append(names, name)
			continue
		}
		clean = append(clean, kv)
	}
	switch dropped := os.Getenv(droppedBy); {
	case len(found) > 0 && keep:
		return []string{"kept, by -keep-env: " + strings.Join(found, " ")}, nil
	case dropped != "":
		return []string{"dropped, for it chooses kernels or threads: " + dropped}, nil
	case len(found) == 0:
		return nil, nil
	}
	self, err := os.Executable()
	if err == nil {
		err = restart(self, os.Args, append(clean, droppedBy+"="+strings.Join(found, " ")))
	}
	return nil, fmt.Errorf("cannot start again without %s (%v): unset them, or say -keep-env", strings.Join(names, " "), err)
}
