package checkpoint

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

var net = []Tensor{{"W1", []int{2, 2}, []float32{1, 2, 3, 4}}, {"b1", []int{2}, []float32{5, 6}}}

func TestSaveAndLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "net.safetensors")
	meta := map[string]string{"epoch": "1"}
	for range 2 { // the second replaces the first
		if err := Save(path, net, meta); err != nil {
			t.Fatal(err)
		}
		ts, gotMeta, err := Load(path)
		if err != nil || !reflect.DeepEqual(ts, net) || !reflect.DeepEqual(gotMeta, meta) {
			t.Errorf("%v %v %v", ts, gotMeta, err)
		}
	}
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
		t.Errorf("%v, %v: a temporary file stayed behind", files, err)
	}
	first, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Encode(net, meta)
	if err != nil || !bytes.Equal(first, again) {
		t.Errorf("the file differs from the same tensors encoded again; %v", err)
	}
}

func TestLoadErrors(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x")
	_, _, err := Load(path)
	if want := path + ": no such file or directory; name a file that can be read"; fmt.Sprint(err) != want || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if err := os.WriteFile(path, []byte("\x00"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, _, err = Load(path)
	if want := path + ": 1 bytes, a safetensors file has at least 10: the file is damaged; take another copy"; fmt.Sprint(err) != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestSaveErrors(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "no", "x")
	want := path + ": not written: no such file or directory; choose a folder that exists, may be written to and has room"
	if err := Save(path, net, nil); fmt.Sprint(err) != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	want = dir + ": a folder, not an ordinary file; choose another name"
	if err := Save(dir, net, nil); fmt.Sprint(err) != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	path = filepath.Join(dir, "x")
	want = path + `: tensor "W": 1 elements for shape [2], which has 2; correct one of them`
	if err := Save(path, []Tensor{{"W", []int{2}, []float32{1}}}, nil); fmt.Sprint(err) != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a file that failed is there:", err)
	}
}

// /dev/null must not become a file.
func TestSaveSparesDevices(t *testing.T) {
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

// TestSaveOverForbiddenFile: a file that may not be written to is not replaced, though its folder would allow it.
func TestSaveOverForbiddenFile(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root writes everywhere: run as another user to see this error")
	}
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, []byte("old"), 0o400); err != nil {
		t.Fatal(err)
	}
	want := path + ": it is there and may not be written to: permission denied; choose another name"
	if err := Save(path, net, nil); fmt.Sprint(err) != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestSaveIntoForbiddenFolder(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root writes everywhere: run as another user to see this error")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Skip("no file permissions here:", err)
	}
	path := filepath.Join(dir, "x")
	want := path + ": not written: permission denied; choose a folder that exists, may be written to and has room"
	if err := Save(path, net, nil); fmt.Sprint(err) != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
