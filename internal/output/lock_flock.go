//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package output

import (
	"errors"
	"os"
	"syscall"
)

// lock holds a file or a folder until it is unlocked, or the process ends, however that is.
func lock(path string) (unlock func(), err error) {
	f, err := os.Open(path)
	if err != nil {
		return func() {}, err
	}
	for {
		switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
		case err == nil:
			return func() { f.Close() }, nil
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EWOULDBLOCK):
			f.Close()
			return func() {}, errLocked
		}
		f.Close()
		return func() {}, errNoLocks
	}
}
