// Package loadertest makes libraries to load.
package loadertest

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Build compiles a library of C, for the time of the test, with what the compiler is to link.
func Build(t *testing.T, name, source string, link ...string) (path string) {
	t.Helper()
	compiler, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("no C compiler (cc) to make a library with")
	}
	path = filepath.Join(t.TempDir(), name)
	c := exec.Command(compiler, append([]string{"-shared", "-fPIC", "-o", path, "-x", "c", "-", "-x", "none"}, link...)...)
	c.Stdin = strings.NewReader(source)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}
