//go:build !static && (cgo || 386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64)

package mpi

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// watch calls ended when a process ends, as soon as the kernel knows.
func watch(pid int, ended func(how string)) {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil { // an older kernel: Lost will tell
		return
	}
	go func() {
		defer unix.Close(fd)
		for {
			n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, -1)
			if err != nil && err != unix.EINTR {
				return
			}
			if n > 0 {
				ended(ending(pid))
				return
			}
		}
	}()
}

// ending says what has ended a process that nobody has waited for yet: "" where it has ended itself.
func ending(pid int) string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil { // its launcher was faster
		return "killed, or failed"
	}
	fields := bytes.Fields(stat)
	status, err := strconv.Atoi(string(fields[len(fields)-1])) // the exit code, as wait gives it
	if sig := syscall.WaitStatus(status).Signal(); err == nil && sig > 0 {
		return fmt.Sprintf("signal %d, %v", int(sig), sig)
	}
	return ""
}

// gone reports whether a process has ended. One that nobody has waited for yet is a zombie.
func gone(pid int) bool {
	if syscall.Kill(pid, 0) == syscall.ESRCH {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)) // "pid (name) state ...": a name can have anything in it
	if err != nil {
		return false
	}
	_, state, ok := bytes.Cut(stat[max(0, bytes.LastIndexByte(stat, ')')):], []byte(") "))
	return ok && (state[0] == 'Z' || state[0] == 'X')
}

// pidSpace is a number of the processes that number each other: a container has its own.
func pidSpace() (n uint64) {
	link, err := os.Readlink("/proc/self/ns/pid")
	if err == nil {
		_, _ = fmt.Sscanf(link, "pid:[%d]", &n) // 0 where it is written in another way
	}
	return n
}
