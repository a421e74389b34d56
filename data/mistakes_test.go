package data

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// TestBatchMistakes: what does not fit is one line, and nothing is written beyond dst.
func TestBatchMistakes(t *testing.T) {
	s := &Split{Images: make([]byte, 8), Labels: []byte{0, 1}}
	uneven := &Split{Images: make([]byte, 9), Labels: []byte{0, 1}}
	f := make([]float32, 8)
	set := &Dataset{Name: "set", Train: *s, Rows: 2, Cols: 2, Classes: 2}
	arrays := func(d *Dataset, s *Split, from, to int) error {
		_, _, err := Arrays[float64](d, s, from, to, Options{OneHot: true})
		return err
	}
	_, noReader := ReadIDX(nil, "file", 8)
	for _, c := range []struct {
		err  error
		want string
	}{
		{Pixels(f, s, []int{0, 2}), "image 2 is not there: the split has 2"},
		{Pixels(f, s, []int{-1}), "image -1 is not there: the split has 2"},
		{Pixels(f[:7], s, []int{0, 1}), "a batch of 2 with 4 numbers each does not fit into 7"},
		{Pixels(f, nil, []int{0}), "no split to take images from"},
		{Pixels(f, uneven, []int{0}), "9 bytes of images for 2 labels: the images are not all of one size"},
		{Pixels(f, &Split{Images: make([]byte, 4)}, nil), "4 bytes of images for 0 labels: the images are not all of one size"},
		{PixelRange(f, s, 1, 3), "images 1 to 2 are not there: the split has 2"},
		{PixelRange(f, s, 2, 1), "images 2 to 0 are not there: the split has 2"},
		{PixelRange(f, s, -1, 1), "images -1 to 0 are not there: the split has 2"},
		{PixelRange(f[:3], s, 1, 2), "a batch of 1 with 4 numbers each does not fit into 3"},
		{PixelRange(f, nil, 0, 0), "no split to take images from"},
		{PixelRange(f, uneven, 0, 1), "9 bytes of images for 2 labels: the images are not all of one size"},
		{OneHot(f, s, []int{0, 1}, 1), "label 1 of image 1 is out of range: 1 classes are numbered 0 to 0"},
		{OneHot(f, s, []int{5}, 2), "image 5 is not there: the split has 2"},
		{OneHot(f[:3], s, []int{0, 1}, 2), "a batch of 2 with 2 numbers each does not fit into 3"},
		{OneHot(f, s, []int{0}, -1), "a batch of 1 with -1 numbers each does not fit into 8"},
		{OneHot(f, s, []int{0, 1, 0, 1}, math.MaxInt), fmt.Sprintf("a batch of 4 with %d numbers each does not fit into 8", math.MaxInt)},
		{OneHot(f, nil, nil, 2), "no split to take images from"},
		{OneHotRange(f, s, 0, 2, 1), "label 1 of image 1 is out of range: 1 classes are numbered 0 to 0"},
		{OneHotRange(f, s, 0, 9, 2), "images 0 to 8 are not there: the split has 2"},
		{OneHotRange(f[:3], s, 0, 2, 2), "a batch of 2 with 2 numbers each does not fit into 3"},
		{NewSampler(0, 1).Draw(make([]int, 1)), "a sampler of 0 samples has none to draw: it needs at least one"},
		{NewSampler(-4, 1).Draw(nil), "a sampler of -4 samples has none to draw: it needs at least one"},
		{(*Sampler)(nil).Draw(nil), "no sampler: make one with NewSampler"},
		{new(Sampler).Resume(NewSampler(1, 1).State()), "no sampler: make one with NewSampler"},
		{arrays(nil, s, 0, 1), "no dataset: take MNIST, Load a folder, or fill in a Dataset"},
		{arrays(set, nil, 0, 1), "no split to take images from"},
		{arrays(set, uneven, 0, 1), "9 bytes of images for 2 labels: want 4 pixels an image, 8 bytes"},
		{arrays(set, &set.Train, 1, 3), "images 1 to 2 are not there: the split has 2"},
		{arrays(set, &set.Train, 0, 2), "<nil>"},
		{set.Check(), "<nil>"},
		{noReader, "file: no reader"},
	} {
		if fmt.Sprint(c.err) != c.want {
			t.Errorf("error %v, want %q", c.err, c.want)
		}
	}
	if _, err := Load(""); err == nil || !strings.Contains(err.Error(), "no such folder") {
		t.Errorf("folder of no name: %v", err)
	}
}
