package data

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func pngOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// grey is a picture whose pixels count from a number on.
func grey(width, height int, from byte) *image.Gray {
	m := image.NewGray(image.Rect(0, 0, width, height))
	for i := range m.Pix {
		m.Pix[i] = from + byte(i)
	}
	return m
}

// tree writes files with their folders.
func tree(t testing.TB, files map[string][]byte) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestPictures: a folder for each class; pixels as they are where the size is theirs; other files are left alone.
func TestPictures(t *testing.T) {
	one, two := pngOf(t, grey(3, 2, 10)), pngOf(t, grey(3, 2, 100))
	dir := tree(t, map[string][]byte{"cat/b.png": one, "cat/a.PNG": one, "dog/x.png": two, "dog/y.png": two, "dog/notes.txt": {1}, "dog/.z.png": {1}, ".git/x.png": {1}, "list.txt": {1}})
	s := open(t, dir, OpenOptions{Split: 0.5})
	if !slices.Equal(s.Classes, []string{"cat", "dog"}) || !slices.Equal(s.Shape, []int{1, 2, 3}) || s.Train.Len()+s.Test.Len() != 4 {
		t.Fatalf("%v", s)
	}
	x, y := both(t, s)
	for i, row := range x {
		first := map[bool]float64{true: 10, false: 100}[y[i][0] == 1]
		for p, v := range row {
			if math.Abs(v*255-first-float64(p)) > 1e-9 {
				t.Errorf("%v of class %v", row, y[i])
				break
			}
		}
	}
	parts := open(t, tree(t, map[string][]byte{"train/cat/b.png": one, "train/dog/x.png": two, "test/dog/y.png": two}), OpenOptions{})
	if parts.Train.Len() != 2 || parts.Test.Len() != 1 {
		t.Errorf("%v", parts)
	}
	if _, y := all(t, parts.Test); y[0][1] != 1 {
		t.Errorf("the dog is %v", y)
	}
}

// TestPictureBytes: scaling keeps what is even, a half becomes the mean; colours have their planes, transparent is black.
func TestPictureBytes(t *testing.T) {
	even := image.NewGray(image.Rect(5, 7, 25, 37))
	halves := image.NewRGBA(image.Rect(0, 0, 8, 8))
	clear := image.NewNRGBA(image.Rect(0, 0, 2, 1))
	clear.Set(0, 0, color.NRGBA{200, 100, 50, 255})
	clear.Set(1, 0, color.NRGBA{200, 100, 50, 0})
	for i := range even.Pix {
		even.Pix[i] = 77
	}
	for y := range 8 {
		for x := range 8 {
			halves.Set(x, y, color.RGBA{byte(x / 4 * 200), 40, byte(y / 4 * 100), 255})
		}
	}
	for name, c := range map[string]struct {
		size    Image
		picture image.Image
		want    []byte
		within  int
	}{
		"even":        {Image{1, 3, 2}, even, []byte{77, 77, 77, 77, 77, 77}, 0},
		"larger":      {Image{1, 50, 60}, even, bytes.Repeat([]byte{77}, 3000), 0},
		"one pixel":   {Image{3, 1, 1}, halves, []byte{100, 40, 50}, 2},
		"colours":     {Image{3, 2, 2}, halves, []byte{0, 200, 0, 200, 40, 40, 40, 40, 0, 0, 100, 100}, 30},
		"transparent": {Image{3, 1, 2}, clear, []byte{200, 0, 100, 0, 50, 0}, 0},
		"to grey":     {Image{1, 1, 2}, clear, []byte{124, 0}, 1},
	} {
		got := make([]byte, c.size.Size())
		c.size.Bytes(got, c.picture)
		for i, v := range c.want {
			if d := int(got[i]) - int(v); d > c.within || -d > c.within {
				t.Errorf("%s: %v, want %v", name, got[:min(12, len(got))], c.want[:min(12, len(c.want))])
				break
			}
		}
	}
}

