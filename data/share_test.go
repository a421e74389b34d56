package data

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stheno/stheno/dist"
	"github.com/stheno/stheno/dist/disttest"
)

// everything is all that a set has, to the last bit, but for its name.
func everything(s *Set) (all []string) {
	all = append(all, fmt.Sprint(s.Shape), fmt.Sprintf("%q", s.Classes), s.Preprocessing.Text())
	for _, from := range []Source{s.Train, s.Test} {
		all = append(all, fmt.Sprint(from.Len(), from.Inputs(), from.Outputs()))
		x32, t32, x64, t64 := make([]float32, from.Inputs()), make([]float32, from.Outputs()), make([]float64, from.Inputs()), make([]float64, from.Outputs())
		var rows []byte
		for i := range from.Len() {
			if err := errors.Join(from.Read32(x32, t32, []int{i}), from.Read64(x64, t64, []int{i})); err != nil {
				return []string{err.Error()}
			}
			for _, v := range slices.Concat(x32, t32) {
				rows = binary.LittleEndian.AppendUint32(rows, math.Float32bits(v))
			}
			for _, v := range slices.Concat(x64, t64) {
				rows = binary.LittleEndian.AppendUint64(rows, math.Float64bits(v))
			}
		}
		all = append(all, string(rows))
	}
	return all
}

