package native

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestImages runs random convolutions and gradients by weights against plain loops, between memory that is NaN, where anything that
// is read beside the operands shows.
func TestImages(t *testing.T) {
	count := 300
	if long() {
		count = 30_000
	}
	eachSet(t, func(t *testing.T) {
		t.Run("type=float32", func(t *testing.T) { testImages[float32](t, count) })
		t.Run("type=float64", func(t *testing.T) { testImages[float64](t, count) })
	})
}

func testImages[T float](t *testing.T, count int) {
	for seed := range uint64(count) {
		r := rand.New(rand.NewPCG(31, seed))
		g := randomImages(r)
		n := r.IntN(3)
		if err := checkConv[T](r, g, n); err != nil {
			t.Fatalf("seed %d, %d images, %+v: conv: %v", seed, n, g, err)
		}
		if g.Spread != [2]int{1, 1} {
			continue
		}
		n = r.IntN(6)
		if err := checkConvWeights[T](r, g, n); err != nil {
			t.Fatalf("seed %d, %d images, %+v: gradient by weights: %v", seed, n, g, err)
		}
	}
}

func randomImages(r *rand.Rand) Images {
	ones := [2]int{1, 1}
	g := Images{Channels: 1 + r.IntN(5), NewChannels: 1 + r.IntN(6), Step: ones, Dilation: ones, Spread: ones}
	if r.IntN(3) == 0 {
		g.Channels, g.NewChannels = 1+r.IntN(40), 1+r.IntN(70)
	}
	flat := r.IntN(4) == 0 // one row, as of images that Flat has joined
	for a := range 2 {
		g.From[a], g.To[a], g.Size[a] = 1+r.IntN(17), 1+r.IntN(17), 1+r.IntN(4)
		g.Before[a] = r.IntN(5) - 1
		if flat {
			g.Size[a], g.To[0] = 1, 1
		}
		if r.IntN(3) == 0 {
			g.Dilation[a] = 1 + r.IntN(2)
		}
		switch r.IntN(4) {
		case 0:
			g.Step[a] = 1 + r.IntN(3)
		case 1:
			g.Spread[a] = 1 + r.IntN(3)
		}
	}
	if r.IntN(6) == 0 { // a pixel of the result for each of the image
		g = Images{From: g.From, To: g.From, Channels: g.Channels, NewChannels: g.NewChannels, Size: ones, Step: ones, Dilation: ones, Spread: ones}
	}
	return g
}

// eachMeeting calls f for each position of the result, tap, and position of the image that meet.
func (g *Images) eachMeeting(f func(o, tap, at int)) {
	meets := func(axis, o, k int) (int, bool) {
		at := o*g.Step[axis] + k*g.Dilation[axis] - g.Before[axis]
		if at < 0 || at%g.Spread[axis] != 0 {
			return 0, false
		}
		return at / g.Spread[axis], at/g.Spread[axis] < g.From[axis]
	}
	for r := range g.To[0] {
		for c := range g.To[1] {
			for i := range g.Size[0] {
				for j := range g.Size[1] {
					row, ok := meets(0, r, i)
					if col, inside := meets(1, c, j); ok && inside {
						f(r*g.To[1]+c, i*g.Size[1]+j, row*g.From[1]+col)
					}
				}
			}
		}
	}
}

// between is n random numbers between others that are NaN.
func between[T float](r *rand.Rand, n int) []T {
	const margin = 64
	x := make([]T, n+2*margin)
	FillNaN(x)
	copy(x[margin:], random[T](r, n))
	return x[margin : margin+n : margin+n]
}

// thinned sets many of the numbers to zero, or none.
func thinned[T float](r *rand.Rand, x []T) []T {
	if share := r.Float64(); r.IntN(2) == 0 {
		for i := range x {
			if r.Float64() < share {
				x[i] = 0
			}
		}
	}
	return x
}

