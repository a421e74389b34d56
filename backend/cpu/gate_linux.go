package cpu

import (
	"runtime"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// gate is where workers sleep: a futex of the kernel (futex(2)). Go's channels would have the scheduler look for a thread to
// go on with, and the kernel often puts that thread where the caller runs, though another CPU is idle: for up to a whole time
// slice of some milliseconds nothing is gained. A thread that sleeps here keeps its CPU, and leaves that of the caller.
type gate struct {
	caller atomic.Int32 // the CPU of the one who opened the gate
}

// Operations of futex(2), within one process.
const (
	futexWait = 0 | 128
	futexWake = 1 | 128
)

// wait sleeps until the word is not `seen`.
func (g *gate) wait(word *atomic.Uint32, seen uint32) {
	for word.Load() == seen {
		_, _, _ = unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWait, uintptr(seen), 0, 0, 0)
	}
	if here := cpuNow(); here == g.caller.Load() {
		leave(here)
	}
}

// open wakes n of those who wait for the word, which has changed before.
func (g *gate) open(word *atomic.Uint32, n int) {
	g.caller.Store(cpuNow())
	_, _, _ = unix.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWake, uintptr(n), 0, 0, 0)
}

// cpuNow is the CPU of the calling thread, or that of nobody where the kernel does not tell.
func cpuNow() int32 {
	var cpu uint32
	if _, _, err := unix.RawSyscall(unix.SYS_GETCPU, uintptr(unsafe.Pointer(&cpu)), 0, 0); err != 0 {
		return -1
	}
	return int32(cpu)
}

// leave moves the calling thread off a CPU, if it may run on another. What it may run on stays as it was.
func leave(cpu int32) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var allowed unix.CPUSet
	if cpu < 0 || unix.SchedGetaffinity(0, &allowed) != nil || allowed.Count() < 2 {
		return
	}
	others := allowed
	others.Clear(int(cpu))
	if unix.SchedSetaffinity(0, &others) == nil {
		_ = unix.SchedSetaffinity(0, &allowed) // it was allowed a moment ago
	}
}
