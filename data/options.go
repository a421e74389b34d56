package data

// Options are those of the book's load_mnist(normalize, flatten, one_hot_label).
type Options struct {
	Normalize bool // pixels 0 to 1 instead of 0 to 255
	Flatten   bool // images as rows of a matrix, n × pixels, instead of n × 1 × rows × cols
	OneHot    bool // labels as rows of a matrix, n × classes, instead of n class numbers
}

// An Array is numbers with a shape, the last dimension running fastest.
type Array[T Float] struct {
	Shape []int
	Data  []T
}

// Arrays returns the images and labels from, from+1, ... to-1 of a split of d as numbers, in new memory: what the book's
// load_mnist returns. A training loop is better served by [Pixels] and [OneHot], which write into its own memory. A split
// that [Split.Check] refuses, or images that it does not have, are an error.
func Arrays[T Float](d *Dataset, s *Split, from, to int, o Options) (images, labels Array[T], err error) {
	if d == nil {
		return images, labels, errNoDataset
	}
	if err = s.Check(d.Rows*d.Cols, d.Classes); err == nil {
		err = s.checkRange(from, to, 0, 0)
	}
	if err != nil {
		return images, labels, err
	}
	count := to - from
	images = Array[T]{[]int{count, 1, d.Rows, d.Cols}, make([]T, count*s.Pixels())}
	if o.Flatten {
		images.Shape = []int{count, s.Pixels()}
	}
	if o.Normalize {
		err = PixelRange(images.Data, s, from, to)
	} else {
		widen(images.Data, s.Images[from*s.Pixels():to*s.Pixels()])
	}
	if err == nil && o.OneHot {
		labels = Array[T]{[]int{count, d.Classes}, make([]T, count*d.Classes)}
		err = OneHotRange(labels.Data, s, from, to, d.Classes)
	} else {
		labels = Array[T]{[]int{count}, make([]T, count)}
		widen(labels.Data, s.Labels[from:to])
	}
	return images, labels, err
}

// widen sets dst[i] = src[i].
func widen[T Float](dst []T, src []byte) {
	for i, v := range src {
		dst[i] = T(v)
	}
}