func checkConv[T float](r *rand.Rand, g Images, n int) error {
	back := r.IntN(2) == 0
	images, weights := thinned(r, between[T](r, n*g.pixels())), between[T](r, g.taps()*g.Channels*g.NewChannels)
	want, got := make([]float64, n*g.results()), between[T](r, n*g.results())
	for i := range n {
		x, y := images[i*g.pixels():], want[i*g.results():]
		g.eachMeeting(func(o, tap, at int) {
			for c := range g.Channels {
				for d := range g.NewChannels {
					w := (tap*g.Channels+c)*g.NewChannels + d
					if back {
						w = ((g.taps()-1-tap)*g.NewChannels+d)*g.Channels + c
					}
					y[o*g.NewChannels+d] += float64(x[at*g.Channels+c]) * float64(weights[w])
				}
			}
		})
	}
	if r.IntN(2) == 0 {
		g = g.Flat()
	}
	c := newConv[T](g, r.IntN(2)*leaveOutSteps, 1+r.IntN(2*g.pixels()+1))
	floats, numbers := c.Scratch()
	scratch, ints := make([]T, floats), make([]int32, numbers)
	for range 2 {
		FillNaN(got)
		FillNaN(scratch)
		c.Pack(weights, back, 0, c.Panels())
		c.Run(images, got, scratch, ints)
		if err := closeTo(got, want); err != nil {
			return err
		}
	}
	FillNaN(got)
	for i := range n {
		image, result := images[i*g.pixels():][:g.pixels()], got[i*g.results():][:g.results()]
		for lo, hi := 0, 0; lo < c.Rows(); lo = hi {
			hi = min(c.Rows(), lo+1+r.IntN(3))
			FillNaN(scratch)
			c.RunRows(image, result, scratch, lo, hi)
			row := g.To[1] * g.NewChannels
			if err := closeTo(result[lo*row:hi*row], want[i*g.results():][lo*row:hi*row]); err != nil {
				return fmt.Errorf("rows %d to %d: %w", lo, hi, err)
			}
		}
		FillNaN(result)
		for lo, hi := 0, 0; lo < c.Panels(); lo = hi {
			hi = min(c.Panels(), lo+1+r.IntN(3))
			FillNaN(scratch)
			c.RunPanels(image, result, scratch, lo, hi)
		}
	}
	return closeTo(got, want)
}

func checkConvWeights[T float](r *rand.Rand, g Images, n int) error {
	images, results := between[T](r, n*g.pixels()), thinned(r, between[T](r, n*g.results()))
	size := g.taps() * g.Channels * g.NewChannels
	want, got := make([]float64, size), between[T](r, size)
	for i := range n {
		x, y := images[i*g.pixels():], results[i*g.results():]
		g.eachMeeting(func(o, tap, at int) {
			for c := range g.Channels {
				for d := range g.NewChannels {
					want[(tap*g.Channels+c)*g.NewChannels+d] += float64(x[at*g.Channels+c]) * float64(y[o*g.NewChannels+d])
				}
			}
		})
	}
	c := newConvWeights[T](g, r.IntN(3*g.To[0]*g.To[1]), r.IntN(2)*gatherBytes) // of up to two images at once, or in parts
	FillNaN(got)
	if err := runHalves(r, c, n, images, results, got, c.Halves()); err != nil {
		return err
	}
	if err := closeTo(got, want); err != nil {
		return err
	}
	FillNaN(got)
	if err := runHalves(r, c, n, images, results, got, 2); err != nil {
		return err
	}
	if err := closeTo(got, want); err != nil {
		return err
	}
	clear(got)
	for lo, hi := 0, 0; lo < c.Parts(); lo = hi {
		hi = lo + 1 + r.IntN(c.Parts()-lo)
		part := between[T](r, size)
		if err := runHalves(r, c.Part(lo, hi), n, images, results, part, c.Halves()); err != nil {
			return err
		}
		for i, v := range part {
			got[i] += v
		}
	}
	return closeTo(got, want)
}

// runHalves computes a gradient, at most so many halves of panels at once: those that come later are not written yet.
func runHalves[T float](r *rand.Rand, c *ConvWeights[T], n int, images, results, got []T, most int) error {
	for lo, hi := 0, 0; lo < c.Halves(); lo = hi {
		hi = min(c.Halves(), lo+1+r.IntN(most))
		floats, numbers := c.Scratch(hi - lo)
		scratch, ints := make([]T, floats), make([]int32, numbers)
		FillNaN(scratch)
		before := slices.Clone(got)
		c.Run(n, images, fromSome(r, results, c.g.results()), got, lo, hi, scratch, ints)
		for i, v := range before {
			at := i % c.g.NewChannels / c.half()
			if (at < lo || at >= hi) && math.Float64bits(float64(v)) != math.Float64bits(float64(got[i])) {
				return fmt.Errorf("halves %d to %d: element %d is written, %v, not %v", lo, hi, i, got[i], v)
			}
		}
	}
	return nil
}

