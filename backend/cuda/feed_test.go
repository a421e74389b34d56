//go:build cuda

package cuda_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"stheno/backend"
	"stheno/backend/cuda"
	"stheno/data"
	"stheno/ir"
)

// fed draws a batch on the GPU and on the host; both must be the same to the bit.
func fed[T data.Float](t *testing.T, e backend.Engine, dt ir.DType) {
	t.Helper()
	const classes, pixels, count = 10, 6, 50
	r := rand.New(rand.NewPCG(1, 2))
	s := &data.Split{Images: make([]byte, count*pixels), Labels: make([]byte, count)}
	for i := range s.Images {
		s.Images[i] = byte(r.IntN(256))
	}
	for i := range s.Labels {
		s.Labels[i] = byte(r.IntN(classes))
	}
	f, err := e.(*cuda.Engine).NewFeed(s.Images, s.Labels, classes)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, idx := range [][]int{{7}, {0, 49, 7, 7}, {1, 2, 3}, make([]int, 300)} {
		x, y := buffers(t, e, dt, len(idx)*pixels), buffers(t, e, dt, len(idx)*classes)
		wantX, wantY := make([]T, len(idx)*pixels), make([]T, len(idx)*classes)
		data.Pixels(wantX, s, idx)
		data.OneHot(wantY, s, idx, classes)
		if err := f.Draw(idx, x, y); err != nil {
			t.Fatal(err)
		}
		same(t, x, wantX)
		same(t, y, wantY)
	}
	x, y := buffers(t, e, dt, 20*pixels), buffers(t, e, dt, 20*classes)
	wantX, wantY := make([]T, 20*pixels), make([]T, 20*classes)
	data.PixelRange(wantX, s, 30, 50)
	data.OneHotRange(wantY, s, 30, 50, classes)
	if err := f.Range(30, 50, x, nil); err != nil {
		t.Fatal(err)
	}
	same(t, x, wantX)
	if err := f.Range(30, 50, x, y); err != nil {
		t.Fatal(err)
	}
	same(t, y, wantY)
	for want, err := range map[string]error{
		"image 50: the data set has 50":                         f.Draw([]int{50}, x, y),
		"images 40 to 51: the data set has 50":                  f.Range(40, 51, x, y),
		"the batch's images need a buffer of the engine with 6": f.Draw([]int{1}, x, y),
		"the batch's labels need a buffer of the engine with":   f.Range(0, 20, x, x),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
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