// pngHeader is a picture that promises a size and has nothing.
func pngHeader(width, height uint32) []byte {
	b := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
	b = binary.BigEndian.AppendUint32(b, width)
	b = binary.BigEndian.AppendUint32(b, height)
	b = append(b, 16, 6, 0, 0, 0)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[12:]))
}

// TestPictureMistakes: what a header promises takes no memory.
func TestPictureMistakes(t *testing.T) {
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, grey(30, 20, 0), nil); err != nil {
		t.Fatal(err)
	}
	good := pngOf(t, grey(3, 2, 0))
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"a.png":  {pngHeader(100000, 100000), ": a picture of 100000x100000 pixels in 33 bytes: at most 134217728 pixels are read, and 1100 for each byte: the file is damaged, or scale it down"},
		"b.png":  {pngHeader(10000, 10000), ": a picture of 10000x10000 pixels in 33 bytes: "},
		"c.png":  {pngHeader(1000, 1000), ": the picture is damaged: unexpected EOF"},
		"d.png":  {good[:len(good)-20], ": the picture is damaged: "},
		"e.png":  {[]byte("GIF89a"), ": no PNG or JPEG picture: "},
		"f.jpeg": {photo.Bytes()[:40], ": no PNG or JPEG picture: "},
	} {
		dir := tree(t, map[string][]byte{"cat/" + name: c.content, "dog/ok.jpg": photo.Bytes()})
		var err error
		took := allocated(func() { _, err = Open(dir, OpenOptions{}) })
		if want := filepath.Join(dir, "cat", name) + c.want; err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want %s", err, want)
		}
		if took > 20<<20 {
			t.Errorf("%s: %d bytes were taken", name, took)
		}
	}
	wide := tree(t, map[string][]byte{"cat/x.png": pngOf(t, image.NewRGBA(image.Rect(0, 0, 2000, 1000)))})
	if _, err := Open(wide, OpenOptions{}); fmt.Sprint(err) != filepath.Join(wide, "cat/x.png")+": preprocessing: pictures of 3x1000x2000: want 1 or 3 channels, a height and a width of at least 1, and 4194304 numbers at most: choose a size that they are scaled to (-image)" {
		t.Errorf("error %v", err)
	}
	none := tree(t, map[string][]byte{"cat/x.txt": {1}})
	if _, err := Open(none, OpenOptions{}); fmt.Sprint(err) != none+": there are no PNG or JPEG pictures in its folders, one for each class" {
		t.Errorf("error %v", err)
	}
	if _, err := Open(t.TempDir(), OpenOptions{}); err == nil || !strings.Contains(err.Error(), "what is there is none of the kinds that are read: a table, NAME.csv") {
		t.Errorf("error %v", err)
	}
}

// TestIDXFolder: whole folders stay bytes; without images to test on a part is split off, and standardised images are for each channel.
func TestIDXFolder(t *testing.T) {
	files := small()
	if s := open(t, write(t, files), OpenOptions{}); Bytes(s.Train) == nil || s.Test.Len() != 2 || s.String() == "" {
		t.Errorf("%v is not left as bytes", s)
	}
	s := open(t, write(t, files), OpenOptions{Standardise: true, Classes: []string{"a", "b", "c"}})
	x, y := all(t, s.Train)
	sum := 0.
	for _, row := range x {
		for _, v := range row {
			sum += v
		}
	}
	if math.Abs(sum) > 1e-9 || len(s.Preprocessing.Mean) != 1 || y[0][2] != 1 || s.Test.Len() != 2 {
		t.Errorf("a sum of %v, %s, %v", sum, s.Preprocessing.Text(), y)
	}
	delete(files, testImages)
	delete(files, testLabels)
	if s := open(t, write(t, files), OpenOptions{Split: 0.4}); s.Train.Len() != 2 || s.Test.Len() != 1 || !slices.Equal(s.Shape, []int{1, 2, 4}) {
		t.Errorf("%v", s)
	}
}
