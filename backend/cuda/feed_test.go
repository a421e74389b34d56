//go:build cuda

package cuda_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/cuda"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/ir"
)

// made is a data set of numbers drawn with a fixed seed.
func made(count, pixels, classes int) *data.Split {
	r := rand.New(rand.NewPCG(1, 2))
	s := &data.Split{Images: make([]byte, count*pixels), Labels: make([]byte, count)}
	for i := range s.Images {
		s.Images[i] = byte(r.IntN(256))
	}
	for i := range s.Labels {
		s.Labels[i] = byte(r.IntN(classes))
	}
	return s
}

// fed has the GPU draw batches, which must be those of the host to the bit.
func fed[T data.Float](t *testing.T, e backend.Engine, dt ir.DType) {
	t.Helper()
	s := made(50, loopPixels, loopClasses)
	f, err := e.(*cuda.Engine).NewFeed(s.Images, s.Labels, loopClasses)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	l := newLearner(t, e, dt)
	loop, err := f.NewLoop(l.exec, l.x, l.t, loopBatch, 2) // runs of one step are graphs, which make the batch in x and t
	if err != nil {
		t.Fatal(err)
	}
	defer loop.Close()
	for _, idx := range [][]int{{7, 0, 1, 2, 3}, {0, 49, 7, 7, 48}, make([]int, 5)} {
		x, y := make([]T, loopBatch*loopPixels), make([]T, loopBatch*loopClasses)
		data.Pixels(x, s, idx)
		data.OneHot(y, s, idx, loopClasses)
		if err := loop.Run(idx, make([]float64, 1)); err != nil {
			t.Fatal(err)
		}
		same(t, l.x, x)
		same(t, l.t, y)
	}
}

func TestFeed(t *testing.T) {
	e := gpu(t)
	fed[float32](t, e, ir.Float32)
	fed[float64](t, e, ir.Float64)
	for want, set := range map[string][2][]byte{
		"7 bytes of images do not go into 2 labels": {make([]byte, 7), make([]byte, 2)},
		"image 1 has the label 3":                   {make([]byte, 4), {0, 3}},
	} {
		if _, err := e.(*cuda.Engine).NewFeed(set[0], set[1], 3); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func buffers(t *testing.T, e backend.Engine, dt ir.DType, n int) backend.Buffer {
	t.Helper()
	b, err := e.Alloc(dt, n)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Free)
	return b
}

func same[T data.Float](t *testing.T, b backend.Buffer, want []T) {
	t.Helper()
	got := make([]T, len(want))
	if err := b.Read(got); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
