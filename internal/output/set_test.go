package output

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// setOf are the files of a run, each of which says of which.
var setOf = []string{"a.csv", "b.png", "c.safetensors"}

func put(t *testing.T, dir, run string, names ...string) error {
	t.Helper()
	f, err := OpenFolder("job", "out", dir)
	if err != nil {
		return err
	}
	defer f.Close()
	var files []File
	for _, name := range names {
		files = append(files, File{name, func(w io.Writer) error {
			_, err := io.WriteString(w, run+" "+name)
			return err
		}})
	}
	return f.Write(files...)
}

// holds are the files in a folder with what is in them; those inside of its folders too.
func holds(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		if e.IsDir() {
			all[e.Name()] = "a folder"
			for inside, content := range holds(t, name) {
				all[e.Name()+"/"+inside] = content
			}
			continue
		}
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = string(content)
	}
	return all
}

// runOf is the run that all files of the set are of.
func runOf(t *testing.T, dir string) string {
	t.Helper()
	found := holds(t, dir)
	run, _, _ := strings.Cut(found[setOf[0]], " ")
	for _, name := range setOf {
		if found[name] != run+" "+name {
			t.Errorf("a mix of runs: %v", found)
		}
	}
	if err := Verify(dir, "job"); err != nil {
		t.Error(err)
	}
	return run
}

