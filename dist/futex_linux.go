package dist

import (
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The calls of a futex, in memory that processes share.
const (
	futexWait = 0
	futexWake = 1
)

// waitWhile sleeps while a word has a value, until it is woken, and not for long: it may wake before.
func waitWhile(word *atomic.Uint32, value uint32, most time.Duration) {
	limit := unix.NsecToTimespec(most.Nanoseconds())
	_, _, _ = unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWait, uintptr(value), uintptr(unsafe.Pointer(&limit)), 0, 0)
}

// wake wakes all who sleep on a word.
func wake(word *atomic.Uint32) {
	const all = 1 << 30
	_, _, _ = unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWake, all, 0, 0, 0)
}
