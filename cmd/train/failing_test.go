package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stheno/stheno/internal/output"
	"github.com/stheno/stheno/models"
)

// undrawn has files of -out that take no time to draw: each says after how many steps it is written.
func undrawn(t *testing.T) {
	real := outFiles
	t.Cleanup(func() { outFiles = real })
	outFiles = outFiles[:1:1]
	for _, f := range real[1:] {
		if f.name == "r2.png" { // regression's
			continue
		}
		f.fill = func(w io.Writer, s *state) error {
			_, err := fmt.Fprintf(w, "%s after %d", f.name, len(s.history.Losses))
			return err
		}
		outFiles = append(outFiles, f)
	}
}

// failAt makes the n-th call of the system that writes fail, half-way if it is one that writes content. failing says which it was.
func failAt(t *testing.T, n int) (failing *string) {
	calls := 0
	failing = new(string)
	output.Fail = func(call, path string) error {
		if calls++; calls != n {
			return nil
		}
		if call == "write" {
			write(t, path, []byte("hal"))
		}
		*failing = call + " " + path
		return &os.PathError{Op: call, Path: path, Err: syscall.ENOSPC}
	}
	return failing
}

// TestFailingWrites: whichever call of the system that writes fails, exit code 2 and one line tell of it, every other output is the
// new one, none is half written, and nothing is left over.
func TestFailingWrites(t *testing.T) {
	undrawn(t)
	works := output.Fail
	defer func() { output.Fail = works }()
	set, first := smallSet(t), t.TempDir()
	run := func(dir, iters string) (code int, stdout, stderr string) {
		return call(t, "-data", set, "-batch", "10", "-hidden", "4", "-save", filepath.Join(dir, "model"), "-out", filepath.Join(dir, "out"), "-iters", iters)
	}
	if code, _, stderr := run(first, "7"); code != exitOK {
		t.Fatal(stderr)
	}
	for n := 1; ; n++ {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(first)); err != nil {
			t.Fatal(err)
		}
		failing := failAt(t, n)
		code, stdout, stderr := run(dir, "9")
		output.Fail = works
		if *failing == "" {
			if code != exitOK || n < 30 {
				t.Errorf("%d calls, exit %d", n-1, code)
			}
			return
		}
		if code != exitUsage || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "train: -") || !strings.Contains(stderr, dir) ||
			!strings.Contains(stderr, "no space left on device") || !strings.Contains(stdout, "loss: ") {
			t.Errorf("%s fails: exit %d, %q", *failing, code, stderr)
		}
		checkFailed(t, filepath.Join(dir, "model"), filepath.Join(dir, "out"), *failing)
	}
}

// checkFailed looks at what is there when a second run has had a call fail.
func checkFailed(t *testing.T, save, out, failing string) {
	t.Helper()
	old := 0
	for _, f := range outFiles[1:] {
		content, err := os.ReadFile(filepath.Join(out, f.name))
		if string(content) == f.name+" after 9" {
			continue
		}
		aside, _ := os.ReadFile(filepath.Join(out, f.name+".old"))
		if old++; err == nil || string(aside) != f.name+" after 7" {
			t.Errorf("%s fails: %s holds %q, beside it %q", failing, f.name, content, aside)
		}
	}
	if _, err := models.Open(save); err != nil {
		t.Errorf("%s fails: %v", failing, err)
	}
	if _, err := models.Open(filepath.Join(out, modelFile)); err != nil {
		if _, err := models.Open(filepath.Join(out, modelFile+".old")); err != nil {
			t.Errorf("%s fails: %v", failing, err)
		}
		old++
	}
	if err := output.Verify(out, commandName); old > 1 || err != nil && !strings.Contains(failing, output.Manifest(commandName)) {
		t.Errorf("%s fails: %d outputs are not new, %v", failing, old, err)
	}
	for _, dir := range []string{filepath.Dir(save), out} {
		if hidden, err := filepath.Glob(filepath.Join(dir, ".*")); len(hidden) > 0 {
			t.Errorf("%s fails: left over: %v, %v", failing, hidden, err)
		}
	}
}