// shareable are data of each kind, read in each way.
func shareable(t *testing.T) map[string]struct {
	path string
	o    OpenOptions
} {
	type how = struct {
		path string
		o    OpenOptions
	}
	names := "kind,y\na\xff,p\xfe\nb,q\nä,p\xfe\nb,q\na\xfe,p\xfe\n" // no UTF-8, some of them
	x, y := npy("<f4", "4, 2", make([]byte, 32)), npy("<f8", "4, 2", float64s(1, 2, 3, 4, 5, 6, 7, 8))
	arrays := write(t, map[string][]byte{
		"both.npz":   npz(t, map[string][]byte{"x_train.npy": x, "y_train.npy": y, "x_test.npy": x, "y_test.npy": y}),
		"images.npz": npz(t, map[string][]byte{"images.npy": npy("|u1", "4, 2, 2, 3", count(48)), "labels.npy": npy("|u1", "4,", []byte{7, 9, 7, 9})}),
	})
	pictures := t.TempDir()
	for i, name := range []string{"b/1.png", "b/2.png", "a/3.png", "c/4.png", "a/5.png"} {
		if err := os.MkdirAll(filepath.Join(pictures, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(pictures, name), pngOf(t, grey(3, 2, byte(10*i))), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	images := write(t, small())
	table := file(t, "p.csv", points(103))
	first := open(t, table, OpenOptions{Standardise: true, Labels: []string{"kind"}})
	return map[string]how{
		"categories":      {file(t, "p.csv", passengers), OpenOptions{Drop: []string{"fare"}, Split: 0.5, Seed: 3}},
		"names":           {file(t, "n.csv", names), OpenOptions{Split: 0.4}},
		"regression":      {table, OpenOptions{Regression: true, Standardise: true, Labels: []string{"y", "b"}, Seed: 7}},
		"a test table":    {table, OpenOptions{Labels: []string{"kind"}, Test: table}},
		"a model's":       {file(t, "q.csv", "y,kind,b,a\n1,q,2,3\n2,p,5,4\n3,q,5,4\n"), OpenOptions{Like: first.Preprocessing, Classes: first.Classes}},
		"two blocks":      {file(t, "b.csv", points(blockSize/32+1)), OpenOptions{Regression: true}},
		"arrays":          {filepath.Join(arrays, "both.npz"), OpenOptions{Regression: true, Standardise: true}},
		"images":          {filepath.Join(arrays, "images.npz"), OpenOptions{Standardise: true, Split: 0.5}},
		"pictures":        {pictures, OpenOptions{}},
		"IDX":             {images, OpenOptions{}},
		"IDX, names":      {images, OpenOptions{Classes: []string{"x", "y", "z"}}},
		"IDX, standard":   {images, OpenOptions{Standardise: true}},
		"IDX for a model": {images, OpenOptions{Like: ofImages(1, 2, 4), Classes: []string{"x", "y", "z"}}},
	}
}

// nowhere is a file that is not there: who opens it has an error.
func nowhere(path string) string { return filepath.Join(path, "nowhere", filepath.Base(path)) }

// TestShare: whatever the data and wherever they are kept, the others of a machine get to the last bit what they would have read, without
// opening it; what is in a file is in one file for all, which no process that is killed leaves behind.
func TestShare(t *testing.T) {
	sets := shareable(t)
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	for name, c := range sets {
		for _, memory := range []int64{0, 1, 100} {
			c.o.Memory = memory
			alone := open(t, c.path, c.o)
			bits, inFile := everything(alone), alone.store != nil && alone.store.file != nil
			if asBytes := alone.store == nil; inFile != (memory == 1 && !asBytes) && memory < 100 {
				t.Errorf("%s, memory of %d: a file: %v", name, memory, inFile)
			}
			files := make([]os.FileInfo, 5)
			err := disttest.RunOn([]int{3, 2}, func(g dist.Group) error {
				path, o := c.path, c.o
				o.Share = g
				here, _ := g.Machine()
				if here > 0 {
					if path = nowhere(path); o.Test != "" {
						o.Test = nowhere(o.Test)
					}
				}
				s, err := Open(path, o)
				if err != nil {
					return err
				}
				defer s.Close()
				if s.Name != path || !slices.Equal(everything(s), bits) {
					t.Errorf("%s, memory of %d, process %d of the machine: another set: %v", name, memory, here, s)
				}
				if (s.store != nil && s.store.file != nil) != inFile {
					t.Errorf("%s, memory of %d, process %d of the machine: a file: %v", name, memory, here, !inFile)
				} else if inFile {
					if files[g.Rank()], err = s.store.file.Stat(); err != nil {
						return err
					}
				}
				return g.Barrier()
			})
			for rank := range files {
				if first := rank / 3 * 3; files[rank] != nil && os.SameFile(files[rank], files[0]) != (first == 0) || files[rank] != nil && !os.SameFile(files[rank], files[first]) {
					t.Errorf("%s, memory of %d: process %d has another file than those of its machine", name, memory, rank)
				}
			}
			if err != nil {
				t.Errorf("%s, memory of %d: %v", name, memory, err)
			}
			if left, err := os.ReadDir(tmp); len(left) > 0 || err != nil {
				t.Errorf("%s: left over: %v, %v", name, left, err)
			}
		}
	}
}

// TestShareFailures: where the first process cannot read, the others have the same error, as one that is told elsewhere, and nothing is left.
func TestShareFailures(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	broken := file(t, "broken.csv", points(50)+"1,2,3\n")
	for name, c := range map[string]struct {
		path string
		o    OpenOptions
		tmp  string
		want string
	}{
		"no file":   {path: "/nowhere", want: "/nowhere: no such file or folder"},
		"in memory": {path: broken, want: broken + ", line 52: 3 values, and there are 4 columns"},
		"in a file": {path: file(t, "p.csv", "a,y\n1,p\n2,q\n3,"+strings.Repeat("p", mostName+1)+"\n"), o: OpenOptions{Memory: 20}, want: "so on: a name of 1025 bytes"},
		"no room":   {path: file(t, "p.csv", points(50)), o: OpenOptions{Memory: 20}, tmp: "/nowhere", want: "more than 20 bytes of samples go to a temporary file: open /nowhere"},
	} {
		if c.tmp != "" {
			t.Setenv("TMPDIR", c.tmp)
		}
		errs := make([]error, 3)
		if err := disttest.Run(3, func(g dist.Group) error {
			o := c.o
			o.Share = g
			_, errs[g.Rank()] = Open(c.path, o)
			return nil
		}); err != nil {
			t.Error(err)
		}
		t.Setenv("TMPDIR", tmp)
		for rank, err := range errs {
			var shared *SharedError
			if err == nil || !strings.Contains(err.Error(), c.want) || err.Error() != errs[0].Error() || errors.As(err, &shared) != (rank > 0) {
				t.Errorf("%s, process %d: error %v, want %s", name, rank, err, c.want)
			}
		}
		if left, err := os.ReadDir(tmp); len(left) > 0 || err != nil {
			t.Errorf("%s: left over: %v, %v", name, left, err)
		}
	}
}

// TestShareWithTheLost: nobody waits for ever for a process that is gone, but all for who reads, and for each to open the file.
func TestShareWithTheLost(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	path, gone := file(t, "p.csv", points(50)), errors.New("gone")
	for lost := range 3 {
		for _, memory := range []int64{0, 1} {
			if err := disttest.Run(3, func(g dist.Group) error {
				if g.Rank() == lost {
					return gone
				}
				s, err := Open(path, OpenOptions{Regression: true, Memory: memory, Share: g})
				var who *dist.LostError
				waits := lost == 0 || memory == 1
				if told := errors.As(err, &who); !told && (waits || err != nil) || told && strings.Contains(err.Error(), "TMPDIR") {
					t.Errorf("process %d without %d, memory of %d: error %v", g.Rank(), lost, memory, err)
				}
				s.Close()
				return nil
			}); !errors.Is(err, gone) {
				t.Error(err)
			}
		}
	}
	if left, err := os.ReadDir(tmp); len(left) > 0 || err != nil {
		t.Errorf("left over: %v, %v", left, err)
	}
}

// disturbed is a group in which something happens before each broadcast.
type disturbed struct {
	dist.Group
	before func(rank int) error
}

func (d *disturbed) BroadcastHere(x []byte, from int) error {
	if err := d.before(d.Rank()); err != nil {
		return err
	}
	return d.Group.BroadcastHere(x, from)
}

// TestShareWithTheLate: a file keeps its name until the last process has opened it.
func TestShareWithTheLate(t *testing.T) {
	path := file(t, "p.csv", points(50))
	delay := func(rank int) error {
		time.Sleep(time.Duration(rank) * 10 * time.Millisecond)
		return nil
	}
	if err := disttest.Run(3, func(g dist.Group) error {
		from := path
		if g.Rank() > 0 {
			from = nowhere(path)
		}
		s, err := Open(from, OpenOptions{Regression: true, Memory: 1000, Share: &disturbed{g, delay}})
		if err == nil {
			err = s.Close()
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}

// TestShareUnseen: who does not see the file of the first process reads for itself.
func TestShareUnseen(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	o := OpenOptions{Regression: true, Standardise: true, Memory: 1000}
	path := file(t, "p.csv", points(50))
	want := everything(open(t, path, o))
	hide := func(rank int) error { // the first one's file, before it tells of it
		if rank > 0 {
			return nil
		}
		return errors.Join(os.RemoveAll(tmp), os.Mkdir(tmp, 0o755))
	}
	files := make([]os.FileInfo, 2)
	if err := disttest.Run(2, func(g dist.Group) error {
		o := o
		o.Share = &disturbed{g, hide}
		s, err := Open(path, o)
		if err != nil {
			return err
		}
		defer s.Close()
		if !slices.Equal(everything(s), want) {
			t.Errorf("process %d: another set", g.Rank())
		}
		if files[g.Rank()], err = s.store.file.Stat(); err != nil {
			return err
		}
		return g.Barrier() // a file that is closed may lend the next one its number
	}); err != nil || os.SameFile(files[0], files[1]) {
		t.Errorf("%v, files %v", err, files)
	}
}
