package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/data/digit"
	"github.com/stheno/stheno/internal/memory"
	"github.com/stheno/stheno/internal/output"
)

// sample is what the net reads at once: inputs as it was trained on.
type sample struct {
	name string
	x    []float64
}

// stdinName is the name of standard input.
const stdinName = "-"

// mostBytes is of an input, packed or not.
var mostBytes = 1 << 30

// kinds are what a file may be, by how its content begins; the first that fits.
var kinds = []kind{
	{"\x89PNG", (*net).picture},
	{"\xff\xd8\xff", (*net).picture},
	{"\x00\x00\x08", (*net).idx},
	{"\x93NUMPY", (*net).array},
	{"", (*net).table},
}

type kind struct {
	begins string
	read   func(n *net, in content) ([]sample, error)
}

// content is a file that has been read.
type content struct {
	name  string
	bytes []byte
	as    string // the treatment of pictures
}

// read is the samples of a file, or of standard input.
func (n *net) read(name string, stdin io.Reader, as string) ([]sample, error) {
	in := content{name: name, as: as}
	var err error
	if name == stdinName {
		if in.bytes, err = whole(stdin); err != nil {
			return nil, fmt.Errorf("standard input: %w", err)
		}
	} else if in.bytes, err = file(name); err != nil {
		return nil, fmt.Errorf("%s: %w; name a file that can be read", name, output.Cause(err))
	}
	if in.bytes, err = unzipped(in.bytes); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	samples, err := n.samples(in)
	if err != nil && !strings.HasPrefix(err.Error(), name+": ") && !strings.HasPrefix(err.Error(), name+", line ") {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return samples, err
}

func (n *net) samples(in content) ([]sample, error) {
	if len(in.bytes) == 0 {
		return nil, errors.New("it is empty: give a picture (PNG, JPEG), IDX, CSV or .npy")
	}
	i := slices.IndexFunc(kinds, func(k kind) bool { return bytes.HasPrefix(in.bytes, []byte(k.begins)) })
	return kinds[i].read(n, in)
}

func file(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return whole(f)
}

// whole reads all of an input.
func whole(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, int64(mostBytes)+1))
	if len(b) > mostBytes {
		return nil, fmt.Errorf("more than %d bytes: give it in parts", mostBytes)
	}
	return b, err
}

