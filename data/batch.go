package data

import (
	"fmt"

	"github.com/stheno/stheno/blas/native"
)

// Float is the type of the numbers that a network computes with.
type Float interface{ float32 | float64 }

// normalize sets dst[i] = src[i]/255; both have the same length.
func normalize[T Float](dst []T, src []byte) {
	switch dst := any(dst).(type) {
	case []float32:
		native.SfromBytes(dst, src)
	case []float64:
		native.DfromBytes(dst, src)
	}
}

// Pixels writes the images idx of s to dst, len(idx) × pixels, each pixel divided by 255 and so between 0 and 1, the
// book's normalize=True and flatten=True. It allocates nothing. An image that s does not have, or a dst that is too
// short, is an error; dst may be longer.
func Pixels[T Float](dst []T, s *Split, idx []int) error {
	n, err := s.pixels()
	if err == nil {
		err = s.checkBatch(idx, len(dst), n)
	}
	if err != nil {
		return err
	}
	group := max(1, cached/max(1, n))
	for len(idx) > 0 {
		batch := idx[:min(group, len(idx))]
		for _, at := range batch {
			touch(s.Images[at*n : (at+1)*n])
		}
		for _, at := range batch {
			normalize(dst[:n], s.Images[at*n:(at+1)*n])
			dst = dst[n:]
		}
		idx = idx[len(batch):]
	}
	return nil
}

const (
	cached    = 64 << 10 // bytes that surely stay in the second-level cache
	cacheLine = 64
)

// touch brings an image from memory into the cache. Images drawn at random are never there; reading one byte a line of
// many images in a row lets the processor wait for all of them at once, which halves the time of a batch. It must not be
// inlined, or the compiler would see that nobody needs the result.
//
//go:noinline
func touch(image []byte) (x byte) {
	for i := 0; i < len(image); i += cacheLine {
		x ^= image[i]
	}
	return x
}

// PixelRange is Pixels for the images from, from+1, ... to-1, which lie side by side.
func PixelRange[T Float](dst []T, s *Split, from, to int) error {
	n, err := s.pixels()
	if err == nil {
		err = s.checkRange(from, to, len(dst), n)
	}
	if err != nil {
		return err
	}
	normalize(dst[:(to-from)*n], s.Images[from*n:to*n])
	return nil
}

// OneHot writes the labels idx of s to dst, len(idx) × classes: 1 in the column of the label and 0 elsewhere. It
// allocates nothing. A label beyond the classes is an error, and so is what is one to Pixels.
func OneHot[T Float](dst []T, s *Split, idx []int, classes int) error {
	if err := s.checkBatch(idx, len(dst), classes); err != nil {
		return err
	}
	dst = dst[:len(idx)*classes]
	clear(dst)
	for i, at := range idx {
		label := s.Labels[at]
		if int(label) >= classes {
			return labelError(at, label, classes)
		}
		dst[i*classes+int(label)] = 1
	}
	return nil
}

// OneHotRange is OneHot for the labels from, from+1, ... to-1.
func OneHotRange[T Float](dst []T, s *Split, from, to, classes int) error {
	if err := s.checkRange(from, to, len(dst), classes); err != nil {
		return err
	}
	dst = dst[:(to-from)*classes]
	clear(dst)
	for i, label := range s.Labels[from:to] {
		if int(label) >= classes {
			return labelError(from+i, label, classes)
		}
		dst[i*classes+int(label)] = 1
	}
	return nil
}

func labelError(image int, label byte, classes int) error {
	return fmt.Errorf("label %d of image %d is out of range: %d classes are numbered 0 to %d", label, image, classes, classes-1)
}

// pixels is Pixels of images that are whole.
func (s *Split) pixels() (int, error) {
	if s == nil {
		return 0, errNoSplit
	}
	n := s.Pixels()
	if len(s.Images) != n*len(s.Labels) {
		return 0, fmt.Errorf("%d bytes of images for %d labels: the images are not all of one size", len(s.Images), len(s.Labels))
	}
	return n, nil
}

// checkBatch makes sure that there are such images, and room for so many numbers of each.
func (s *Split) checkBatch(idx []int, room, each int) error {
	if s == nil {
		return errNoSplit
	}
	for _, at := range idx {
		if at < 0 || at >= s.Len() {
			return fmt.Errorf("image %d is not there: the split has %d", at, s.Len())
		}
	}
	return checkRoom(len(idx), room, each)
}

func (s *Split) checkRange(from, to, room, each int) error {
	switch {
	case s == nil:
		return errNoSplit
	case from < 0 || to < from || to > s.Len():
		return fmt.Errorf("images %d to %d are not there: the split has %d", from, to-1, s.Len())
	}
	return checkRoom(to-from, room, each)
}

func checkRoom(count, room, each int) error {
	if each < 0 || count > 0 && each > room/count {
		return fmt.Errorf("a batch of %d with %d numbers each does not fit into %d", count, each, room)
	}
	return nil
}
