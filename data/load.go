package data

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// The four files of a dataset, as MNIST names them.
const (
	trainImages = "train-images-idx3-ubyte"
	trainLabels = "train-labels-idx1-ubyte"
	testImages  = "t10k-images-idx3-ubyte"
	testLabels  = "t10k-labels-idx1-ubyte"
)

// Load reads a dataset from the four IDX files of a folder: train-images-idx3-ubyte, train-labels-idx1-ubyte and the
// same two for t10k, as they are or compressed with gzip (.gz; zeros after its end are padding, as to gzip itself). The
// spelling train-images.idx3-ubyte is taken too. Images may have any size, the same in both splits.
//
// Classes is one more than the largest label of both splits. A damaged label would silently widen the network, so two
// things are errors from label 10 on: a test label that is larger than all training labels, and a largest label that
// leaves more than half of the classes without any image.
func Load(dir string) (*Dataset, error) {
	var parts [4]part
	for i, name := range [...]string{trainImages, trainLabels, testImages, testLabels} {
		path, err := find(dir, name)
		if err != nil {
			return nil, err
		}
		array, err := readFile(path)
		if err != nil {
			return nil, err
		}
		parts[i] = part{path, array}
	}
	return assemble(dir, parts)
}

// find returns the file of a folder that goes by one of the spellings of name.
func find(dir, name string) (string, error) {
	dotted := strings.Replace(name, "-idx", ".idx", 1)
	for _, spelling := range [...]string{name, name + ".gz", dotted, dotted + ".gz"} {
		path := filepath.Join(dir, spelling)
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return path, nil
		}
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return "", fmt.Errorf("%s: no such folder; name one that holds %s[.gz] and the other three IDX files", dir, name)
	}
	return "", fmt.Errorf("%s: no file there, nor with .gz; put the four IDX files of the dataset into this folder", filepath.Join(dir, name))
}

// readFile reads the IDX array of a file, through gzip if its name ends in .gz.
func readFile(path string) (IDX, error) {
	f, err := os.Open(path)
	if err != nil {
		return IDX{}, fmt.Errorf("%v; make the file readable", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return IDX{}, fmt.Errorf("%v; make the file readable", err)
	}
	if !strings.HasSuffix(path, ".gz") {
		return ReadIDX(f, path, info.Size())
	}
	if info.Size() == 0 {
		return IDX{}, headerError(path, 0, 0, io.EOF)
	}
	z, err := newMembers(f)
	if err != nil {
		return IDX{}, fmt.Errorf("%s: not a gzip file (%v); download it again, or drop .gz from its name if it is not compressed", path, err)
	}
	return ReadIDX(z, path, info.Size())
}

// A part is one of the four files, read.
type part struct {
	name string // for errors
	IDX
}

// assemble makes a dataset of train images, train labels, test images and test labels, which must fit together.
func assemble(name string, parts [4]part) (*Dataset, error) {
	train, test := parts[0], parts[2]
	for i := 0; i < len(parts); i += 2 {
		images, labels := parts[i], parts[i+1]
		if err := together(images, labels); err != nil {
			return nil, err
		}
	}
	if train.Dims[1] != test.Dims[1] || train.Dims[2] != test.Dims[2] {
		return nil, fmt.Errorf("%s: images of %d×%d pixels, those of %s have %d×%d; take both files from the same dataset",
			test.name, test.Dims[1], test.Dims[2], train.name, train.Dims[1], train.Dims[2])
	}
	classes, err := countClasses(parts[1], parts[3])
	if err != nil {
		return nil, err
	}
	return &Dataset{
		Name:    name,
		Train:   Split{train.Data, parts[1].Data},
		Test:    Split{test.Data, parts[3].Data},
		Rows:    train.Dims[1],
		Cols:    train.Dims[2],
		Classes: classes,
	}, nil
}

// together is an error where these are no images, one for each label.
func together(images, labels part) error {
	switch {
	case len(images.Dims) != 3:
		return fmt.Errorf("%s: %d dimensions, images have 3 (magic 0x00000803); put the file of the images there", images.name, len(images.Dims))
	case len(labels.Dims) != 1:
		return fmt.Errorf("%s: %d dimensions, labels have 1 (magic 0x00000801); put the file of the labels there", labels.name, len(labels.Dims))
	case images.Dims[0] != labels.Dims[0]:
		return fmt.Errorf("%s: %d labels for the %d images of %s; take both files from the same dataset", labels.name, labels.Dims[0], images.Dims[0], images.name)
	}
	return nil
}

// usualClasses is the number of classes that needs no proof: that of MNIST and its kin.
const usualClasses = 10

// countClasses applies the rule that Load states.
func countClasses(train, test part) (int, error) {
	var seen [256]bool
	top := func(p part) (label byte, at int) {
		for i, v := range p.Data {
			seen[v] = true
			if v > label {
				label, at = v, i
			}
		}
		return label, at
	}
	trainTop, at := top(train)
	testTop, testAt := top(test)
	if testTop > trainTop && testTop >= usualClasses {
		return 0, fmt.Errorf("%s: label %d (number %d) is out of range, the training labels end at %d; correct it or download the file again",
			test.name, testTop, testAt, trainTop)
	}
	classes, used := 1+int(max(trainTop, testTop)), 0
	for _, s := range seen {
		if s {
			used++
		}
	}
	if classes > usualClasses && classes > 2*used {
		return 0, fmt.Errorf("%s: label %d (number %d) is out of range, only %d of the %d classes up to it have an image; correct it or number the classes from 0",
			train.name, trainTop, at, used, classes)
	}
	return classes, nil
}
