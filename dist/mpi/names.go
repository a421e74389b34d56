package mpi

import "slices"

// named is where a library is looked for. A name without a folder is found by the system's loader.
type named struct {
	kind kind // "" for a name that both have
	name string
}

// names are in order, by system.
var names = map[string][]named{
	"linux": {
		{openMPI, "libmpi.so.40"}, // Debian, Arch
		{mpich, "libmpich.so.12"}, // Debian
		{mpich, "libmpi.so.12"},   // Intel MPI, MVAPICH
		{"", "libmpi.so"},         // any, with its development files
		{openMPI, "$CONDA_PREFIX/lib/libmpi.so.40"},
		{mpich, "$CONDA_PREFIX/lib/libmpi.so.12"},
		{openMPI, "/usr/lib64/openmpi/lib/libmpi.so.40"}, // Fedora
		{mpich, "/usr/lib64/mpich/lib/libmpi.so.12"},     // Fedora
	},
	"darwin": {
		{"", "libmpi.dylib"},
		{openMPI, "/opt/homebrew/opt/open-mpi/lib/libmpi.dylib"}, // brew, Apple's processors
		{mpich, "/opt/homebrew/opt/mpich/lib/libmpi.dylib"},
		{openMPI, "/usr/local/opt/open-mpi/lib/libmpi.dylib"}, // brew, Intel's
		{mpich, "/usr/local/opt/mpich/lib/libmpi.dylib"},
		{"", "$CONDA_PREFIX/lib/libmpi.dylib"},
	},
}

// candidates are the names to try on a system, those of the launcher's kind first.
func candidates(goos string, launchers kind) (list []string) {
	all := slices.Clone(names[goos])
	if launchers != "" {
		slices.SortStableFunc(all, func(a, b named) int {
			place := map[kind]int{launchers: 0, "": 1} // the other kind comes last
			at := func(k kind) int {
				if p, ok := place[k]; ok {
					return p
				}
				return 2
			}
			return at(a.kind) - at(b.kind)
		})
	}
	for _, n := range all {
		list = append(list, n.name)
	}
	return list
}
