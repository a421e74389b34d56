package data

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLoad(t *testing.T) {
	spellings := map[string]func(name string, content []byte) (string, []byte){
		"plain":  func(n string, c []byte) (string, []byte) { return n, c },
		"gzip":   func(n string, c []byte) (string, []byte) { return n + ".gz", gzipped(t, c) },
		"dotted": func(n string, c []byte) (string, []byte) { return strings.Replace(n, "-idx", ".idx", 1), c },
		"dottedgzip": func(n string, c []byte) (string, []byte) {
			return strings.Replace(n, "-idx", ".idx", 1) + ".gz", gzipped(t, c)
		},
	}
	for name, change := range map[string]func(c []byte) []byte{
		"two members":                func(c []byte) []byte { return append(gzipped(t, c[:5]), gzipped(t, c[5:])...) },
		"a member of nothing":        func(c []byte) []byte { return append(gzipped(t, c), gzipped(t, nil)...) },
		"a zero after it":            func(c []byte) []byte { return append(gzipped(t, c), 0) },
		"zeros to the end of blocks": func(c []byte) []byte { return append(gzipped(t, c), make([]byte, 10_240)...) },
		"two members and zeros": func(c []byte) []byte {
			return append(append(gzipped(t, c[:5]), gzipped(t, c[5:])...), make([]byte, 512)...)
		},
	} {
		spellings[name] = func(n string, c []byte) (string, []byte) { return n + ".gz", change(c) }
	}
	for name, spell := range spellings {
		t.Run(name, func(t *testing.T) {
			files := map[string][]byte{}
			for n, c := range small() {
				n, c = spell(n, c)
				files[n] = c
			}
			dir := write(t, files)
			d, err := Load(dir)
			if err != nil {
				t.Fatal(err)
			}
			if d.Name != dir || d.Rows != 2 || d.Cols != 4 || d.Classes != 3 || d.Train.Pixels() != 8 {
				t.Errorf("%+v", d)
			}
			if !bytes.Equal(d.Train.Images, count(24)) || !bytes.Equal(d.Train.Labels, []byte{2, 0, 1}) ||
				!bytes.Equal(d.Test.Images, count(16)) || !bytes.Equal(d.Test.Labels, []byte{1, 1}) {
				t.Errorf("%+v", d)
			}
		})
	}
}

