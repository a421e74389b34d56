//go:build !static && (cgo || 386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64)

package mpi

import "golang.org/x/sys/unix"

// room reports whether the system has so many bytes to share, and as many again. The libraries' memory is there: Open MPI's processes wait for
// ever where one finds too little.
func room(bytes int) bool {
	var s unix.Statfs_t
	return unix.Statfs("/dev/shm", &s) != nil || float64(s.Bavail)*float64(s.Bsize) >= 2*float64(bytes)
}

// backed reports whether there is memory behind a mapping, and brings it: what the system sets aside can be less than what it has promised, and
// who writes there then is ended by SIGBUS. Kernels before 5.14 cannot tell, and room has to do.
func backed(x []byte) bool {
	if len(x) == 0 {
		return true
	}
	err := unix.Madvise(x, unix.MADV_POPULATE_WRITE)
	return err == nil || err == unix.EINVAL
}
