package data

import (
	"archive/zip"
	"bytes"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// checkOpened: what was opened is one line that names the file, or a set whose samples are numbers.
func checkOpened(t *testing.T, path string, o OpenOptions) {
	t.Helper()
	s, err := Open(path, o)
	if err != nil {
		if strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), path) {
			t.Errorf("not one line that names the file: %q", err)
		}
		return
	}
	defer s.Close()
	if _, err := ParsePreprocessing(s.Preprocessing.Text()); err != nil {
		t.Error(err)
	}
	x, y := both(t, s)
	for i, row := range x {
		for _, v := range row {
			if v-v != 0 {
				t.Fatalf("sample %d: %v", i, row)
			}
		}
		ones := 0
		for _, v := range y[i] {
			if v == 1 {
				ones++
			}
		}
		if !s.Regression() && ones != 1 {
			t.Fatalf("sample %d: a target of %v", i, y[i])
		}
	}
}

// FuzzTable: any text is a table, or an error of one line.
func FuzzTable(f *testing.F) {
	for _, text := range []string{passengers, points(5), "a,y\n1,p\n2,q\n", "a;b\n1;2\n3;4", "a\ty\n\t\n", "\ufeff", "a,y\n\"1\n\",p\n", "a,,y\n1,2,3\n", "y,a\n3e38,1e308\n-3e38,-3e38\n", "0,a\n1e-300,0\n-1e38,00"} {
		f.Add(text, "", byte(0))
		f.Add(text, "a,b", byte(3))
	}
	f.Fuzz(func(t *testing.T, text, names string, how byte) {
		path := filepath.Join(t.TempDir(), "t.csv")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		o := OpenOptions{Regression: how&1 > 0, Standardise: how&2 > 0, Split: 0.5}
		if how&4 > 0 {
			o.Memory = 16
		}
		if names != "" {
			list := strings.Split(names, ",")
			o.Categories, o.Drop = list[:1], list[1:]
		}
		checkOpened(t, path, o)
	})
}

// npyMemory is what reading an array may take: its header, one row as it is and as numbers, and what its reader has.
const npyMemory = 2*npyHeader + 9*8*mostInputs + 1<<20

// FuzzNPY: any bytes are an array whose rows can be read, or an error of one line. No header takes memory beyond that of a row.
func FuzzNPY(f *testing.F) {
	for _, b := range [][]byte{npy("<f8", "2, 2", float64s(1, 2, 3, 4)), npy("|u1", "4,", []byte{3, 10, 3, 10}), npy("<U2", "1,", make([]byte, 8)), npy(">i2", "1, 3", make([]byte, 6)),
		npy("<f4", "1, 4194304", nil), []byte(npyMagic), append([]byte(npyMagic), 2, 0, 255, 255, 0, 0)} {
		f.Add(b, true)
		f.Add(b, false)
	}
	f.Fuzz(func(t *testing.T, b []byte, known bool) {
		size := int64(-1) // of a stream
		if known {
			size = int64(len(b))
		}
		var rows int
		var err error
		took := allocated(func() {
			var a *NPY
			if a, err = NewNPY(bytes.NewReader(b), "a.npy", size); err != nil {
				return
			}
			row := make([]float64, a.Row())
			for rows = 0; rows < a.Dims[0] && err == nil; rows++ {
				err = a.Next(row)
			}
		})
		if err != nil && (strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "a.npy: ")) {
			t.Errorf("not one line that names the array: %q", err)
		}
		if took > npyMemory+uint64(len(b)) {
			t.Errorf("%d bytes take %d", len(b), took)
		}
	})
}

// FuzzNPZ: any two arrays, and any bytes in the place of the archive, are a set, or an error of one line.
func FuzzNPZ(f *testing.F) {
	x, y := npy("<f8", "4, 2", float64s(1, 2, 3, 4, 5, 6, 7, 8)), npy("|u1", "4,", []byte{3, 10, 3, 10})
	f.Add(x, y, []byte{}, byte(0))
	f.Add(npy("|u1", "4, 1, 2, 3", count(24)), npy("<f4", "4, 1", make([]byte, 16)), []byte{}, byte(3))
	f.Add(x, y[:70], []byte("PK\x03\x04"), byte(8))
	f.Fuzz(func(t *testing.T, x, y, archive []byte, how byte) {
		if how&8 == 0 {
			var b bytes.Buffer
			w := zip.NewWriter(&b)
			for name, content := range map[string][]byte{"X.npy": x, "y.npy": y} {
				e, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
				if err == nil {
					_, err = e.Write(content)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			archive = b.Bytes()
		}
		path := filepath.Join(t.TempDir(), "a.npz")
		if err := os.WriteFile(path, archive, 0o600); err != nil {
			t.Fatal(err)
		}
		checkOpened(t, path, OpenOptions{Regression: how&1 > 0, Standardise: how&2 > 0, Split: 0.5})
	})
}

// pictureMemory is what a picture of so many bytes may take: that of the pixels which such a file can have, some times over for what the
// decoder keeps, and scaling it.
func pictureMemory(size int) uint64 {
	return 3*pixelBytes*(fewPixels+uint64(mostPerByte*size)) + 4<<20
}

// FuzzPicture: any bytes are a picture that can be scaled to any size, or an error of one line; what a header promises takes no memory beyond
// that.
func FuzzPicture(f *testing.F) {
	for _, b := range [][]byte{pngOf(f, grey(3, 2, 0)), pngOf(f, image.NewNRGBA(image.Rect(0, 0, 5, 4))), pngHeader(100000, 100000), pngHeader(1000, 1000), pngHeader(1, 1<<31-1), {0xff, 0xd8}} {
		f.Add(b, byte(3), byte(28), byte(28))
		f.Add(b, byte(1), byte(1), byte(9))
	}
	f.Fuzz(func(t *testing.T, b []byte, channels, height, width byte) {
		size := Image{1, 1 + int(height), 1 + int(width)}
		if channels&1 > 0 {
			size.Channels = 3
		}
		var err error
		took := allocated(func() {
			var picture image.Image
			if picture, err = DecodePicture(bytes.NewReader(b), "a.png", int64(len(b))); err == nil {
				size.Bytes(make([]byte, size.Size()), picture)
			}
		})
		if err != nil && (strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "a.png: ")) {
			t.Errorf("not one line that names the picture: %q", err)
		}
		if took > pictureMemory(len(b)) {
			t.Errorf("%d bytes take %d, at most %d are promised", len(b), took, pictureMemory(len(b)))
		}
	})
}

// FuzzPreprocessing: any text is a preprocessing that can be applied, or an error of one line; its own text means the same.
func FuzzPreprocessing(f *testing.F) {
	for _, text := range []string{"", "{}", `{"image":{"channels":1,"height":2,"width":2},"divisor":255,"mean":[0.5],"std":[2]}`,
		`{"columns":[{"name":"a"},{"name":"b","categories":["x","y"]}],"mean":[1,0,0],"std":[2,1,1],"targets":[{"name":"t","mean":3,"std":4}]}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePreprocessing(text)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("not one line: %q", err)
			}
			return
		}
		if p.Inputs() > 1<<16 {
			return
		}
		raw := make([]float64, p.Inputs())
		if p != nil && p.Columns != nil {
			raw = raw[:len(p.Columns)]
		}
		Apply(p, make([]float32, p.Inputs()), raw)
		if again, err := ParsePreprocessing(p.Text()); err != nil || again.Text() != p.Text() {
			t.Errorf("%s became %s, %v", p.Text(), again.Text(), err)
		}
	})
}
