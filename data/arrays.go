package data

import (
	"archive/zip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// arrayNames are how the arrays of inputs and of targets are called; with _train and _test where there are both parts.
var arrayNames = []struct{ x, y string }{{"X", "y"}, {"x", "y"}, {"data", "target"}, {"data", "labels"}, {"images", "labels"}}

// isArrays: a .npz, or a folder with a .npy of inputs, or such a file in it.
func isArrays(path string, inside []string) bool {
	if inside == nil {
		ending := filepath.Ext(path)
		return ending == ".npz" || ending == ".npy"
	}
	return len(pairsOf(inside)) > 0
}

// pair names an array of inputs and its targets.
type pair struct {
	x, y string
	test bool
}

// pairsOf are the arrays that go together among files: those to train on first.
func pairsOf(files []string) (pairs []pair) {
	for _, n := range arrayNames {
		for _, suffix := range []string{"", "_train", "_test"} {
			p := pair{n.x + suffix + ".npy", n.y + suffix + ".npy", suffix == "_test"}
			inTurn := p.test == (len(pairs) == 1) // one to train on, then one to test on
			if inTurn && slices.Contains(files, p.x) && slices.Contains(files, p.y) {
				pairs = append(pairs, p)
			}
		}
		if len(pairs) > 0 {
			return pairs
		}
	}
	return nil
}

// arrayFiles are the arrays of a .npz or of a folder.
type arrayFiles struct {
	path  string
	names []string
	open  func(name string) (from io.ReadCloser, size int64, err error)
	Close func() error
}

func openArrays(path string) (*arrayFiles, error) {
	if filepath.Ext(path) != ".npz" {
		dir := folderOf(path)
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, fmt.Errorf("%v; make the folder readable", err)
		}
		f := &arrayFiles{path: dir, Close: func() error { return nil }, open: func(name string) (io.ReadCloser, int64, error) {
			return openSized(filepath.Join(dir, name))
		}}
		for _, e := range entries {
			f.names = append(f.names, e.Name())
		}
		return f, nil
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %v: save it with numpy.savez", path, err)
	}
	f := &arrayFiles{path: path, Close: z.Close, open: func(name string) (io.ReadCloser, int64, error) {
		i := slices.IndexFunc(z.File, func(e *zip.File) bool { return e.Name == name })
		from, err := z.File[i].Open()
		return from, int64(min(z.File[i].UncompressedSize64, 1<<62)), err
	}}
	for _, e := range z.File {
		f.names = append(f.names, e.Name)
	}
	return f, nil
}

