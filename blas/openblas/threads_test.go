//go:build !openblas && !static && linux

package openblas

import (
	"os"
	"os/exec"
	"runtime/pprof"
	"testing"
	"time"

	"gonum.org/v1/gonum/blas"
)

// TestNoThreads: in a process of its own, where nothing else starts any, opening the library starts no threads, even where the
// environment asks for some.
func TestNoThreads(t *testing.T) {
	const child = "STHENO_TEST_THREADS"
	if os.Getenv(child) == "" {
		open1(t)
		c := exec.Command(os.Args[0], "-test.run=^TestNoThreads$", "-test.v")
		c.Env = append(os.Environ(), child+"=1", "OPENBLAS_NUM_THREADS=4")
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	before := foreign(t)
	lib, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float64, 300*300)
	lib.Dgemm(blas.NoTrans, blas.NoTrans, 300, 300, 300, 1, x, 300, x, 300, 0, make([]float64, 300*300), 300)
	if n := foreign(t) - before; n != 0 {
		t.Errorf("OpenBLAS started %d threads", n)
	}
	if lib.SetThreads(2); foreign(t)-before != 1 {
		t.Error("no thread is seen where OpenBLAS must have one")
	}
}

// foreign counts the threads of the process that are not Go's, up to a constant. Go's come and go meanwhile: it looks until it
// has seen the same number for a while.
func foreign(t *testing.T) int {
	t.Helper()
	n, same := 0, 0
	for same < 20 {
		tasks, err := os.ReadDir("/proc/self/task")
		if err != nil {
			t.Skip("no list of threads here:", err)
		}
		if now := len(tasks) - pprof.Lookup("threadcreate").Count(); now == n {
			same++
		} else {
			n, same = now, 0
		}
		time.Sleep(5 * time.Millisecond)
	}
	return n
}
