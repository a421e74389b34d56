//go:build unix

package main

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// tinyRun are the flags of a training that takes no time.
func tinyRun(set string, more ...string) []string {
	return append([]string{"-data", set, "-batch", "10", "-iters", "20", "-hidden", "4"}, more...)
}

// obstacles is a folder with everything that is no ordinary file.
func obstacles(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "train") // shorter than t.TempDir: the name of a socket has a limit
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket, err := net.Listen("unix", filepath.Join(dir, "socket"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	for _, err := range []error{
		os.Mkdir(filepath.Join(dir, "folder"), 0o755),
		syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644),
		os.Symlink("/dev/null", filepath.Join(dir, "device")), // a name that may be replaced, should the check fail
		os.Symlink("nowhere/x", filepath.Join(dir, "lost")),
		os.Symlink("loop", filepath.Join(dir, "loop")),
		os.Mkdir(filepath.Join(dir, "closed"), 0o555),
		os.WriteFile(filepath.Join(dir, "readonly"), nil, 0o444),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestOutputsAreCheckedFirst: an output that cannot be written is one line with flag and path, exit code 2, before the file of
// -load is even opened; nothing is replaced.
func TestOutputsAreCheckedFirst(t *testing.T) {
	dir, root := obstacles(t), os.Geteuid() == 0
	t.Chdir(dir)
	for _, c := range []struct {
		path, want string
		user       bool // root may do it
	}{
		{"folder", "a folder, not an ordinary file; choose another name", false},
		{"folder/", "a folder, not", false},
		{"/", "a folder, not", false},
		{".", "a folder, not", false},
		{"..", "a folder, not", false},
		{"pipe", "a named pipe, not", false},
		{"socket", "a socket, not", false},
		{"device", "a device, not", false},
		{"readonly/", "not a directory", false},
		{"readonly/x", "not a directory", false},
		{"nowhere/x", "no such file or directory", false},
		{"lost", "no such file or directory", false},
		{"loop", "too many levels of symbolic links", false},
		{strings.Repeat("x", 300), "file name too long", false},
		{"closed/x", "permission denied", true},
		{"readonly", "it is there and may not be written to", true},
	} {
		if c.user && root {
			continue
		}
		code, stdout, stderr := call(t, "-save", c.path, "-load", "none.safetensors")
		if want := "train: -save " + c.path + ": "; code != exitUsage || stdout != "" || strings.Count(stderr, "\n") != 1 ||
			!strings.HasPrefix(stderr, want) || !strings.Contains(stderr, c.want) {
			t.Errorf("-save %s: exit %d, %q, %q; want 2 and a line with %q", c.path, code, stdout, stderr, c.want)
		}
	}
	for _, name := range []string{"model.safetensors", "history.csv", "loss.png", "accuracy.png"} {
		out := t.TempDir()
		if err := os.Mkdir(filepath.Join(out, name), 0o755); err != nil {
			t.Fatal(err)
		}
		code, stdout, stderr := call(t, "-out", out, "-load", "none.safetensors")
		if want := "train: -out " + filepath.Join(out, name) + ": a folder, not an ordinary file; choose another name\n"; code != exitUsage || stdout != "" || stderr != want {
			t.Errorf("%s: exit %d, %q, %q; want %q", name, code, stdout, stderr, want)
		}
	}
	for _, name := range []string{"folder", "pipe", "device", "lost", "loop"} {
		if info, err := os.Lstat(name); err != nil || info.Mode().IsRegular() {
			t.Errorf("%s was replaced: %v", name, err)
		}
	}
}

// TestDanglingLink: an output goes where the link leads to.
func TestDanglingLink(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	if err := os.Symlink("model", link); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := call(t, tinyRun(smallSet(t), "-save", link)...); code != exitOK {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	if info, err := os.Lstat(filepath.Join(dir, "model")); err != nil || info.Size() == 0 {
		t.Error(err)
	}
	if to, err := os.Readlink(link); to != "model" {
		t.Errorf("the link is gone: %q, %v", to, err)
	}
}

// spoiler makes folders where files are to go, when the first line is printed: after the check, before the end.
type spoiler struct {
	strings.Builder
	paths []string
}

func (s *spoiler) Write(p []byte) (int, error) {
	for _, path := range s.paths {
		if err := os.MkdirAll(path, 0o755); err != nil {
			return 0, err
		}
	}
	return s.Builder.Write(p)
}

// TestFailedOutputStopsNoOther: all that can be written is, and each failure has its line.
func TestFailedOutputStopsNoOther(t *testing.T) {
	all := []string{"save", "out/model.safetensors", "out/history.csv", "out/loss.png", "out/accuracy.png"}
	set := smallSet(t)
	for _, bad := range [][]string{{"save"}, {"out/model.safetensors"}, {"save", "out/history.csv", "out/loss.png"}, {"out/accuracy.png"}, all} {
		dir := t.TempDir()
		stdout := &spoiler{}
		want := ""
		for _, name := range all {
			if slices.Contains(bad, name) {
				path, flag := filepath.Join(dir, name), strings.Split(name, "/")[0]
				stdout.paths = append(stdout.paths, path)
				want += "train: -" + flag + " " + path + ": a folder, not an ordinary file; choose another name\n"
			}
		}
		var stderr strings.Builder
		code := run(once(t.Context()), tinyRun(set, "-save", filepath.Join(dir, "save"), "-out", filepath.Join(dir, "out")), stdout, &stderr)
		if code != exitUsage || stderr.String() != want {
			t.Errorf("exit %d, %q; want 2 and %q", code, stderr.String(), want)
		}
		if !strings.Contains(stdout.String(), "an iteration\n") {
			t.Errorf("the last line is missing: %s", stdout.String())
		}
		for _, name := range all {
			if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.IsDir() != slices.Contains(bad, name) {
				t.Errorf("%v fail: %s: %v, %v", bad, name, info, err)
			}
		}
	}
}
