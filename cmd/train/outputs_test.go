//go:build unix

package main

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stheno/stheno/internal/output"
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

// TestFailedStart: what fails before there is something to train leaves nothing behind, and makes no folder.
func TestFailedStart(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "new", "out")
	for _, args := range [][]string{{"-load", "none.safetensors"}, {"-data", "nowhere"}, {"-backend", "tpu"}, {"-explain"}} {
		code, _, stderr := call(t, append(args, "-out", out, "-save", filepath.Join(dir, "new", "model"))...)
		if files, err := os.ReadDir(dir); len(files) > 0 || code != exitUsage && args[0] != "-explain" {
			t.Errorf("%v: exit %d, %q, %v, %v", args, code, stderr, files, err)
		}
	}
	if code, _, stderr := call(t, tinyRun(smallSet(t), "-out", out, "-save", filepath.Join(dir, "new", "model"))...); code != exitOK {
		t.Errorf("-save into a folder that -out makes: exit %d, %q", code, stderr)
	}
}

// TestOneFileTwice: -save and -out with a file of the same name, by whatever way, are refused.
func TestOneFileTwice(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, err := range []error{os.Mkdir("run", 0o755), os.WriteFile("run/loss.png", []byte("old"), 0o644), os.Symlink("run", "same"), os.Link("run/loss.png", "hard")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, save := range []string{"run/loss.png", "run/model.safetensors", "run/train.sha256", "run/../run/history.csv", "same/accuracy.png", "hard", "./run/loss.png"} {
		code, stdout, stderr := call(t, "-save", save, "-out", "run")
		if want := "train: -save " + save + ": -out run writes this file too: choose another name\n"; code != exitUsage || stdout != "" || stderr != want {
			t.Errorf("exit %d, %q, %q; want %q", code, stdout, stderr, want)
		}
	}
	for save, want := range map[string]string{
		"later/run/loss.png": "-out later/run writes this file too",
		"later/run":          "-out later/run needs a folder of this name",
		"later":              "-out later/run needs a folder of this name",
	} {
		code, _, stderr := call(t, "-save", save, "-out", "later/run")
		if want := "train: -save " + save + ": " + want + ": choose another name\n"; code != exitUsage || stderr != want {
			t.Errorf("exit %d, %q; want %q", code, stderr, want)
		}
	}
	if err := os.Symlink("nowhere/x", "run/lost"); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := call(t, "-save", "run/lost", "-out", "run"); code != exitUsage || !strings.HasPrefix(stderr, "train: -save run/lost: not written: no such file or directory") {
		t.Errorf("a link that leads nowhere: exit %d, %q", code, stderr)
	}
}

// TestFolderIsTaken: the second of two trainings in a folder is told at once, and changes nothing.
func TestFolderIsTaken(t *testing.T) {
	out := t.TempDir()
	p := start(t, "", endless(t, out)...)
	p.line()
	code, stdout, stderr := call(t, tinyRun(smallSet(t), "-out", out)...)
	if want := "train: -out " + out + ": another run is writing there: choose another folder, or wait for its end\n"; code != exitUsage || stdout != "" || stderr != want {
		t.Errorf("exit %d, %q, %q; want %q", code, stdout, stderr, want)
	}
	if files, err := os.ReadDir(out); len(files) > 0 {
		t.Errorf("%v, %v", files, err)
	}
	p.signal(syscall.SIGTERM)
	p.ends(exitInterrupted, "")
	written(t, out)
}

// TestFinished: a set that a run was killed over is put into place by the next one, which says so.
func TestFinished(t *testing.T) {
	out := t.TempDir()
	if code, _, stderr := call(t, tinyRun(smallSet(t), "-out", out)...); code != exitOK {
		t.Fatal(stderr)
	}
	stage := filepath.Join(out, ".train.set") // as a kill before the last two renames leaves it
	if err := os.Mkdir(stage, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{modelFile, output.Manifest(commandName)} {
		if err := os.Rename(filepath.Join(out, name), filepath.Join(stage, name)); err != nil {
			t.Fatal(err)
		}
	}
	code, _, stderr := call(t, "-out", out, "-load", "none.safetensors")
	if want := "train: -out " + out + ": an earlier run was cut off as it put its files there: that is done now\n"; code != exitUsage || !strings.HasPrefix(stderr, want) {
		t.Errorf("exit %d, %q; want %q", code, stderr, want)
	}
	written(t, out)
}

// TestNoRoom: a model's file that is larger than what the disk has is told before anything is trained.
func TestNoRoom(t *testing.T) {
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		t.Skip("this system does not tell how much room there is")
	}
	real := room
	defer func() { room = real }()
	room = func(needs ...output.Need) error {
		for i := range needs {
			needs[i].Bytes *= 1e15
		}
		return real(needs...)
	}
	dir := t.TempDir()
	for flag, path := range map[string]string{"-save": filepath.Join(dir, "model"), "-out": filepath.Join(dir, "out")} {
		code, stdout, stderr := call(t, tinyRun(smallSet(t), flag, path)...)
		if code != exitUsage || stdout != "" || !strings.HasPrefix(stderr, "train: "+flag+" "+path) || !strings.HasSuffix(stderr, " MB are free: choose a disk with more room\n") || strings.Count(stderr, "\n") != 1 {
			t.Errorf("exit %d, %q, %q", code, stdout, stderr)
		}
	}
	if files, err := os.ReadDir(dir); len(files) > 0 {
		t.Errorf("%v, %v", files, err)
	}
}
