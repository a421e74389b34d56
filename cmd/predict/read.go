package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // the formats that pictures are read of
	_ "image/png"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/data/digit"
	"github.com/stheno/stheno/internal/memory"
	"github.com/stheno/stheno/internal/output"

	"golang.org/x/image/draw"
)

// sample is what the net reads at once: inputs as it was trained on.
type sample struct {
	name string
	x    []float64
}

// stdinName is the name of standard input.
const stdinName = "-"

// What is read at most: bytes of an input, packed or not, and pixels of a picture, which takes up to 16 bytes for each.
var (
	mostBytes  = 1 << 30
	mostPixels = 1 << 26
)

// kinds are what a file may be, by how its content begins; what begins otherwise is a table.
var kinds = []struct {
	begins string
	read   func(n *net, in content) ([]sample, error)
}{
	{"\x89PNG", (*net).picture},
	{"\xff\xd8\xff", (*net).picture},
	{"\x00\x00\x08", (*net).idx},
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
	if err != nil && !strings.HasPrefix(err.Error(), name+": ") {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return samples, err
}

func (n *net) samples(in content) ([]sample, error) {
	if len(in.bytes) == 0 {
		return nil, errors.New("it is empty: give a picture (PNG, JPEG), IDX, CSV or .npy")
	}
	for _, k := range kinds {
		if bytes.HasPrefix(in.bytes, []byte(k.begins)) {
			return k.read(n, in)
		}
	}
	return nil, errors.New("it is none of the kinds that are read: give a picture (PNG, JPEG) or IDX")
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
	config, _, err := image.DecodeConfig(bytes.NewReader(in.bytes))
	if err != nil {
		return nil, fmt.Errorf("as a picture: %w", err)
	}
	if config.Width < 1 || config.Height < 1 || config.Width > mostPixels/config.Height {
		return nil, fmt.Errorf("a picture of %dx%d pixels: at most %d are read", config.Width, config.Height, mostPixels)
	}
	if err := memory.Fits(16 * float64(config.Width) * float64(config.Height)); err != nil {
		return nil, fmt.Errorf("a picture of %dx%d pixels: %w", config.Width, config.Height, err)
	}
	img, _, err := image.Decode(bytes.NewReader(in.bytes))
	if err != nil {
		return nil, fmt.Errorf("as a picture: %w", err)
	}
	asDigit := size.Channels == 1 && size.Height == 28 && size.Width == 28
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
	return []sample{n.sample(in.name, scaled(img, size))}, nil
}

// scaled are the bytes of a picture of the net's size, channel by channel.
func scaled(img image.Image, size *data.Image) []float64 {
	r := image.Rect(0, 0, size.Width, size.Height)
	raw := make([]float64, size.Channels*size.Height*size.Width)
	if size.Channels == 1 {
		grey := image.NewGray(r)
		draw.Draw(grey, r, image.White, image.Point{}, draw.Src)
		draw.BiLinear.Scale(grey, r, img, img.Bounds(), draw.Over, nil)
		for i, v := range grey.Pix {
			raw[i] = float64(v)
		}
		return raw
	}
	colour := image.NewRGBA(r)
	draw.Draw(colour, r, image.White, image.Point{}, draw.Src)
	draw.BiLinear.Scale(colour, r, img, img.Bounds(), draw.Over, nil)
	plane := size.Height * size.Width
	for i := range plane {
		for c := range size.Channels {
			raw[c*plane+i] = float64(colour.Pix[4*i+c])
		}
	}
	return raw
}

// sample is raw numbers as the net's inputs.
func (n *net) sample(name string, raw []float64) sample {
	before := n.before
	if before == nil {
		before = &data.Preprocessing{Divisor: 255} // of bytes: what nets of pictures are trained on
	}
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
	if err := memory.Fits(16 * float64(len(a.Data))); err != nil {
		return nil, err
	}
	samples := make([]sample, count)
	raw := make([]float64, each)
	for i := range samples {
		for j, v := range a.Data[i*each : (i+1)*each] {
			raw[j] = float64(v)
		}
		samples[i] = n.sample(numbered(in.name, i), raw)
	}
	return samples, nil
}

// numbered is the name of a sample among several of a file, counted from 0.
func numbered(name string, i int) string { return fmt.Sprintf("%s[%d]", filepath.ToSlash(name), i) }
