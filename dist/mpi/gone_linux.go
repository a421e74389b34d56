//go:build !static && (cgo || 386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64)

package mpi

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
)

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
