package onnx

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// FuzzModel: bytes are a model or an error of one line, for memory that they bound. What is read is written and read again as the same.
// Its graph is built as a net, or refused.
func FuzzModel(f *testing.F) {
	f.Add(encode(full()))
	f.Add(encode(plain()))
	for _, c := range mistaken {
		p := plain()
		c.model(p)
		f.Add(encode(p))
	}
	files, _ := filepath.Glob("testdata/cases/*/model.onnx")
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		if len(content) < 3000 { // larger ones take the fuzzer long to make smaller
			f.Add(content)
		}
	}
	made := mostMade
	f.Cleanup(func() { mostMade = made })
	mostMade = 1 << 12
	f.Fuzz(func(t *testing.T, content []byte) {
		var m *Model
		var err error
		if spent := allocated(func() { m, err = Decode(content) }); spent > uint64(1<<20+2000*len(content)) {
			t.Errorf("%d bytes set aside for %d", spent, len(content))
		}
		if err != nil {
			oneLine(t, err)
			return
		}
		again, err := Decode(m.Encode())
		if err != nil || !bytes.Equal(again.Encode(), m.Encode()) {
			t.Errorf("written and read again: %v", err)
		}
		if len(m.graph.nodes) > 8 || m.numbers() > 1<<12 {
			return
		}
		if _, err := m.Net(); err != nil {
			oneLine(t, err)
		}
	})
}

func oneLine(t *testing.T, err error) {
	t.Helper()
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("not one line: %v", err)
	}
	var stopped runtime.Error
	if errors.As(err, &stopped) {
		t.Errorf("an error of Go's own: %v", err)
	}
}

// numbers is how large its values are at most.
func (m *Model) numbers() int {
	n := 0
	for _, t := range m.inits {
		n += size(t.Shape)
	}
	for _, v := range m.Inputs() {
		k := 1
		for _, d := range v.Shape {
			if d > 1<<12 || k > 1<<12 {
				return 1 << 20
			}
			k *= max(d, 1)
		}
		n += k
	}
	return n
}

// allocated is how many bytes a function takes.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
