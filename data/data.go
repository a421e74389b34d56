// Package data brings samples to a training loop, as rows of floats.
//
// A [Set] has a training and a test [Source]; a source writes the rows of a batch where the loop wants them. Which samples make a batch
// is drawn by a [Sampler].
//
// The MNIST digits are part of the program ([MNIST]); any other set in the same four IDX files, such as Fashion-MNIST,
// is read from a folder ([Load]). Images stay bytes in memory, one a pixel, and become numbers only as a batch is drawn
// ([Pixels], [OneHot], [Arrays]): 55 MB instead of 220 MB for MNIST in float32.
package data

import (
	"errors"
	"fmt"
)

// A Dataset is a training set and a test set of images of one size, each image labelled with its class.
type Dataset struct {
	Name        string // "MNIST", or the folder it was read from
	Train, Test Split
	Rows, Cols  int // pixels an image, down and across
	Classes     int // labels are 0 to Classes-1
}

// A Split is one part of a dataset: n images, row by row, one behind the other, and their n labels.
type Split struct {
	Images []byte // n × rows × cols, 0 is the background and 255 full ink
	Labels []byte // n
}

// Len is the number of images.
func (s *Split) Len() int { return len(s.Labels) }

// Pixels is the number of pixels of one image, rows × cols.
func (s *Split) Pixels() int {
	if len(s.Labels) == 0 {
		return 0
	}
	return len(s.Images) / len(s.Labels)
}

var (
	errNoDataset = errors.New("no dataset: take MNIST, Load a folder, or fill in a Dataset")
	errNoSplit   = errors.New("no split to take images from")
)

// Check reports what is wrong with a dataset: it has training images, the test images may be missing, all images are
// Rows × Cols bytes, and each has a label below Classes.
func (d *Dataset) Check() error {
	switch {
	case d == nil:
		return errNoDataset
	case d.Rows < 1 || d.Cols < 1 || d.Classes < 1:
		return fmt.Errorf("%s: images of %d×%d pixels in %d classes: each must be at least 1", d.Name, d.Rows, d.Cols, d.Classes)
	case d.Train.Len() == 0:
		return fmt.Errorf("%s: there are no training images", d.Name)
	}
	for _, s := range [...]struct {
		name  string
		split *Split
	}{{"training", &d.Train}, {"test", &d.Test}} {
		if err := s.split.Check(d.Rows*d.Cols, d.Classes); err != nil {
			return fmt.Errorf("%s, %s set: %w", d.Name, s.name, err)
		}
	}
	return nil
}

// Check reports what is wrong with a split of images of so many pixels in so many classes. It may be empty.
func (s *Split) Check(pixels, classes int) error {
	if s == nil {
		return errNoSplit
	}
	if len(s.Images) != len(s.Labels)*pixels {
		return fmt.Errorf("%d bytes of images for %d labels: want %d pixels an image, %d bytes", len(s.Images), len(s.Labels), pixels, len(s.Labels)*pixels)
	}
	for i, l := range s.Labels {
		if int(l) >= classes {
			return labelError(i, l, classes)
		}
	}
	return nil
}
