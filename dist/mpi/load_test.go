//go:build !static && (darwin || (linux && (cgo || 386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64)))

package mpi

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stheno/stheno/internal/loader/loadertest"
)

// TestMissing: without a library, one line names the packages and each name that was tried.
func TestMissing(t *testing.T) {
	_, err := Join("libthere-is-no-such-mpi.so")
	if err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v", err)
	}
	for _, part := range []string{packages, "libthere-is-no-such-mpi.so: ", "o such file"} {
		if !strings.Contains(fmt.Sprint(err), part) {
			t.Errorf("error %v: no %q", err, part)
		}
	}
}

// build makes a library that has MPI's functions but one, and these marks.
func build(t *testing.T, name, without string, marks ...string) string {
	t.Helper()
	var source strings.Builder
	for _, symbol := range append(marks, entries...) {
		if symbol != without {
			fmt.Fprintf(&source, "int %s(void) { return 0; }\n", symbol)
		}
	}
	return loadertest.Build(t, name, source.String())
}

// TestRefused: a library that is no MPI, or one of another kind, is refused by name, and the next one is taken.
func TestRefused(t *testing.T) {
	none := build(t, "libnone.so", "MPI_Init_thread")
	other := build(t, "libother.so", "")
	half := build(t, "libhalf.so", "", "ompi_mpi_comm_world", "ompi_mpi_float")
	good := build(t, "libgood.so", "", "MPIR_Dup_fn")
	_, err := load([]string{none, other, half})
	want := none + ": has no MPI_Init_thread; " + other + ": has the binary interface of neither Open MPI nor MPICH; " +
		half + ": has no ompi_mpi_double"
	if !strings.HasSuffix(fmt.Sprint(err), "; tried "+want) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	l, err := load([]string{none, other, half, good})
	if err != nil || l.path != good || l.kind != mpich {
		t.Fatalf("%v, %v", l, err)
	}
	g := &group{lib: l}
	if err := g.meet(1, launcher{}, 0); err == nil || !strings.Contains(err.Error(), "only up to MPI_THREAD_FUNNELED: MPI_THREAD_SERIALIZED is needed") {
		t.Errorf("too low a level of threads: error %v", err)
	}
}
