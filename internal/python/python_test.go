package python

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestWith: the interpreter that STHENO_PYTHON names comes before others, one that lacks a module is passed over, and an error names
// what is lacking and where it was looked for.
func TestWith(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the interpreters of this test are shell scripts")
	}
	script := func(name, says string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte("#!/bin/sh\necho '"+says+"'\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	root := t.TempDir()
	t.Setenv("STHENO_PYTHON", script("full", `{"nosuchmodule": "1.2", "another": "3"}`))
	if got, err := With(root, "nosuchmodule", "another"); err != nil || got != os.Getenv("STHENO_PYTHON") {
		t.Errorf("%q, error %v; want that of STHENO_PYTHON", got, err)
	}
	t.Setenv("STHENO_PYTHON", script("half", `{"another": "3"}`))
	if got, err := With(root, "nosuchmodule", "another"); err == nil || !strings.Contains(err.Error(), "nosuchmodule and another") || !strings.Contains(err.Error(), os.Getenv("STHENO_PYTHON")) {
		t.Errorf("%q, error %v; want one that names the modules and the interpreters", got, err)
	}
	if v := Versions(script("broken", "Segmentation fault"), "nosuchmodule"); v != nil {
		t.Errorf("of an interpreter that does not run: %v", v)
	}
}
