//go:build linux || darwin

package output

import (
	"os"
	"syscall"
)

// space is how many bytes a user may still write to a folder's file system, and which one that is.
func space(dir string) (free float64, disk uint64, ok bool) {
	var s syscall.Statfs_t
	if syscall.Statfs(dir, &s) != nil {
		return 0, 0, false
	}
	info, err := os.Stat(dir)
	if err != nil {
		return 0, 0, false
	}
	at, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, false
	}
	return float64(s.Bavail) * float64(s.Bsize), uint64(at.Dev), true
}