// openSized opens a file and says how long it is.
func openSized(path string) (*os.File, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// readArrays reads the arrays of one path, or of one to train on and one to test on.
func readArrays(paths []string, o *OpenOptions) (s *samples, err error) {
	s = new(samples)
	for i, path := range paths {
		f, err := openArrays(path)
		if err != nil {
			return s, err
		}
		defer f.Close()
		pairs := pairsOf(f.names)
		switch {
		case len(pairs) == 0:
			return s, fmt.Errorf("%s: no arrays X and y, nor X_train and y_train, among %s: save them by these names", f.path, list(f.names))
		case len(pairs) == 2 && len(paths) == 2:
			return s, fmt.Errorf("%s: it has %s to test on: name no other test samples", f.path, pairs[1].x)
		}
		for _, p := range pairs {
			if err := s.addArrays(f, p, o); err != nil {
				return s, err
			}
			if i == 0 && !p.test {
				s.train = s.store.n
			}
		}
	}
	return s, nil
}

// addArrays adds the rows of a pair of arrays.
func (s *samples) addArrays(f *arrayFiles, p pair, o *OpenOptions) error {
	x, err := f.array(p.x)
	if err != nil {
		return err
	}
	defer x.Close()
	y, err := f.array(p.y)
	if err != nil {
		return err
	}
	defer y.Close()
	if x.Dims[0] != y.Dims[0] {
		return fmt.Errorf("%s: %d rows, and %s has %d: one for each sample is wanted", x.name, x.Dims[0], p.y, y.Dims[0])
	}
	if x.kind.value == nil {
		return fmt.Errorf("%s: strings, where numbers are wanted", x.name)
	}
	shape, channelsLast := imageShape(x.Dims)
	if s.store == nil {
		s.layout = layout{width: x.Row(), bytes: x.kind.bytes, targets: y.Row()}
		s.store, s.shape = o.newStore(s.size()), shape
		if strings.HasSuffix(x.kind.code, "u1") {
			s.divisor = 255
		}
		if !o.Regression {
			s.classes = newDictionary()
		}
		for i := range y.Row() {
			if name := "y"; o.Regression {
				if y.Row() > 1 {
					name = fmt.Sprint("y", i+1)
				}
				s.targets = append(s.targets, name)
			}
		}
	}
	switch {
	case s.width != x.Row() || !slices.Equal(s.shape, shape) || s.layout.targets != y.Row() || s.bytes < x.kind.bytes || (s.divisor == 255) != strings.HasSuffix(x.kind.code, "u1"):
		return fmt.Errorf("%s: rows of %v of type %s and targets of %d are not like those to train on: take arrays of one shape and type", x.name, x.Dims[1:], x.kind.code, y.Row())
	case !o.Regression && y.Row() != 1:
		return fmt.Errorf("%s: rows of %d numbers: a class is one number or name for each sample, such as numpy.argmax(y, axis=1); for values to predict, ask for regression", y.name, y.Row())
	}
	numbers, targets, record := make([]float64, s.width), make([]float64, s.layout.targets), make([]byte, s.size())
	for range x.Dims[0] {
		if err := x.Next(numbers); err != nil {
			return err
		}
		for i, v := range numbers {
			if !usable(v) {
				return fmt.Errorf("%s: row %d has %v: numbers that float32 holds are wanted", x.name, s.store.n, v)
			}
			s.put(record, channelFirst(i, shape, channelsLast), v)
		}
		if err := s.readTarget(y.NPY, targets, record); err != nil {
			return err
		}
		if err := s.store.add(record); err != nil {
			return err
		}
	}
	return nil
}

// readTarget puts the next row of targets into a record.
func (s *samples) readTarget(y *NPY, targets []float64, record []byte) error {
	if s.classes != nil {
		name, err := y.nextName()
		if err != nil {
			return err
		}
		n := s.classes.number(name)
		if n >= mostClasses {
			return fmt.Errorf("%s: more than %d different values, which are no classes", y.name, mostClasses)
		}
		s.putTarget(record, 0, float64(n))
		return nil
	}
	if err := y.Next(targets); err != nil {
		return err
	}
	for i, v := range targets {
		if !usable(v) {
			return fmt.Errorf("%s: row %d has %v: numbers that float32 holds are wanted", y.name, s.store.n, v)
		}
		s.putTarget(record, i, v)
	}
	return nil
}

// imageShape is (channels, height, width) of what looks like pictures, and whether the channels come last; nil of others.
func imageShape(dims []int) (shape []int, channelsLast bool) {
	isChannels := func(n int) bool { return n == 1 || n == 3 }
	switch {
	case len(dims) == 3:
		return []int{1, dims[1], dims[2]}, false
	case len(dims) == 4 && isChannels(dims[3]):
		return []int{dims[3], dims[1], dims[2]}, true
	case len(dims) == 4 && isChannels(dims[1]):
		return dims[1:], false
	}
	return nil, false
}

// channelFirst is the place of the i-th number of a sample with its channels first.
func channelFirst(i int, shape []int, channelsLast bool) int {
	if !channelsLast {
		return i
	}
	channels := shape[0]
	return i%channels*shape[1]*shape[2] + i/channels
}

// openArray is an array with what it is read from.
type openArray struct {
	*NPY
	io.Closer
}

func (f *arrayFiles) array(name string) (*openArray, error) {
	from, size, err := f.open(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %v", f.path, name, err)
	}
	a, err := NewNPY(from, f.path+": "+name, size)
	if err != nil {
		from.Close()
		return nil, err
	}
	return &openArray{a, from}, nil
}