// unzipped is what is compressed with gzip, or the bytes as they are.
func unzipped(b []byte) ([]byte, error) {
	if !bytes.HasPrefix(b, []byte("\x1f\x8b")) {
		return b, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err == nil {
		b, err = whole(z)
	}
	if err != nil {
		return nil, fmt.Errorf("as gzip: %w", err)
	}
	return b, nil
}

// picture is one sample: a digit brought into MNIST's form, or a picture scaled to the net's.
func (n *net) picture(in content) ([]sample, error) {
	size := n.image()
	if size == nil {
		return nil, fmt.Errorf("it is a picture, and the net reads samples of the shape %v: give rows of numbers", n.Net.Sample())
	}
	img, err := data.DecodePicture(bytes.NewReader(in.bytes), in.name, int64(len(in.bytes)))
	if err != nil {
		return nil, err
	}
	asDigit := *size == data.Image{Channels: 1, Height: 28, Width: 28}
	switch {
	case in.as == "digit" && !asDigit:
		return nil, fmt.Errorf("-as digit: a digit of MNIST's form has 28x28 pixels, the net reads %dx%dx%d", size.Channels, size.Height, size.Width)
	case in.as == "picture" || in.as == "auto" && !n.digits():
		asDigit = false
	}
	if asDigit {
		if img, err = digit.Normalise(img); err != nil {
			return nil, err
		}
	}
	pixels := make([]byte, size.Size())
	size.Bytes(pixels, img)
	return []sample{n.ofBytes(in.name, pixels)}, nil
}

// ofBytes is an image of bytes as the net's inputs.
func (n *net) ofBytes(name string, pixels []byte) sample {
	raw := make([]float64, len(pixels))
	for i, v := range pixels {
		raw[i] = float64(v)
	}
	before := n.before
	if before == nil {
		before = &data.Preprocessing{Divisor: 255} // what nets of pictures are trained on
	}
	return n.sample(before, name, raw)
}

// sample is raw numbers as the net's inputs.
func (n *net) sample(before *data.Preprocessing, name string, raw []float64) sample {
	s := sample{name, make([]float64, n.Net.In)}
	data.Apply(before, s.x, raw)
	return s
}

// idx is images of bytes, a sample each, as they are.
func (n *net) idx(in content) ([]sample, error) {
	a, err := data.ReadIDX(bytes.NewReader(in.bytes), in.name, int64(len(in.bytes)))
	if err != nil {
		return nil, err
	}
	count, each := a.Dims[0], len(a.Data)/a.Dims[0]
	if n.image() == nil || each != n.Net.In {
		return nil, fmt.Errorf("an array of %v bytes: the net reads samples of the shape %v", a.Dims, n.Net.Sample())
	}
	if err := n.room(count); err != nil {
		return nil, err
	}
	samples := make([]sample, count)
	for i := range samples {
		samples[i] = n.ofBytes(numbered(in.name, i), a.Data[i*each:(i+1)*each])
	}
	return samples, nil
}

// array is NumPy's: a row for each sample. Bytes are pixels, and other numbers what the training samples were before they were
// standardised, of pictures from 0 to 1.
func (n *net) array(in content) ([]sample, error) {
	a, err := data.NewNPY(bytes.NewReader(in.bytes), in.name, int64(len(in.bytes)))
	if err != nil {
		return nil, err
	}
	if want := n.raws(); a.Row() != want {
		return nil, fmt.Errorf("an array of %v: the net reads rows of %d numbers", a.Dims, want)
	}
	if err := n.room(a.Dims[0]); err != nil {
		return nil, err
	}
	before := n.before
	if before != nil && before.Image != nil && !a.Bytes() {
		undivided := *before
		undivided.Divisor = 1
		before = &undivided
	} else if before == nil && a.Bytes() && n.image() != nil {
		before = &data.Preprocessing{Divisor: 255}
	}
	samples, raw := make([]sample, a.Dims[0]), make([]float64, a.Row())
	for i := range samples {
		if err := a.Next(raw); err != nil {
			return nil, err
		}
		if at := slices.IndexFunc(raw, func(v float64) bool { return v-v != 0 }); at >= 0 {
			return nil, fmt.Errorf("number %d of row %d is %v: the net reads finite numbers", at, i, raw[at])
		}
		samples[i] = n.sample(before, numbered(in.name, i), raw)
	}
	return samples, nil
}

// raws is how many numbers a sample has before it becomes inputs.
func (n *net) raws() int {
	if n.before != nil && n.before.Columns != nil {
		return len(n.before.Columns)
	}
	return n.Net.In
}

// room is an error where there is no memory for so many samples.
func (n *net) room(samples int) error {
	if err := memory.Fits(16 * float64(samples) * float64(n.Net.In)); err != nil {
		return fmt.Errorf("%d samples: %w: give them in parts", samples, err)
	}
	return nil
}

// table is a table with a line of column names: a sample in each line below.
func (n *net) table(in content) ([]sample, error) {
	var samples []sample
	err := data.Rows(bytes.NewReader(in.bytes), in.name, n.before, func(line int, raw []float64) error {
		if want := n.raws(); len(raw) != want {
			return fmt.Errorf("%d columns: the net reads %d numbers", len(raw), want)
		}
		if len(samples)%1000 == 0 {
			if err := n.room(1000); err != nil {
				return err
			}
		}
		samples = append(samples, n.sample(n.before, fmt.Sprintf("%s:%d", filepath.ToSlash(in.name), line), raw))
		return nil
	})
	if err == nil && len(samples) == 0 {
		err = errors.New("there is no line below the names of the columns")
	}
	return samples, err
}

// numbered is the name of a sample among several of a file, counted from 0.
func numbered(name string, i int) string { return fmt.Sprintf("%s[%d]", filepath.ToSlash(name), i) }
