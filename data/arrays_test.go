package data

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno/stheno/internal/python"
)

// npy is an array as numpy.save writes it, of version 1.
func npy(descr, shape string, elements []byte) []byte {
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, shape)
	header += strings.Repeat(" ", 63-(10+len(header))%64) + "\n"
	b := append([]byte(npyMagic), 1, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(header)))
	return append(append(b, header...), elements...)
}

// float64s are the bytes of numbers.
func float64s(v ...float64) (b []byte) {
	for _, x := range v {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
	}
	return b
}

func npz(t testing.TB, arrays map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range arrays {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestOpenArrays: from a file, from a folder and from a file in it; with a part to test on, and without.
func TestOpenArrays(t *testing.T) {
	x, y := npy("<f8", "4, 2", float64s(1, 2, 3, 4, 5, 6, 7, 8)), npy("|u1", "4,", []byte{3, 10, 3, 10})
	dir := write(t, map[string][]byte{"X.npy": x, "y.npy": y, "set.npz": npz(t, map[string][]byte{"x_train.npy": x, "y_train.npy": y, "x_test.npy": x, "y_test.npy": y})})
	for _, name := range []string{"", "X.npy", "set.npz"} {
		s := open(t, filepath.Join(dir, name), OpenOptions{})
		gotX, gotY := all(t, s.Train)
		if name != "set.npz" {
			gotX, gotY = both(t, s)
		}
		if len(gotX) != 4 || !slices.Equal(s.Classes, []string{"3", "10"}) || s.Preprocessing != nil {
			t.Errorf("%s: %v, %s", name, s, s.Preprocessing.Text())
		}
		for i, row := range gotX {
			if row[1] != row[0]+1 || (gotY[i][0] == 1) != (row[0] == 1 || row[0] == 5) || gotY[i][0]+gotY[i][1] != 1 {
				t.Errorf("%s: %v and %v", name, row, gotY[i])
			}
		}
	}
}

// TestArraysOfPictures: bytes are divided by 255, and channels come first, wherever they were.
func TestArraysOfPictures(t *testing.T) {
	y := npy("<U2", "2,", []byte{'b', 0, 0, 0, 'e', 0, 0, 0, 'a', 0, 0, 0, 0, 0, 0, 0})
	for shape, want := range map[string]struct {
		shape []int
		x     []float64 // of the first sample, times 255
	}{
		"2, 2, 3":    {[]int{1, 2, 3}, []float64{0, 1, 2, 3, 4, 5}},
		"2, 1, 2, 3": {[]int{3, 1, 2}, []float64{0, 3, 1, 4, 2, 5}},
		"2, 3, 1, 2": {[]int{3, 1, 2}, []float64{0, 1, 2, 3, 4, 5}},
		"2, 6":       {[]int{6}, []float64{0, 1, 2, 3, 4, 5}},
	} {
		path := filepath.Join(write(t, map[string][]byte{"p.npz": npz(t, map[string][]byte{"images.npy": npy("|u1", shape, count(12)), "labels.npy": y})}), "p.npz")
		s := open(t, path, OpenOptions{Split: 0.5})
		x, targets := both(t, s)
		first := slices.IndexFunc(x, func(row []float64) bool { return slices.Contains(row, 0) })
		for i, v := range x[first] {
			if math.Abs(v*255-want.x[i]) > 1e-12 {
				t.Errorf("%s: %v", shape, x[first])
				break
			}
		}
		if !slices.Equal(s.Shape, want.shape) || !slices.Equal(s.Classes, []string{"a", "be"}) || targets[first][1] != 1 {
			t.Errorf("%s: %v, %v, %v", shape, s.Shape, s.Classes, targets[first])
		}
	}
}

func TestArrayMistakes(t *testing.T) {
	x, y := npy("<f8", "2, 2", float64s(1, 2, 3, 4)), npy("<f8", "2,", float64s(0, 1))
	fortran := bytes.Replace(x, []byte("False, "), []byte("True,  "), 1)
	for _, c := range []struct {
		x, y []byte
		want string
	}{
		{x[:40], y, ": it ends within its header: save it again"},
		{[]byte("hello"), y, ": it does not start as an array of NumPy's: save it with numpy.save"},
		{append([]byte(npyMagic), 2, 0, 0, 0, 0, 255), y, ": a header of 4278190080 bytes: at most 65536: this is no array of numbers"},
		{append(append([]byte(npyMagic), 3, 0), 0), y, ": it does not start as an array of NumPy's: save it with numpy.save"},
		{x[:len(x)-1], y, ": 31 bytes of elements, the header promises 32: the file is damaged; save it again"},
		{npy("<f8", "2, 2", nil), y, ": 0 bytes of elements, the header promises 32: the file is damaged; save it again"},
		{npy("|O", "2, 2", nil), y, `: elements of the type "|O": numbers of at most 8 bytes and strings are read: convert it, such as with .astype(numpy.float32)`},
		{npy("<c16", "2, 2", nil), y, `: elements of the type "<c16": numbers`},
		{npy("<f2", "2, 2", nil), y, `: elements of the type "<f2": numbers`},
		{npy("<f8", "", float64s(1)), y, ": one number with no shape: an array has a row for each sample"},
		{npy("<f8", "2, 0", nil), y, ": the shape (2, 0): each dimension is to be at least 1"},
		{npy("<f8", "1, 99999999999", nil), y, ": the shape (1, 99999999999): a row has at most 4194304 numbers"},
		{npy("<f8", "99999999999999999999, 1", nil), y, ": the shape (99999999999999999999, 1): each dimension is to be at least 1"},
		{npy("<f8", "9999999999, 9999999999", nil), y, ": the shape (9999999999, 9999999999): a row has at most 4194304 numbers"},
		{npy("<f8", "2, 2", float64s(1, 2, 3, math.NaN())), y, ": row 1 has NaN: numbers that float32 holds are wanted"},
		{fortran, y, ": its columns lie one behind the other: save numpy.ascontiguousarray of it"},
		{npy("<U1024", "2, 1000000", nil), y, ": the shape (2, 1000000): a row has one string at most"},
		{npy("|S2", "2, 1", []byte("abcd")), y, ": strings, where numbers are wanted"},
		{bytes.Replace(x, []byte("'descr'"), []byte("'dtype'"), 1), y, `: its header, "{'dtype': '<f8', 'fortran_order'`},
		{x, npy("<f8", "1,", float64s(0)), ": 2 rows, and y.npy has 1: one for each sample is wanted"},
	} {
		dir := write(t, map[string][]byte{"X.npy": c.x, "y.npy": c.y})
		if _, err := Open(dir, OpenOptions{Split: 0.5}); err == nil || !strings.HasPrefix(err.Error(), dir+": X.npy"+c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want %s", err, c.want)
		}
	}
	wide := write(t, map[string][]byte{"X.npy": x, "y.npy": npy("<f8", "2, 2", float64s(0, 1, 1, 0))})
	want := wide + ": y.npy: rows of 2 numbers: a class is one number or name for each sample, such as numpy.argmax(y, axis=1); for values to predict, ask for regression"
	if _, err := Open(wide, OpenOptions{Split: 0.5}); fmt.Sprint(err) != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if s := open(t, wide, OpenOptions{Split: 0.5, Regression: true}); s.Train.Outputs() != 2 {
		t.Errorf("%v", s)
	}
	other := file(t, "x.npz", string(npz(t, map[string][]byte{"weights.npy": x})))
	if _, err := Open(other, OpenOptions{}); fmt.Sprint(err) != other+`: no arrays X and y, nor X_train and y_train, among ["weights.npy"]: save them by these names` {
		t.Errorf("error %v", err)
	}
}

// numpyArrays writes a .npz for each type of numbers, and says what is in it.
const numpyArrays = `
import numpy as np, sys
for d in "?bBhHiIlLqQfd":
    for order in "<>":
        x = (np.arange(12).reshape(4, 3) % (2 if d == "?" else 12)).astype(np.dtype(d).newbyteorder(order))
        y = np.array(["köln", "b", "köln", "b"])
        np.savez_compressed(f"{sys.argv[1]}/{ord(d)}{ord(order)}.npz", X=x, y=y)
`

// TestNumPyItself: arrays of every type, in either order of bytes, that NumPy has written.
func TestNumPyItself(t *testing.T) {
	interpreter, err := python.With("..", "numpy")
	if err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	if out, err := exec.Command(interpreter, "-c", numpyArrays, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 26 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		s := open(t, filepath.Join(dir, f.Name()), OpenOptions{Split: 0.5})
		x, y := both(t, s)
		sum := 0.
		for i, row := range x {
			for _, v := range row {
				if s.Preprocessing != nil {
					v *= s.Preprocessing.Divisor
				}
				sum += v
			}
			if strings.HasPrefix(f.Name(), "100") && (y[i][1] == 1) != (row[0] == 0 || row[0] == 6) { // float64
				t.Errorf("%s: %v and %v", f.Name(), row, y[i])
			}
		}
		if want := map[bool]float64{false: 66, true: 6}[strings.HasPrefix(f.Name(), "63")]; math.Abs(sum-want) > 1e-9 || !slices.Equal(s.Classes, []string{"b", "köln"}) {
			t.Errorf("%s: a sum of %v, want %v; %v", f.Name(), sum, want, s.Classes)
		}
	}
}
