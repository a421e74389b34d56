package cpu

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// A thread that leaves a CPU runs on another, and may run on the same ones as before.
func TestLeave(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, after unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		t.Fatal(err)
	}
	if before.Count() < 2 {
		t.Skip("one CPU only")
	}
	moved := false
	for try := 0; try < 100 && !moved; try++ { // the kernel may move it back at once
		here := cpuNow()
		leave(here)
		moved = cpuNow() != here
	}
	if !moved {
		t.Error("the thread stays on its CPU")
	}
	leave(-1) // unknown: nothing to leave
	if err := unix.SchedGetaffinity(0, &after); err != nil {
		t.Fatal(err)
	}
	if after != before {
		t.Errorf("the thread may run on %d CPUs, before on %d", after.Count(), before.Count())
	}
}