// fromSome are gradients by the result that lie there, or that are made in memory which each call spoils.
func fromSome[T float](r *rand.Rand, x []T, each int) Results[T] {
	if r.IntN(2) == 0 {
		return Results[T]{All: x}
	}
	var room []T
	return Results[T]{Make: func(first, n int) []T {
		FillNaN(room)
		room = slices.Clone(x[first*each : (first+n)*each])
		return room
	}}
}

func closeTo[T float](got []T, want []float64) error {
	eps := 1e-4
	if _, double := any(T(0)).(float64); double {
		eps = 1e-12
	}
	for i := range want {
		if d := math.Abs(float64(got[i]) - want[i]); !(d <= eps*(1+math.Abs(want[i]))) {
			return fmt.Errorf("element %d is %v, not %v", i, got[i], want[i])
		}
	}
	return nil
}

// BenchmarkImages takes the layers of a small net of images, batch 10.
func BenchmarkImages(b *testing.B) {
	one, two, three := [2]int{1, 1}, [2]int{2, 2}, [2]int{3, 3}
	for _, g := range []Images{
		{From: [2]int{28, 28}, To: [2]int{28, 28}, Channels: 1, NewChannels: 32, Size: three, Before: one},
		{From: [2]int{14, 14}, To: [2]int{14, 14}, Channels: 32, NewChannels: 64, Size: three, Before: one},
		{From: [2]int{7, 7}, To: [2]int{7, 7}, Channels: 64, NewChannels: 128, Size: three, Before: one},
		{From: [2]int{14, 14}, To: [2]int{14, 14}, Channels: 256, NewChannels: 256, Size: three, Before: one},
		{From: [2]int{7, 7}, To: [2]int{7, 7}, Channels: 512, NewChannels: 512, Size: three, Before: one},
		{From: [2]int{56, 56}, To: [2]int{56, 56}, Channels: 64, NewChannels: 256, Size: one},
		{From: [2]int{112, 112}, To: [2]int{112, 112}, Channels: 3, NewChannels: 64, Size: [2]int{7, 7}, Before: three},
		{From: [2]int{14, 14}, To: [2]int{28, 28}, Channels: 64, NewChannels: 64, Size: three, Before: one, Spread: two},
	} {
		g.Step, g.Dilation = one, one
		if g.Spread == [2]int{} {
			g.Spread = one
		}
		const n = 10
		r := rand.New(rand.NewPCG(1, 2))
		images, results := random[float32](r, n*g.pixels()), random[float32](r, n*g.results())
		weights := random[float32](r, g.taps()*g.Channels*g.NewChannels)
		flops := 2 * float64(n*g.taps()*g.Channels*g.results()) / float64(g.Spread[0]*g.Spread[1])
		name := fmt.Sprintf("%dx%dx%d,%dx%d,%d", g.From[0], g.From[1], g.Channels, g.Size[0], g.Size[1], g.NewChannels)
		c, w := NewConv[float32](g), NewConvWeights[float32](g)
		floats, numbers := c.Scratch()
		scratch, ints := make([]float32, floats), make([]int32, numbers)
		c.Pack(weights, false, 0, c.Panels())
		b.Run(name+"/op=conv", func(b *testing.B) { reportBest(b, flops, "flop", func() { c.Run(images, results, scratch, ints) }) })
		for i := range images {
			if r.IntN(4) > 0 {
				images[i] = 0
			}
		}
		b.Run(name+"/op=alive", func(b *testing.B) { reportBest(b, flops, "flop", func() { c.Run(images, results, scratch, ints) }) })
		if g.Spread == one {
			floats, numbers := w.Scratch(w.Halves())
			scratch, ints := make([]float32, floats), make([]int32, numbers)
			results := random[float32](r, n*g.results())
			b.Run(name+"/op=weights", func(b *testing.B) {
				reportBest(b, flops, "flop", func() { w.Run(n, images, Results[float32]{All: results}, weights, 0, w.Halves(), scratch, ints) })
			})
			for i := range results {
				if r.IntN(4) > 0 {
					results[i] = 0
				}
			}
			b.Run(name+"/op=aliveweights", func(b *testing.B) {
				reportBest(b, flops, "flop", func() { w.Run(n, images, Results[float32]{All: results}, weights, 0, w.Halves(), scratch, ints) })
			})
		}
	}
}
