//go:build !static

package mpi

import "syscall"

// gone reports whether a process has ended.
func gone(pid int) bool { return syscall.Kill(pid, 0) == syscall.ESRCH }

// pidSpace is one for all.
func pidSpace() uint64 { return 0 }

// watch does nothing here: Lost will tell.
func watch(int, func(how string)) {}
