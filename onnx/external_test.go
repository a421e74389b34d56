package onnx

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestExternal: numbers are read from other files of the model's folder, and from nowhere else.
func TestExternal(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "model")
	for _, d := range []string{folder, filepath.Join(folder, "in")} {
		if err := os.MkdirAll(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	numbers := []byte("\x00\x00\x00\x00\x00\x00\x80\x3f\x00\x00\x00\x40") // 0, 1, 2
	for _, name := range []string{"secret", "model/w.data", "model/in/w.data"} {
		if err := os.WriteFile(filepath.Join(dir, name), numbers, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	links := os.Symlink(filepath.Join(dir, "secret"), filepath.Join(folder, "link")) == nil
	entry := func(location, offset, length string) (list []*entryProto) {
		for key, value := range map[string]string{"location": location, "offset": offset, "length": length} {
			if value != "" {
				list = append(list, &entryProto{key, value})
			}
		}
		return list
	}
	for i, c := range []struct {
		external []*entryProto
		want     string // in the error; "" where the numbers are read
	}{
		{entry("w.data", "4", "8"), ""},
		{entry("in/w.data", "4", ""), ""},
		{entry("w.data", "8", "8"), "it has 12 bytes, and 8 are wanted behind the first 8: take the one"},
		{entry("w.data", "9223372036854775807", "8"), "are wanted behind the first"},
		{entry("w.data", "-4", "8"), `at the offset "-4", which is no place`},
		{entry("w.data", "x", "8"), `at the offset "x", which is no place`},
		{entry("w.data", "0", "12"), `its numbers are 12 bytes of the file "w.data", and its shape has 8`},
		{entry("none", "0", "8"), "no such file"},
		{entry("in", "0", "8"), "no file of bytes"},
		{entry("../secret", "4", "8"), "escapes"},
		{entry(filepath.Join(dir, "secret"), "4", "8"), "escapes"},
		{entry("link", "4", "8"), "escapes"},
	} {
		if c.external[0].value == "link" && !links {
			continue
		}
		p := plain()
		p.graph.initializers[0].rawData, p.graph.initializers[0].external, p.graph.initializers[0].location = nil, c.external, 1
		file := filepath.Join(folder, "m.onnx")
		if err := os.WriteFile(file, encode(p), 0o666); err != nil {
			t.Fatal(err)
		}
		m, err := Load(file)
		switch text := fmt.Sprint(err); {
		case c.want == "" && err != nil, c.want != "" && (err == nil || !strings.Contains(text, c.want) || !strings.HasPrefix(text, file+`: tensor "w": its numbers`) || strings.Contains(text, "\n")):
			t.Errorf("%d: error %v, want %s", i, err, c.want)
		case err == nil && fmt.Sprint(reals(m.inits["w"])) != "[1 2]":
			t.Errorf("%d: numbers %v", i, m.inits["w"])
		}
	}
}
