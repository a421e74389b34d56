package data

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// noise is a split of 1000 images of 28×28 noisy pixels with labels 0 to 9.
func noise() *Split {
	r := rand.New(rand.NewPCG(1, 2))
	s := &Split{make([]byte, 1000*784), make([]byte, 1000)}
	for i := range s.Images {
		s.Images[i] = byte(r.IntN(256))
	}
	for i := range s.Labels {
		s.Labels[i] = byte(r.IntN(10))
	}
	return s
}

func TestPixels(t *testing.T) {
	t.Run("float32", testPixels[float32])
	t.Run("float64", testPixels[float64])
}

func testPixels[T Float](t *testing.T) {
	for _, pixels := range []int{1, 7, 8, 15, 784} {
		all := noise()
		s := &Split{all.Images[:1000*pixels], all.Labels}
		indices := []int{3, 999, 0, 3, 17}
		got := make([]T, len(indices)*pixels+1)
		got[len(got)-1] = 42
		Pixels(got, s, indices)
		for i, at := range indices {
			for p := range pixels {
				if want := T(s.Images[at*pixels+p]) / 255; got[i*pixels+p] != want {
					t.Fatalf("%d pixels: image %d, pixel %d is %v, want %v", pixels, at, p, got[i*pixels+p], want)
				}
			}
		}
		if got[len(got)-1] != 42 {
			t.Errorf("%d pixels: wrote beyond the batch", pixels)
		}
		inRange, byIndex := make([]T, 3*pixels), make([]T, 3*pixels)
		PixelRange(inRange, s, 5, 8)
		Pixels(byIndex, s, []int{5, 6, 7})
		if !slices.Equal(inRange, byIndex) {
			t.Errorf("%d pixels: range and indices differ", pixels)
		}
	}
}

func TestOneHot(t *testing.T) {
	s := &Split{Labels: []byte{2, 0, 1}}
	got := []float32{9, 9, 9, 9, 9, 9, 9, 9, 9}
	OneHot(got, s, []int{2, 0}, 3)
	if want := []float32{0, 1, 0, 0, 0, 1, 9, 9, 9}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	OneHotRange(got, s, 0, 3, 3)
	if want := []float32{0, 0, 1, 1, 0, 0, 0, 1, 0}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestArrays(t *testing.T) {
	d := &Dataset{Rows: 2, Cols: 2, Classes: 3, Train: Split{[]byte{9, 9, 9, 9, 0, 51, 255, 1}, []byte{0, 2}}}
	type want struct {
		shape  []int
		pixels []float64
		tShape []int
		labels []float64
	}
	for o, w := range map[Options]want{
		{}:                               {[]int{1, 1, 2, 2}, []float64{0, 51, 255, 1}, []int{1}, []float64{2}},
		{Normalize: true, Flatten: true}: {[]int{1, 4}, []float64{0, 0.2, 1, 1. / 255}, []int{1}, []float64{2}},
		{OneHot: true, Normalize: true}:  {[]int{1, 1, 2, 2}, []float64{0, 0.2, 1, 1. / 255}, []int{1, 3}, []float64{0, 0, 1}},
		{Flatten: true, OneHot: true}:    {[]int{1, 4}, []float64{0, 51, 255, 1}, []int{1, 3}, []float64{0, 0, 1}},
	} {
		x, l, err := Arrays[float64](d, &d.Train, 1, 2, o)
		if err != nil || !slices.Equal(x.Shape, w.shape) || !slices.Equal(x.Data, w.pixels) || !slices.Equal(l.Shape, w.tShape) || !slices.Equal(l.Data, w.labels) {
			t.Errorf("%+v: %v %v, %v", o, x, l, err)
		}
	}
}

func TestDrawingABatchAllocatesNothing(t *testing.T) {
	s, sampler := noise(), NewSampler(1000, 1)
	indices, x, y := make([]int, 100), make([]float32, 100*784), make([]float32, 1000)
	if n := testing.AllocsPerRun(10, func() {
		sampler.Draw(indices)
		Pixels(x, s, indices)
		OneHot(y, s, indices, 10)
		PixelRange(x, s, 0, 100)
		OneHotRange(y, s, 0, 100, 10)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkPixels(b *testing.B) {
	d, err := mnist()
	if err != nil {
		b.Fatal(err)
	}
	b.Run("float32", func(b *testing.B) { benchmarkPixels[float32](b, &d.Train) })
	b.Run("float64", func(b *testing.B) { benchmarkPixels[float64](b, &d.Train) })
}

func benchmarkPixels[T Float](b *testing.B, s *Split) {
	sampler, indices := NewSampler(s.Len(), 1), make([]int, 100)
	x := make([]T, 100*s.Pixels())
	b.ReportAllocs()
	for b.Loop() {
		sampler.Draw(indices)
		Pixels(x, s, indices)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(x)), "ns/pixel")
}
