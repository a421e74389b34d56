// Package mpi joins the processes that an MPI launcher has started: mpirun, mpiexec, srun. The MPI library is loaded at run time, without
// cgo, when Join is called: Open MPI, or MPICH and what has its binary interface, as Intel MPI and MVAPICH do.
package mpi

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/stheno/stheno/dist"
)

// packages are where MPI comes from.
const packages = "Debian: apt-get install openmpi-bin, or mpich; Fedora: dnf install openmpi; Arch: pacman -S openmpi; " +
	"Conda: conda install openmpi; macOS: brew install open-mpi"

// Join starts MPI, once in a process, and joins its processes: one of its own if no launcher has started it. The library is a name or a
// path; "" looks for that of the launcher, then for any. The group is also a dist.DeviceSummer: its CUDA tells what the libraries of all
// processes say (MPIX_Query_cuda_support).
func Join(library string) (dist.Group, error) { return join(library) }

var versionOf = regexp.MustCompile(`^(.*?)(?i:[\s:]+version)?[\s:]+v?(\d+\.[\w.]*)`)

// shortVersion is name and number of what a library says of itself.
func shortVersion(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if m := versionOf.FindStringSubmatch(line); m != nil {
		return m[1] + " " + m[2]
	}
	return strings.Join(strings.Fields(line), " ")
}

// checkSize compares the launcher's number of processes with what MPI sees. Processes that don't find each other are each alone.
func checkSize(l launcher, launched, seen int, library string) error {
	if launched == 0 || launched == seen {
		return nil
	}
	return fmt.Errorf("%s has started %d processes, but %s sees %d: %s", l.by, launched, library, seen, l.advice)
}
