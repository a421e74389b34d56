//go:build !static && (cgo || 386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64)

package mpi

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestBacked: memory that the system has promised, but does not have, is no crash.
func TestBacked(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "short"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(int64(pages)); err != nil {
		t.Fatal(err)
	}
	x, err := unix.Mmap(int(f.Fd()), 0, 2*pages, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Munmap(x) }()
	if unix.Madvise(x[:pages], unix.MADV_POPULATE_WRITE) == unix.EINVAL {
		t.Skip("not tested: memory behind a mapping: the kernel is older than 5.14, and cannot tell")
	}
	if !backed(x[:pages]) || backed(x) {
		t.Error("want that the first page can be written to, and the second not")
	}
}
