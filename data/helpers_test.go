package data

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// idx makes an IDX file of unsigned bytes.
func idx(data []byte, dims ...uint32) []byte {
	b := []byte{0, 0, typeByte, byte(len(dims))}
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, d)
	}
	return append(b, data...)
}

func gzipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var w bytes.Buffer
	z := gzip.NewWriter(&w)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return w.Bytes()
}

func count(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

// small is a dataset of 3 training and 2 test images of 2×4 pixels in 3 classes.
func small() map[string][]byte {
	return map[string][]byte{
		trainImages: idx(count(24), 3, 2, 4),
		trainLabels: idx([]byte{2, 0, 1}, 3),
		testImages:  idx(count(16), 2, 2, 4),
		testLabels:  idx([]byte{1, 1}, 2),
	}
}

func write(t testing.TB, files map[string][]byte) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
