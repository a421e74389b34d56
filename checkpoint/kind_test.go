package checkpoint

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// zipped is a zip archive of one file.
func zipped(t *testing.T, name string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
	if err == nil {
		_, err = f.Write([]byte("content"))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestForeignFiles: a file of another kind is called by its name, with what to do, not damaged.
func TestForeignFiles(t *testing.T) {
	dir := t.TempDir()
	for want, content := range map[string][]byte{
		"it is a PyTorch file, not a safetensors file: save the tensors again with safetensors.torch.save_file": zipped(t, "archive/data.pkl"),
		"it is an npz file of NumPy, not":                            zipped(t, "W1.npy"),
		"it is a zip archive, not":                                   zipped(t, "model/config.json"),
		"it is an npy file of NumPy, not":                            []byte("\x93NUMPY\x01\x00v\x00{'descr': '<f4'"),
		"it is a Python pickle, such as an old PyTorch file, not":    []byte("\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."),
		"it is an HDF5 file, such as one of Keras, not":              []byte("\x89HDF\r\n\x1a\n\x00\x00\x00"),
		"it is a GGUF file, not":                                     []byte("GGUF\x03\x00\x00\x00\x01\x00"),
		"it is compressed (gzip), not a safetensors file: unpack":    gzipped(t),
		"it is compressed (bzip2), not":                              []byte("BZh91AY&SY\x00\x00"),
		"it is compressed (xz), not":                                 []byte("\xfd7zXZ\x00\x00\x04\xe6"),
		"it is compressed (zstd), not":                               []byte("\x28\xb5\x2f\xfd\x24\x00\x01"),
		"it is a data set's IDX file, not":                           []byte("\x00\x00\x08\x03\x00\x00\xea\x60\x00\x00\x00\x1c"),
		"it is a picture, not":                                       []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"),
		"it is a program, not":                                       []byte("\x7fELF\x02\x01\x01\x00\x00"),
		"it is a pointer of Git LFS, not":                            []byte("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"),
		"it is an HTML page, not a safetensors file: download":       []byte("\n<!DOCTYPE html>\n<html lang=\"en\"><head></head></html>"),
		"it is a JSON file, not":                                     []byte("{\"event\":\"start\",\"backend\":\"go\"}\n"),
		"it is a text file, not":                                     []byte("iter,loss,train_acc\n0,2.3,0.1\n"),
		"it is a text file, not a safetensors file: name the file w": []byte(strings.Repeat("ä", 300)[:headSize+1]), // cut off within a rune
		"0 bytes, a safetensors file has at least 10":                nil,
	} {
		_, _, err := Decode(content)
		if !strings.HasPrefix(fmt.Sprint(err), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got  %v\nwant %s on one line", err, want)
		}
		path := filepath.Join(dir, "file")
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Load(path); !strings.HasPrefix(fmt.Sprint(err), path+": "+want) {
			t.Errorf("got  %v\nwant %s: %s", err, path, want)
		}
	}
}

// TestForeignSparesOurs: whatever the length of its header looks like, a safetensors file is one.
func TestForeignSparesOurs(t *testing.T) {
	for _, start := range []string{"PK\x03\x04", "\x1f\x8b\x00", "\x80\x02\x00", "\x00\x00\x08", "BZh", "MZ"} {
		head := append([]byte(start), make([]byte, 8-len(start))...)
		if err := foreign(append(head, `{"a":{}}`...)); err != nil {
			t.Errorf("%q: %v", start, err)
		}
	}
}