// TestSet: a set replaces the one before; other files stay, and nothing is left over.
func TestSet(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	for _, run := range []string{"one", "two"} {
		if err := put(t, dir, run, setOf...); err != nil {
			t.Fatal(err)
		}
		if got := runOf(t, dir); got != run {
			t.Errorf("it is the set of %s, want %s", got, run)
		}
		if run == "one" {
			if err := os.WriteFile(filepath.Join(dir, "notes"), []byte("mine"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	found := holds(t, dir)
	if len(found) != len(setOf)+2 || found["notes"] != "mine" {
		t.Errorf("%v", found)
	}
	if err := os.WriteFile(filepath.Join(dir, "b.png"), []byte("three b.png"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Verify(dir, "job"); err == nil || !strings.Contains(err.Error(), "b.png: it is not of the run that job.sha256 names") {
		t.Errorf("a file of another run: error %v", err)
	}
}

// TestSmallerSet: what only the set before had is no longer beside the new one, and not lost.
func TestSmallerSet(t *testing.T) {
	dir := t.TempDir()
	if err := put(t, dir, "one", setOf...); err != nil {
		t.Fatal(err)
	}
	if err := put(t, dir, "two", "a.csv"); err != nil {
		t.Fatal(err)
	}
	found := holds(t, dir)
	if found["a.csv"] != "two a.csv" || found["b.png"] != "" || found["b.png.old"] != "one b.png" || found["c.safetensors.old"] == "" || Verify(dir, "job") != nil {
		t.Errorf("%v, %v", found, Verify(dir, "job"))
	}
	if err := put(t, dir, "three"); err != nil || holds(t, dir)["a.csv"] != "two a.csv" {
		t.Errorf("a run without files: %v, %v", err, holds(t, dir))
	}
}

// killed is the panic of a run that is killed.
type killed struct{}

// killAt has a run killed at the n-th call of the system that writes, with half of it done if it writes content. It reports
// whether there was such a call.
func killAt(t *testing.T, n int, dir, run string, names ...string) (was bool) {
	t.Helper()
	works, calls := Fail, 0
	defer func() {
		_ = recover()
		Fail, was = works, calls >= n
	}()
	Fail = func(call, path string) error {
		if calls++; calls == n {
			if call == "write" {
				if err := os.WriteFile(path, []byte("hal"), 0o644); err != nil {
					t.Error(err)
				}
			}
			panic(killed{})
		}
		return nil
	}
	if err := put(t, dir, run, names...); err != nil {
		t.Error(err)
	}
	return false
}

// reopen is what the next run begins with.
func reopen(t *testing.T, dir string) {
	t.Helper()
	f, err := OpenFolder("job", "out", dir)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
}

// oneRun looks at what a run that was killed has left: files of one run, and the first of the set among them.
func oneRun(t *testing.T, dir string) {
	t.Helper()
	present, runs := holds(t, dir), map[string]bool{}
	for _, name := range setOf {
		if run, ok := strings.CutSuffix(present[name], " "+name); ok {
			runs[run] = true
		} else if present[name] != "" || name == setOf[0] {
			t.Errorf("%s holds %q", name, present[name])
		}
	}
	if len(runs) > 1 {
		t.Errorf("a mix of %v", runs)
	}
}

// TestCut: wherever between two calls of the system a run is killed, there are files of one run only, and the next one finds the whole
// set of before or the whole new one.
func TestCut(t *testing.T) {
	old, fresh := 0, 0
	for n := 1; ; n++ {
		dir := t.TempDir()
		if err := put(t, dir, "old", setOf...); err != nil {
			t.Fatal(err)
		}
		if !killAt(t, n, dir, "new", setOf...) {
			break
		}
		oneRun(t, dir)
		reopen(t, dir)
		switch run := runOf(t, dir); {
		case run == "old" && fresh == 0:
			old++
		case run == "new":
			fresh++
		default:
			t.Errorf("killed at call %d: the set of %q", n, run)
		}
		if found := holds(t, dir); len(found) != len(setOf)+1 {
			t.Errorf("killed at call %d: left over: %v", n, found)
		}
		if err := put(t, dir, "again", setOf...); err != nil || runOf(t, dir) != "again" {
			t.Errorf("killed at call %d: the next run: %v", n, err)
		}
	}
	if old < 10 || fresh < 4 {
		t.Errorf("the set of before %d times, the new one %d times", old, fresh)
	}
}

// TestSmallerSetCut: so it is where the new set has fewer files, and those of before are kept.
func TestSmallerSetCut(t *testing.T) {
	for n := 1; ; n++ {
		dir := t.TempDir()
		if err := put(t, dir, "old", setOf...); err != nil {
			t.Fatal(err)
		}
		if !killAt(t, n, dir, "new", setOf[0]) {
			break
		}
		oneRun(t, dir)
		reopen(t, dir)
		found := holds(t, dir)
		kept := found[setOf[0]] == "new "+setOf[0] && found[setOf[1]] == "" && found[setOf[1]+".old"] == "old "+setOf[1]
		if err := Verify(dir, "job"); err != nil || !kept && runOf(t, dir) != "old" {
			t.Errorf("killed at call %d: %v, %v", n, err, found)
		}
	}
}

// TestFailingCalls: whichever call of the system fails, the error names a file, all others are written, and nothing is left over.
func TestFailingCalls(t *testing.T) {
	defer func(f func(call, path string) error) { Fail = f }(Fail)
	for n := 1; ; n++ {
		dir := t.TempDir()
		if err := put(t, dir, "old", setOf...); err != nil {
			t.Fatal(err)
		}
		calls, failing := 0, ""
		Fail = func(call, path string) error {
			if calls++; calls != n {
				return nil
			}
			failing = call + " " + path
			return &os.PathError{Op: call, Path: path, Err: syscall.ENOSPC}
		}
		err := put(t, dir, "new", setOf...)
		Fail = func(call, path string) error { return nil }
		if calls < n {
			break
		}
		if err == nil || !strings.Contains(err.Error(), "no space left on device") || !strings.Contains(err.Error(), dir) || strings.Contains(fmt.Sprint(err), "\n") {
			t.Errorf("%s fails: error %v", failing, err)
		}
		found, written := holds(t, dir), 0
		for _, name := range setOf {
			switch {
			case found[name] == "new "+name:
				written++
			case found[name] != "" || found[name+".old"] != "old "+name:
				t.Errorf("%s fails: %s holds %q", failing, name, found[name])
			}
		}
		if written < len(setOf)-1 {
			t.Errorf("%s fails: only %d files are new: %v", failing, written, found)
		}
		if err := Verify(dir, "job"); err != nil && !strings.Contains(failing, "job.sha256") {
			t.Errorf("%s fails: %v", failing, err)
		}
		for name := range found {
			if strings.HasPrefix(name, ".") {
				t.Errorf("%s fails: %s is left over", failing, name)
			}
		}
	}
}

// TestFolderIsTaken: a second run in a folder is an error as long as the first has it, also under another name.
func TestFolderIsTaken(t *testing.T) {
	dir := t.TempDir()
	f, err := OpenFolder("job", "out", dir)
	if err != nil {
		t.Fatal(err)
	}
	if unlock, err := lock(dir); errors.Is(err, errNoLocks) {
		t.Skip("no locks here")
	} else {
		unlock()
	}
	want := "-out " + dir + ": another run is writing there: choose another folder, or wait for its end"
	if _, err := OpenFolder("other", "out", dir); fmt.Sprint(err) != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	f.Close()
	if f, err = OpenFolder("other", "out", dir); err != nil {
		t.Error(err)
	}
	f.Close()
}

// TestFilesOfLinks: a link in the place of a file leads on, and stays.
func TestFilesOfLinks(t *testing.T) {
	dir, elsewhere := t.TempDir(), filepath.Join(t.TempDir(), "picture")
	if err := os.Symlink(elsewhere, filepath.Join(dir, "b.png")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	if err := put(t, dir, "one", setOf...); err != nil {
		t.Fatal(err)
	}
	if content, err := os.ReadFile(elsewhere); string(content) != "one b.png" || runOf(t, dir) != "one" {
		t.Errorf("%q, %v", content, err)
	}
	if to, err := os.Readlink(filepath.Join(dir, "b.png")); to != elsewhere {
		t.Errorf("the link is gone: %v", err)
	}
}

// TestSweep: the temporary file of a process that was killed goes, that of one which lives does not.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	dead := filepath.Join(dir, temporaryPrefix+"dead")
	if err := os.WriteFile(dead, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	f, unlock, err := temporary(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	defer unlock()
	if _, err := lock(f.Name()); errors.Is(err, errNoLocks) {
		t.Skip("no locks here")
	}
	if err := WriteFile(filepath.Join(dir, "x"), []byte("x")); err != nil {
		t.Fatal(err)
	}
	if found := holds(t, dir); exists(dead) || !exists(f.Name()) || len(found) != 2 {
		t.Errorf("%v", found)
	}
}

// TestRoom: more than a disk has is an error with both figures.
func TestRoom(t *testing.T) {
	dir := t.TempDir()
	if _, _, ok := space(dir); !ok {
		t.Skip("this system does not tell how much room there is")
	}
	if err := Room(Need{filepath.Join(dir, "a"), 1000}, Need{filepath.Join(dir, "b"), 1000}); err != nil {
		t.Error(err)
	}
	path := filepath.Join(dir, "b")
	err := Room(Need{filepath.Join(dir, "a"), 1e20}, Need{path, 0})
	if err == nil || !strings.HasPrefix(err.Error(), filepath.Join(dir, "a")+": 100000000000000.0 MB are to be written there, and ") || !strings.HasSuffix(err.Error(), " MB are free: choose a disk with more room") {
		t.Errorf("error %v", err)
	}
	free, _, _ := space(dir)
	if err := Room(Need{filepath.Join(dir, "a"), 0.6 * free}, Need{path, 0.6 * free}); err == nil || !strings.HasPrefix(err.Error(), path+": ") {
		t.Errorf("two files of six tenths of what is free: error %v", err)
	}
}

// TestCanMake: the check makes nothing.
func TestCanMake(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(dir, "lost")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	for _, c := range []struct{ path, want string }{
		{".", ""}, {"a/b/c", ""},
		{"file", "not a directory: choose a folder that can be made"},
		{"file/below", "not a directory: choose a folder that can be made"},
		{"lost/below", "a link that leads nowhere: choose a folder that can be made"},
	} {
		path := filepath.Join(dir, c.path)
		want := ""
		if c.want != "" {
			want = path + ": " + c.want
		}
		if got := CanMake(path); got == nil && want != "" || got != nil && got.Error() != want {
			t.Errorf("%s: error %v, want %q", c.path, got, want)
		}
	}
	if found, err := os.ReadDir(dir); len(found) != 2 {
		t.Errorf("%v, %v", found, err)
	}
}
