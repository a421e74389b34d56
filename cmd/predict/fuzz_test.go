package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/internal/command/commandtest"
)

func FuzzFlags(f *testing.F) {
	commandtest.Fuzz(f, commandName, func(t *testing.T, args []string, w io.Writer) error {
		o, err := parse(args, w)
		if err == nil && (o.load == "" || o.top < 1 || len(o.files) == 0) {
			t.Errorf("%+v are taken", o)
		}
		return err
	}, "-load\x00m\x00a\x00b", "-load\x00m\x00-top=0", "-load\x00m\x00-as\x00digit\x00-json\x00-explain", "-load=m\x00-as=x\x00-")
}

// FuzzInput: bytes are samples of finite numbers, or an error of one line.
func FuzzInput(f *testing.F) {
	e, err := backend.Open("go")
	if err != nil {
		f.Fatal(err)
	}
	dir, err := files()
	if err != nil {
		f.Fatal(err)
	}
	n, err := openNet(filepath.Join(dir, "model.safetensors"), e)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { n.Close(); e.Close() })
	for _, name := range []string{"images.idx", "images.gz", "text", "cut.png", "small.idx"} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content[:min(len(content), 2000)])
	}
	for _, encode := range encodings {
		var b bytes.Buffer
		if err := encode(&b, drawn(f, 5)); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	before := mostBytes
	f.Cleanup(func() { mostBytes = before })
	mostBytes = 1 << 20
	f.Fuzz(func(t *testing.T, content []byte) {
		samples, err := n.read(stdinName, bytes.NewReader(content), "auto")
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("not one line: %v", err)
			}
			return
		}
		for _, s := range samples {
			for _, v := range s.x {
				if v-v != 0 {
					t.Fatalf("an input of %v", v)
				}
			}
		}
	})
}
