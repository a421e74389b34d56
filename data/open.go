package data

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// OpenOptions say how Open reads data. Their zero value is usual.
type OpenOptions struct {
	// Labels are the columns of a table with what is to be predicted; none is that of Like, or else the last one. More than one is for
	// regression.
	Labels []string
	// Regression predicts values, and not classes.
	Regression bool
	// Test names samples to test on, of the same kind. Split is the part of the samples that is drawn for that, with Seed; where the
	// data have no test samples of their own, 0 is a fifth.
	Test  string
	Split float64
	Seed  uint64
	// Standardise takes the mean of the training samples off each input and divides by their standard deviation, of pictures for each
	// channel, of regression also the values to predict; categories stay 0 and 1.
	Standardise bool
	// Categories are columns of a table whose numbers are names, Drop those that are left out.
	Categories, Drop []string
	// Image is the size that pictures are scaled to; nil is the size of the first one, in grey if it is grey.
	Image *Image
	// Like is the preprocessing of a model that the samples are for, and Classes are its classes: nothing is learned then.
	Like    *Preprocessing
	Classes []string
	// Memory is how many bytes of samples stay in memory; 0 is 128 MiB. Above it, all of them lie in a temporary file, from which each batch is
	// read: then a set takes 8 bytes of memory for each sample, whatever the samples, and what is read and written at a time, some 10 MB.
	Memory int64
	// Share is the processes of this machine that open the same data: the first of them reads, and the others get its samples, those of a
	// temporary file as that file, others from memory to memory, IDX files too. Each splits them, and learns of them, for itself. nil is this
	// process only.
	Share Sharing
}

const usualMemory = 128 << 20

func (o *OpenOptions) memory() int64 {
	if o.Memory > 0 {
		return o.Memory
	}
	return usualMemory
}

// kind is a kind of data, known by what is there.
type kind struct {
	name     string
	tables   bool                                    // it has columns
	pictures bool                                    // they can be scaled
	is       func(path string, inside []string) bool // inside is what a folder has
	read     func(paths []string, o *OpenOptions) (*samples, error)
}

const idxName = "a folder with IDX files, called as MNIST's"

// kinds are looked at in this order.
var kinds = []kind{
	{name: "a table, NAME.csv or NAME.tsv, also with .gz", tables: true, is: isTable, read: readTables},
	{name: "NumPy's arrays X and y, in NAME.npz, or as X.npy and y.npy in a folder", is: isArrays, read: readArrays},
	{name: idxName, is: isIDX, read: readIDXFolders},
	{name: "a folder with a folder of PNG or JPEG pictures for each class, maybe within train and test", pictures: true, is: isPictures, read: readPictures},
}

// Open reads samples from a file or a folder, whose kind it finds by what is there:
//
//   - a table with a line of column names: NAME.csv or NAME.tsv, also with .gz. A column is one of numbers if all its values are numbers,
//     and one of categories if none is; each category of the training samples becomes an input of 0 or 1. A column without a name, such
//     as the index that pandas writes, is left out. A missing value is an error with its line and column.
//   - NumPy's arrays, X or x or data with a row for each sample, and y or target or labels, and X_train, y_train, X_test, y_test where
//     the data have a test part: in NAME.npz, or as NAME.npy each in a folder. Unsigned bytes are divided by 255. An X of (n, height, width),
//     with 1 or 3 channels before or behind, is pictures.
//   - a folder of pictures, PNG or JPEG, in a folder for each class, which may lie in train and test: scaled to one size, transparent is
//     black, divided by 255.
//   - a folder with the four IDX files of [Load]; the two to test on may be missing.
//
// What is larger than [OpenOptions.Memory] goes through a temporary file, but for IDX files, which are read whole. A line of a table has at
// most 4 MiB, a column at most 1,000 categories of 1 KiB, a sample 4,194,304 numbers, a picture 2²⁷ pixels; what a header promises is compared
// with the size of the file before memory is taken. Close the set when it is no longer used.
func Open(path string, o OpenOptions) (*Set, error) {
	if !(o.Split >= 0 && o.Split < 1) {
		return nil, fmt.Errorf("a part of %v for testing: want a number from 0 to below 1, such as 0.2", o.Split)
	}
	if o.Split > 0 && o.Test != "" {
		return nil, errors.New("both test samples and a part to test on: one of the two is enough")
	}
	if err := o.Like.Check(); err != nil {
		return nil, err
	}
	c, err := o.content(path)
	if err != nil {
		return nil, err
	}
	s, err := c.set(path, &o)
	if err != nil {
		c.Close()
	}
	return s, err
}

