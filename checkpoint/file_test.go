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
