package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/onnx"
	"github.com/stheno/stheno/train"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"gorgonia.org/tensor"
)

// files are a net that has learned MNIST for a moment, as a file of each kind, and images of MNIST's.
var files = sync.OnceValues(func() (dir string, err error) {
	if dir, err = os.MkdirTemp("", "predict"); err != nil {
		return "", err
	}
	return dir, write(dir)
})

func write(dir string) error {
	e, err := backend.Open("go")
	if err != nil {
		return err
	}
	defer e.Close()
	net, err := models.MLP{Widths: []int{784, 50, 10}, Activation: "relu", Seed: 1}.Net()
	if err != nil {
		return err
	}
	m, err := models.New(net, e, tensor.Float32)
	if err != nil {
		return err
	}
	defer m.Close()
	mnist, err := data.MNIST()
	if err != nil {
		return err
	}
	if _, err := train.Run(context.Background(), m, mnist, train.Config{Batch: 100, Iters: 1500, LR: 0.001, Seed: 1, Optimizer: models.Adam{}}, train.Events{}); err != nil {
		return err
	}
	if err := models.Save(filepath.Join(dir, "model.safetensors"), m); err != nil {
		return err
	}
	exported, err := onnx.Export(m)
	if err != nil {
		return err
	}
	if err := exported.Save(filepath.Join(dir, "model.onnx")); err != nil {
		return err
	}
	idx := append([]byte{0, 0, 8, 3, 0, 0, 0, 20, 0, 0, 0, 28, 0, 0, 0, 28}, mnist.Test.Images[:20*784]...)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(idx)
	z.Close()
	for name, content := range map[string][]byte{"images.idx": idx, "images.gz": packed.Bytes(), "empty": nil, "text": []byte("a digit\n"), "cut.png": []byte("\x89PNG\r\n\x1a\n"),
		"small.idx": {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4}} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o666); err != nil {
			return err
		}
	}
	return nil
}

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := files(); err == nil {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

func folder(t *testing.T) string {
	t.Helper()
	dir, err := files()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// drawn is a digit in Go's font, grey on white.
func drawn(t testing.TB, digit int) *image.Gray {
	t.Helper()
	f, err := opentype.Parse(goregular.TTF)
	if err != nil {
		t.Fatal(err)
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: 90, DPI: 72})
	if err != nil {
		t.Fatal(err)
	}
	img := image.NewGray(image.Rect(0, 0, 150, 180))
	for i := range img.Pix {
		img.Pix[i] = 250
	}
	(&font.Drawer{Dst: img, Src: image.NewUniform(color.Gray{Y: 40}), Face: face, Dot: fixed.P(20, 120)}).DrawString(fmt.Sprint(digit))
	return img
}

// encodings are the formats of pictures.
var encodings = map[string]func(w io.Writer, img image.Image) error{
	"png": png.Encode,
	"jpg": func(w io.Writer, img image.Image) error { return jpeg.Encode(w, img, nil) },
}

// ran runs the command and gives what it prints; it must be right.
func ran(t *testing.T, stdin []byte, args ...string) string {
	t.Helper()
	var out, errs strings.Builder
	if code := run(args, bytes.NewReader(stdin), &out, &errs); code != 0 || errs.Len() > 0 {
		t.Fatalf("%v: exit %d, %s", args, code, errs.String())
	}
	return out.String()
}

// TestPictures: printed digits are read from pictures of each format, from files and from standard input, by a model of each kind.
func TestPictures(t *testing.T) {
	dir := folder(t)
	for kind, encode := range encodings {
		right := 0
		var names []string
		for digit := range 10 {
			var b bytes.Buffer
			if err := encode(&b, drawn(t, digit)); err != nil {
				t.Fatal(err)
			}
			name := filepath.Join(t.TempDir(), fmt.Sprint(digit, ".", kind))
			if err := os.WriteFile(name, b.Bytes(), 0o666); err != nil {
				t.Fatal(err)
			}
			names = append(names, name)
			if out := ran(t, b.Bytes(), "-load", filepath.Join(dir, "model.safetensors")); strings.HasPrefix(out, fmt.Sprintf("-: %d ", digit)) {
				right++
			}
		}
		if right < 9 {
			t.Errorf("%s: %d of 10", kind, right)
		}
		ours := ran(t, nil, append([]string{"-load", filepath.Join(dir, "model.safetensors")}, names...)...)
		other := ran(t, nil, append([]string{"-load", filepath.Join(dir, "model.onnx")}, names...)...)
		if ours != other || strings.Count(ours, "\n") != 10 {
			t.Errorf("by safetensors\n%sby ONNX\n%s", ours, other)
		}
	}
}

// TestJSON: an object a line, with as many classes as -top says, the most probable first.
func TestJSON(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, drawn(t, 3)); err != nil {
		t.Fatal(err)
	}
	out := ran(t, b.Bytes(), "-load", filepath.Join(folder(t), "model.onnx"), "-json", "-top", "4")
	var l struct {
		Input, Class string
		Probability  float64
		Top          []struct {
			Class       string
			Probability float64
		}
	}
	if err := json.Unmarshal([]byte(out), &l); err != nil || l.Input != "-" || l.Class != "3" || len(l.Top) != 4 || l.Top[0].Probability != l.Probability || l.Probability < 0.5 {
		t.Errorf("%v: %s", err, out)
	}
	for i := 1; i < len(l.Top); i++ {
		if l.Top[i].Probability > l.Top[i-1].Probability {
			t.Errorf("not in order: %s", out)
		}
	}
}

