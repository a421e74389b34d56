//go:build !openblas && (linux || darwin)

package openblas

import "testing"

// TestMissing: without the library, one line names the package to install.
func TestMissing(t *testing.T) {
	_, err := load([]string{"libthere-is-no-such-blas.so"})
	if want := "OpenBLAS is not on this machine: install it (Debian: apt-get install libopenblas0; macOS: brew install openblas)"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %q", err, want)
	}
}
