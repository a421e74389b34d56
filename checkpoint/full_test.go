//go:build linux

package checkpoint

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A disk that fills up half-way, played by a limit to the size of files, leaves the old checkpoint as it was.
func TestSaveOnFullDisk(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "net.safetensors")
	if err := Save(path, net, nil); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}

	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Skip("no limit to the size of files here:", err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 4096, Max: old.Max}); err != nil {
		t.Skip("no limit to the size of files here:", err)
	}
	large := []Tensor{{"W", []int{100, 100}, make([]float32, 10000)}}
	failed := Save(path, large, nil)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}

	want := path + ": not written: file too large; choose a folder that exists, may be written to and has room"
	if fmt.Sprint(failed) != want {
		t.Errorf("got  %v\nwant %s", failed, want)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("the old file changed: %d bytes, were %d; %v", len(after), len(before), err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("%v, %v: a temporary file stayed behind", files, err)
	}
}
