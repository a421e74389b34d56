// Package loadertest makes libraries to load.
package loadertest

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Build compiles a library of C, for the time of the test.
func Build(t *testing.T, name, source string) (path string) {
	t.Helper()
	compiler, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("no C compiler (cc) to make a library with")
	}
	path = filepath.Join(t.TempDir(), name)
	c := exec.Command(compiler, "-shared", "-fPIC", "-x", "c", "-o", path, "-")
	c.Stdin = strings.NewReader(source)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}