// content is what was read: samples, or images that stay bytes.
type content struct {
	samples *samples
	images  *Dataset
}

// set makes a Set of what was read.
func (c *content) set(path string, o *OpenOptions) (*Set, error) {
	if c.images == nil {
		s, err := c.samples.set(path, o)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return s, nil
	}
	s, err := c.images.Set()
	if err == nil && len(o.Classes) == len(s.Classes) {
		s.Classes = o.Classes
	}
	return s, err
}

// Close gives back what the samples are kept in.
func (c *content) Close() {
	if c.samples != nil && c.samples.store != nil {
		c.samples.store.Close()
	}
}

// read reads what a path names, and what the options name to test on.
func (o *OpenOptions) read(path string) (*content, error) {
	k, err := kindOf(path)
	if err != nil {
		return nil, err
	}
	switch {
	case !k.tables && len(o.Labels)+len(o.Categories)+len(o.Drop) > 0:
		return nil, fmt.Errorf("%s: names of columns are for tables, and this is %s", path, k.name)
	case !k.pictures && o.Image != nil:
		return nil, fmt.Errorf("%s: a size that is scaled to is for folders of pictures, and this is %s", path, k.name)
	}
	paths := []string{path}
	if o.Test != "" {
		of, err := kindOf(o.Test)
		if err == nil && of != k {
			err = fmt.Errorf("%s: %s, and %s is %s: test samples are of the same kind", o.Test, of.name, path, k.name)
		}
		if err != nil {
			return nil, err
		}
		paths = append(paths, o.Test)
	}
	c := new(content)
	if c.images, err = asBytes(k, path, o); c.images != nil || err != nil {
		return c, err
	}
	if c.samples, err = k.read(paths, o); err == nil {
		if err = c.samples.store.finish(); err == nil {
			return c, nil
		}
		err = fmt.Errorf("%s: %w", path, err)
	}
	c.Close()
	return nil, err
}

// kindOf finds the kind of what a path names.
func kindOf(path string) (*kind, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%s: no such file or folder", path)
	}
	var inside []string
	if info.IsDir() {
		entries, err := os.ReadDir(path)
		if err != nil {
			return nil, fmt.Errorf("%v; make the folder readable", err)
		}
		inside = []string{}
		for _, e := range entries {
			inside = append(inside, e.Name())
		}
	}
	for i := range kinds {
		if kinds[i].is(path, inside) {
			return &kinds[i], nil
		}
	}
	var names []string
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return nil, fmt.Errorf("%s: what is there is none of the kinds that are read: %s", path, strings.Join(names, "; "))
}

// folderOf is the folder of a file that a path names, or the path itself.
func folderOf(path string) string {
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return filepath.Dir(path)
	}
	return path
}

// String says what a set has, in a line.
func (s *Set) String() string {
	test := 0
	if s.Test != nil {
		test = s.Test.Len()
	}
	return fmt.Sprintf("%s: %d training and %d test samples of %s, %s", s.Name, s.Train.Len(), test, s.what(), s.wanted())
}

func (s *Set) what() string {
	if len(s.Shape) == 3 {
		return fmt.Sprintf("%dx%dx%d", s.Shape[0], s.Shape[1], s.Shape[2])
	}
	return fmt.Sprintf("%d inputs", s.Train.Inputs())
}

func (s *Set) wanted() string {
	if s.Regression() {
		return fmt.Sprintf("%d to predict", s.Train.Outputs())
	}
	return fmt.Sprintf("%d classes, %s", len(s.Classes), list(s.Classes))
}

// Close gives back the memory, or the temporary file, of a set that Open has made. Its sources are not read after that.
func (s *Set) Close() error {
	if s == nil || s.store == nil {
		return nil
	}
	return s.store.Close()
}
