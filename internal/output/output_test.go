package output

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// /dev/null must not become a file.
func TestWriteFileSparesDevices(t *testing.T) {
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Skip("no device file here")
	}
	link := filepath.Join(t.TempDir(), "link") // a name that may be replaced, should the check fail
	if err := os.Symlink(os.DevNull, link); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	want := link + ": a device, not an ordinary file; choose another name"
	if err := WriteFile(link, nil); fmt.Sprint(err) != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// TestWriteFileFollowsLinks: the file that links lead to is written, also if it is not there yet, and the links stay.
func TestWriteFileFollowsLinks(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "deep", "er"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "old"), []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"folder": filepath.Join("deep", "er"), "second": "new2", "loop": "loop", "lost": "none/new"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Skip("no symbolic links here:", err)
		}
	}
	for _, l := range []struct{ link, to, target string }{
		{"there", "old", "old"},
		{"dangling", "new", "new"},
		{"first", "second", "new2"},
		{"absolute", filepath.Join(dir, "new3"), "new3"},
		{"up", "folder/../new4", filepath.Join("deep", "new4")}, // .. is of what the link leads to
	} {
		link := filepath.Join(dir, l.link)
		if err := os.Symlink(l.to, link); err != nil {
			t.Fatal(err)
		}
		if err := WriteFile(link, []byte(l.link)); err != nil {
			t.Error(err)
		}
		if got, err := os.ReadFile(filepath.Join(dir, l.target)); string(got) != l.link {
			t.Errorf("%s: %q, %v", l.link, got, err)
		}
		if to, err := os.Readlink(link); to != l.to {
			t.Errorf("%s: the link is gone: %q, %v", l.link, to, err)
		}
	}
	for link, want := range map[string]string{"loop": "too many levels of symbolic links", "lost": "no such file or directory"} {
		link = filepath.Join(dir, link)
		want = link + ": not written: " + want + "; choose a folder that exists, may be written to and has room"
		if err := WriteFile(link, nil); fmt.Sprint(err) != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}
