// Package data brings labelled images to a training loop.
//
// The MNIST digits are part of the program ([MNIST]); any other set in the same four IDX files, such as Fashion-MNIST,
// is read from a folder ([Load]). Images stay bytes in memory, one a pixel, and become numbers only as a batch is drawn
// ([Pixels], [OneHot], [Arrays]): 55 MB instead of 220 MB for MNIST in float32. Which images make a batch is drawn by a
// [Sampler].
package data

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
