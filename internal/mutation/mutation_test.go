// Package mutation plants faults in the code, one at a time, and runs a test that must fail.
//
//	STHENO_LONG=1 go test -v -timeout 60m ./internal/mutation
package mutation

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// mutant is a fault: text of a file, what stands there instead, and the package and tests that must find it.
type mutant struct{ file, old, new, pkg, run string }

const root = "../.."

var all = slices.Concat(kernels, programs, lowering, library, readers, command, processes)

// TestPlaces: every text that a mutant replaces stands once in its file, so that the list is about the code as it is.
func TestPlaces(t *testing.T) {
	for _, m := range all {
		text, err := os.ReadFile(filepath.Join(root, m.file))
		if err != nil {
			t.Error(err)
			continue
		}
		if n := strings.Count(string(text), m.old); n != 1 || m.old == m.new {
			t.Errorf("%s has %d times\n%s", m.file, n, m.old)
		}
	}
}

// TestMutants runs each: the code must build, and the test must fail.
func TestMutants(t *testing.T) {
	if os.Getenv("STHENO_LONG") != "1" {
		t.Skipf("%d mutants take minutes: set STHENO_LONG=1", len(all))
	}
	dir := copied(t)
	for _, m := range all {
		t.Run(filepath.Base(m.file)+" "+m.new, func(t *testing.T) {
			path := filepath.Join(dir, m.file)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			defer os.WriteFile(path, text, 0o644)
			if err := os.WriteFile(path, bytes.Replace(text, []byte(m.old), []byte(m.new), 1), 0o644); err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(m.file, generator) {
				generate(t, dir)
				defer func() { // the file is put back by then
					if err := os.WriteFile(path, text, 0o644); err == nil {
						generate(t, dir)
					}
				}()
			}
			out, err := tested(dir, m)
			switch {
			case err == nil:
				t.Errorf("survives: in %s\n%s\ninstead of\n%s\nis not seen by go test -run '%s' %s", m.file, m.new, m.old, m.run, m.pkg)
			case strings.Contains(out, "[build failed]") || strings.Contains(out, "[setup failed]"):
				t.Errorf("does not build:\n%s", out)
			default:
				t.Logf("%s: %q for %q: caught by %s", m.file, m.new, m.old, caughtBy(out))
			}
		})
	}
}

// generator writes the assembly of blas/native: a fault in it is one when it has run.
const generator = "blas/native/gen/"

func generate(t *testing.T, dir string) {
	t.Helper()
	cmd := exec.Command("go", "generate", "./blas/native")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func tested(dir string, m mutant) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "test", "-count=1", "-run", m.run, m.pkg)
	cmd.Dir = dir
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "STHENO_LONG=") })
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// caughtBy is the first test that failed, or the end of a run that broke.
func caughtBy(out string) string {
	for line := range strings.Lines(out) {
		if at := strings.Index(line, "--- FAIL: "); at >= 0 {
			return strings.Fields(line[at:])[2]
		}
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return lines[0]
}

// copied is a copy of the files that git knows.
func copied(t *testing.T) string {
	t.Helper()
	list := exec.Command("git", "ls-files", "-z")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Skip("git ls-files: ", err)
	}
	dir := t.TempDir()
	for name := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err == nil {
			err = os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), text, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
