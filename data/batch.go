package data

import "stheno/blas/native"

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
// book's normalize=True and flatten=True. It allocates nothing.
func Pixels[T Float](dst []T, s *Split, idx []int) {
	n := s.Pixels()
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
func PixelRange[T Float](dst []T, s *Split, from, to int) {
	n := s.Pixels()
	normalize(dst[:(to-from)*n], s.Images[from*n:to*n])
}

// OneHot writes the labels idx of s to dst, len(idx) × classes: 1 in the column of the label and 0 elsewhere. It
// allocates nothing.
func OneHot[T Float](dst []T, s *Split, idx []int, classes int) {
	dst = dst[:len(idx)*classes]
	clear(dst)
	for i, at := range idx {
		dst[i*classes : (i+1)*classes][s.Labels[at]] = 1
	}
}

// OneHotRange is OneHot for the labels from, from+1, ... to-1.
func OneHotRange[T Float](dst []T, s *Split, from, to, classes int) {
	dst = dst[:(to-from)*classes]
	clear(dst)
	for i, label := range s.Labels[from:to] {
		dst[i*classes : (i+1)*classes][label] = 1
	}
}