// Each broken folder gives one line that names the file and says what to do.
func TestLoadErrors(t *testing.T) {
	whole := small()
	cut := func(b []byte, n int) []byte { return b[:len(b)-n] }
	wrong := func(b []byte, at int, v byte) []byte { b = bytes.Clone(b); b[at] = v; return b }
	const gz = trainImages + ".gz"
	for name, c := range map[string]struct {
		file    string
		content []byte // nil: no such file
		want    string // after the folder and a slash
	}{
		"missing":              {testLabels, nil, "t10k-labels-idx1-ubyte: no file there, nor with .gz; put the four IDX files of the dataset into this folder"},
		"empty":                {trainImages, []byte{}, "train-images-idx3-ubyte: the file is empty; download it again"},
		"short magic":          {trainImages, whole[trainImages][:3], "train-images-idx3-ubyte: ends after 3 bytes of a header of 4: the file is truncated; download it again"},
		"short header":         {trainImages, whole[trainImages][:9], "train-images-idx3-ubyte: ends after 9 bytes of a header of 16: the file is truncated; download it again"},
		"only header":          {trainImages, whole[trainImages][:16], "train-images-idx3-ubyte: 0 bytes of elements, the header promises 24: the file is truncated; download it again"},
		"truncated":            {trainImages, cut(whole[trainImages], 1), "train-images-idx3-ubyte: 23 bytes of elements, the header promises 24: the file is truncated; download it again"},
		"trailing":             {trainLabels, append(bytes.Clone(whole[trainLabels]), 0), "train-labels-idx1-ubyte: more bytes follow the 3 that the header promises: this is not a whole IDX file; download it again"},
		"not IDX":              {trainImages, []byte("<html>404</html>"), "train-images-idx3-ubyte: starts with 3c 68 74 6d, an IDX file with 00 00: this is another kind of file; download it again"},
		"floats":               {trainImages, wrong(whole[trainImages], 2, 0x0d), "train-images-idx3-ubyte: elements of type 0x0d, only unsigned bytes (0x08) are read; convert it"},
		"no dimension":         {trainImages, wrong(whole[trainImages], 3, 0), "train-images-idx3-ubyte: 0 dimensions, images have 3 and labels 1: this is another kind of file; download it again"},
		"many dimensions":      {trainImages, wrong(whole[trainImages], 3, 9), "train-images-idx3-ubyte: 9 dimensions, images have 3 and labels 1: this is another kind of file; download it again"},
		"no images":            {trainImages, idx(nil, 0, 2, 4), "train-images-idx3-ubyte: dimension 0 is 0: there is nothing in the file; download it again"},
		"no pixels":            {trainImages, idx(nil, 3, 2, 0), "train-images-idx3-ubyte: dimension 2 is 0: there is nothing in the file; download it again"},
		"overflow":             {trainImages, idx(nil, 1<<31, 1<<31, 1<<31), "train-images-idx3-ubyte: the dimensions multiply to more bytes than memory can hold: the header is damaged; download it again"},
		"huge promise":         {trainImages, idx([]byte{1, 2, 3, 4}, 1<<20, 1<<8, 1), "train-images-idx3-ubyte: 4 bytes of elements, the header promises 268435456: the file is truncated; download it again"},
		"labels as images":     {trainImages, whole[trainLabels], "train-images-idx3-ubyte: 1 dimensions, images have 3 (magic 0x00000803); put the file of the images there"},
		"images as labels":     {testLabels, whole[testImages], "t10k-labels-idx1-ubyte: 3 dimensions, labels have 1 (magic 0x00000801); put the file of the labels there"},
		"fewer labels":         {trainLabels, idx([]byte{0, 1}, 2), "train-labels-idx1-ubyte: 2 labels for the 3 images of DIR/train-images-idx3-ubyte; take both files from the same dataset"},
		"other size":           {testImages, idx(count(12), 2, 2, 3), "t10k-images-idx3-ubyte: images of 2×3 pixels, those of DIR/train-images-idx3-ubyte have 2×4; take both files from the same dataset"},
		"wild label":           {trainLabels, idx([]byte{0, 200, 1}, 3), "train-labels-idx1-ubyte: label 200 (number 1) is out of range, only 3 of the 201 classes up to it have an image; correct it or number the classes from 0"},
		"unseen test label":    {testLabels, idx([]byte{0, 10}, 2), "t10k-labels-idx1-ubyte: label 10 (number 1) is out of range, the training labels end at 2; correct it or download the file again"},
		"gzip, no .gz":         {trainImages, gzipped(t, whole[trainImages]), "train-images-idx3-ubyte: this is a gzip file; add .gz to its name"},
		"no gzip":              {gz, whole[trainImages], "train-images-idx3-ubyte.gz: not a gzip file (gzip: invalid header); download it again, or drop .gz from its name if it is not compressed"},
		"empty gzip":           {gz, []byte{}, "train-images-idx3-ubyte.gz: the file is empty; download it again"},
		"gzip of nothing":      {gz, gzipped(t, nil), "train-images-idx3-ubyte.gz: the file is empty; download it again"},
		"gzip cut":             {gz, gzipped(t, whole[trainImages])[:10], "train-images-idx3-ubyte.gz: ends after 0 bytes of a header of 4: the file is truncated; download it again"},
		"gzip, no checksum":    {gz, cut(gzipped(t, whole[trainImages]), 3), "train-images-idx3-ubyte.gz: unexpected EOF at the end of the data: the file is damaged; download it again"},
		"gzip, bad sum":        {gz, wrong(gzipped(t, whole[trainImages]), len(gzipped(t, whole[trainImages]))-6, 7), "train-images-idx3-ubyte.gz: gzip: invalid checksum at the end of the data: the file is damaged; download it again"},
		"gzip, then rest":      {gz, append(gzipped(t, whole[trainImages]), "rest of something"...), "train-images-idx3-ubyte.gz: gzip: invalid header at the end of the data: the file is damaged; download it again"},
		"gzip, zeros, rest":    {gz, append(gzipped(t, whole[trainImages]), "\x00\x00\x1f\x8b"...), "train-images-idx3-ubyte.gz: gzip: invalid header at the end of the data: the file is damaged; download it again"},
		"gzip, then a cut one": {gz, append(gzipped(t, whole[trainImages]), 0x1f, 0x8b), "train-images-idx3-ubyte.gz: unexpected EOF at the end of the data: the file is damaged; download it again"},
		"gzip bomb":            {gz, gzipped(t, append(whole[trainImages], make([]byte, 1<<20)...)), "train-images-idx3-ubyte.gz: more bytes follow the 24 that the header promises: this is not a whole IDX file; download it again"},
	} {
		t.Run(name, func(t *testing.T) {
			files := maps.Clone(whole)
			delete(files, strings.TrimSuffix(c.file, ".gz"))
			if c.content != nil {
				files[c.file] = c.content
			}
			dir := write(t, files)
			_, err := Load(dir)
			want := filepath.Join(dir, strings.ReplaceAll(c.want, "DIR", dir))
			if fmt.Sprint(err) != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

func TestLoadWithoutFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "nowhere")
	_, err := Load(dir)
	if want := dir + ": no such folder; name one that holds train-images-idx3-ubyte[.gz] and the other three IDX files"; fmt.Sprint(err) != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestLoadUnreadable(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root reads every file: run as another user to see this error")
	}
	dir := write(t, small())
	path := filepath.Join(dir, trainImages)
	if err := os.Chmod(path, 0); err != nil {
		t.Skip("no file permissions here:", err)
	}
	_, err := Load(dir)
	if want := "open " + path + ": permission denied; make the file readable"; fmt.Sprint(err) != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// What the rule for labels lets through.
func TestClasses(t *testing.T) {
	for _, c := range []struct {
		train, test []byte
		want        int
	}{
		{[]byte{5, 0, 4, 1, 9}, []byte{7, 2}, 10}, // a few MNIST digits
		{[]byte{7}, []byte{9}, 10},                // fewer still
		{[]byte{0, 0}, []byte{0}, 1},
		{count(27)[1:], []byte{26}, 27}, // EMNIST letters count from 1
		{count(256), []byte{3}, 256},
	} {
		got, err := countClasses(part{"train", IDX{nil, c.train}}, part{"test", IDX{nil, c.test}})
		if err != nil || got != c.want {
			t.Errorf("train %v, test %v: %d classes, %v; want %d", c.train, c.test, got, err, c.want)
		}
	}
}