// TestIDX: MNIST's own images are predicted as they are, packed or not: what the model makes of their bytes.
func TestIDX(t *testing.T) {
	dir := folder(t)
	e, err := backend.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	m, err := models.Load(filepath.Join(dir, "model.safetensors"), e)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	mnist, err := data.MNIST()
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, 20*784)
	if err := data.PixelRange(x, &mnist.Test, 0, 20); err != nil {
		t.Fatal(err)
	}
	y, err := m.Predict(tensor.New(tensor.WithShape(20, 784), tensor.WithBacking(x)))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"images.idx", "images.gz"} {
		file := filepath.Join(dir, name)
		lines := strings.Split(ran(t, nil, "-load", filepath.Join(dir, "model.safetensors"), "-top", "1", file), "\n")
		for i := range 20 {
			row := y.Float32s()[i*10 : i*10+10]
			best := models.Argmax(row)
			if want := fmt.Sprintf("%s[%d]: %d %.4f", filepath.ToSlash(file), i, best, row[best]); lines[i] != want {
				t.Errorf("%q, want %q", lines[i], want)
			}
		}
	}
}

// TestExplain: the picture that the net sees, in letters and as a PNG.
func TestExplain(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, drawn(t, 1)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "seen.png")
	lines := strings.Split(ran(t, b.Bytes(), "-load", filepath.Join(folder(t), "model.safetensors"), "-explain", "-explain-out", file), "\n")
	if len(lines) != 31 || lines[0] != "-:" || lines[1] != "" || !strings.Contains(lines[15], "@") || !strings.HasPrefix(lines[29], "-: ") {
		t.Errorf("it prints\n%s", strings.Join(lines, "\n"))
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil || img.Bounds().Size() != image.Pt(28*zoom, 28*zoom) {
		t.Fatalf("%v: %v", err, img)
	}
	at := func(x, y int) uint8 { return color.GrayModel.Convert(img.At(x*zoom+1, y*zoom+1)).(color.Gray).Y }
	if at(0, 0) != 0 || at(27, 27) != 0 || max(at(13, 14), at(14, 14), at(15, 14)) < 200 {
		t.Error("the digit is not white on black, in the middle")
	}
}

// TestWrong: what is wrong is one line that names it, and exit code 2.
func TestWrong(t *testing.T) {
	dir := folder(t)
	model := filepath.Join(dir, "model.safetensors")
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "no model: name its file with -load"},
		{[]string{"-load", filepath.Join(dir, "none")}, "-load: " + filepath.Join(dir, "none") + ": "},
		{[]string{"-load", filepath.Join(dir, "text")}, "-load: " + filepath.Join(dir, "text") + ": "},
		{[]string{"-load", model, "-top", "0", "x"}, "-top 0: name at least one class"},
		{[]string{"-load", model, "-as", "photo", "x"}, `-as "photo" is unknown: choose one of auto, digit, picture`},
		{[]string{"-load", model, "-backend", "gpu", "x"}, "-backend gpu: "},
		{[]string{"-load", model, filepath.Join(dir, "none.png")}, filepath.Join(dir, "none.png") + ": no such file"},
		{[]string{"-load", model, filepath.Join(dir, "empty")}, filepath.Join(dir, "empty") + ": it is empty"},
		{[]string{"-load", model, dir}, dir + ": is a directory"},
		{[]string{"-load", model, filepath.Join(dir, "cut.png")}, filepath.Join(dir, "cut.png") + ": no PNG or JPEG picture: "},
		{[]string{"-load", model, filepath.Join(dir, "small.idx")}, filepath.Join(dir, "small.idx") + ": an array of [1 2 2] bytes: the net reads samples of the shape [784]"},
	} {
		var out, errs strings.Builder
		code := run(c.args, strings.NewReader(""), &out, &errs)
		if line, ok := strings.CutSuffix(errs.String(), "\n"); code != 2 || !ok || !strings.HasPrefix(line, "predict: "+c.want) || strings.Contains(line, "\n") || out.Len() > 0 {
			t.Errorf("%v: exit %d, %q, %q, want %q", c.args, code, out.String(), errs.String(), c.want)
		}
	}
}

// TestLarge: a picture that says it is huge is refused before there is memory for it.
func TestLarge(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		t.Fatal(err)
	}
	huge := b.Bytes()
	copy(huge[16:24], "\x00\x01\x86\xa0\x00\x01\x86\xa0") // 100000 x 100000
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	const want = "predict: -: a picture of 100000x100000 pixels in "
	var out, errs strings.Builder
	if code := run([]string{"-load", filepath.Join(folder(t), "model.safetensors")}, bytes.NewReader(huge), &out, &errs); code != 2 || !strings.HasPrefix(errs.String(), want) || strings.Count(errs.String(), "\n") != 1 {
		t.Errorf("exit %d, %s", code, errs.String())
	}
}
