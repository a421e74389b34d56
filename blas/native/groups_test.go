package native

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestGroups runs random convolutions in groups and their gradients by weights against plain loops, between memory that is NaN.
func TestGroups(t *testing.T) {
	count := 300
	if long() {
		count = 30_000
	}
	eachSet(t, func(t *testing.T) {
		t.Run("type=float32", func(t *testing.T) { testGroups[float32](t, count) })
		t.Run("type=float64", func(t *testing.T) { testGroups[float64](t, count) })
	})
}

func testGroups[T float](t *testing.T, count int) {
	for seed := range uint64(count) {
		r := rand.New(rand.NewPCG(47, seed))
		g, groups := randomImages(r), 1+r.IntN(40)
		g.Channels, g.NewChannels = groups, groups
		switch r.IntN(4) {
		case 0:
			g.NewChannels *= 1 + r.IntN(4)
		case 1:
			g.Channels *= 1 + r.IntN(4)
		case 2:
			g.Channels, g.NewChannels = groups*(1+r.IntN(5)), groups*(1+r.IntN(5))
		}
		if r.IntN(6) == 0 { // for tiles
			groups = 1 + r.IntN(4)
			g.Channels, g.NewChannels = groups*(1+r.IntN(40)), groups*(1+r.IntN(70))
		}
		n := r.IntN(3)
		if err := checkGroups[T](r, g, groups, n); err != nil {
			t.Fatalf("seed %d, %d groups, %d images, %+v: %v", seed, groups, n, g, err)
		}
		if g.Spread != [2]int{1, 1} {
			continue
		}
		if err := checkGroupWeights[T](r, g, groups, n); err != nil {
			t.Fatalf("seed %d, %d groups, %d images, %+v: gradient by weights: %v", seed, groups, n, g, err)
		}
	}
}

// eachProduct calls f for each product of a convolution in groups, of one image.
func (g *Images) eachProduct(groups int, f func(y, x, tap, from, n int)) {
	from, to := g.Channels/groups, g.NewChannels/groups
	g.eachMeeting(func(o, tap, at int) {
		for n := range g.NewChannels {
			for i := range from {
				f(o*g.NewChannels+n, at*g.Channels+n/to*from+i, tap, i, n)
			}
		}
	})
}

func checkGroups[T float](r *rand.Rand, g Images, groups, n int) error {
	back := r.IntN(2) == 0
	from, to := g.Channels/groups, g.NewChannels/groups
	images, weights, bias := between[T](r, n*g.pixels()), between[T](r, g.taps()*from*g.NewChannels), between[T](r, g.NewChannels)
	want, got := make([]float64, n*g.results()), between[T](r, n*g.results())
	if r.IntN(2) == 0 {
		bias = nil
	}
	for i := range n {
		x, y := images[i*g.pixels():], want[i*g.results():]
		for o := range g.results() {
			if bias != nil {
				y[o] = float64(bias[o%g.NewChannels])
			}
		}
		g.eachProduct(groups, func(o, at, tap, i, n int) {
			w := (tap*from+i)*g.NewChannels + n
			if back {
				w = ((g.taps()-1-tap)*to+n%to)*g.Channels + n/to*from + i
			}
			y[o] += float64(x[at]) * float64(weights[w])
		})
		for o := range g.results() {
			y[o] *= 2
		}
	}
	twice := func(row []T) {
		for i := range row {
			row[i] *= 2
		}
	}
	c := NewGroupConv[T](g, groups)
	scratch := make([]T, c.Scratch())
	for range 2 {
		FillNaN(got)
		FillNaN(scratch)
		c.Poison()
		c.Pack(weights, back, 0, c.Panels())
		c.Run(images, got, scratch, bias, twice)
		if err := closeTo(got, want); err != nil {
			return err
		}
	}
	whole := append([]T{}, got...)
	FillNaN(got)
	for i := range n {
		for lo, hi := 0, 0; lo < c.Rows(); lo = hi {
			hi = min(c.Rows(), lo+1+r.IntN(3))
			FillNaN(scratch)
			c.RunRows(images[i*g.pixels():][:g.pixels()], got[i*g.results():][:g.results()], scratch, bias, lo, hi, twice)
		}
	}
	if c.Parts() > 1 { // part by part
		for i := range n {
			result := got[i*g.results():][:g.results()]
			FillNaN(result)
			for lo, hi := 0, 0; lo < c.Parts(); lo = hi {
				hi = min(c.Parts(), lo+1+r.IntN(3))
				FillNaN(scratch)
				c.RunParts(images[i*g.pixels():][:g.pixels()], result, scratch, bias, lo, hi)
			}
			twice(result)
		}
	}
	for i := range got {
		if got[i] != whole[i] {
			return fmt.Errorf("number %d by rows is %v, of the whole %v", i, got[i], whole[i])
		}
	}
	return nil
}

func checkGroupWeights[T float](r *rand.Rand, g Images, groups, n int) error {
	from := g.Channels / groups
	images, results := between[T](r, n*g.pixels()), between[T](r, n*g.results())
	want, got := make([]float64, g.taps()*from*g.NewChannels), between[T](r, g.taps()*from*g.NewChannels)
	for i := range n {
		x, y := images[i*g.pixels():], results[i*g.results():]
		g.eachProduct(groups, func(o, at, tap, i, n int) { want[(tap*from+i)*g.NewChannels+n] += float64(x[at]) * float64(y[o]) })
	}
	c := newGroupConvWeights[T](g, groups, 1+r.IntN(60), 1+r.IntN(60))
	scratch := make([]T, c.Scratch())
	FillNaN(got)
	for lo, hi := 0, 0; lo < groups; lo = hi {
		hi = min(groups, lo+1+r.IntN(40))
		FillNaN(scratch)
		c.Run(n, images, results, got, lo, hi, scratch)
	}
	return closeTo(got, want)
}

// TestGroupsAllocateNothing in any of their ways, when they run.
func TestGroupsAllocateNothing(t *testing.T) {
	eachSet(t, func(t *testing.T) {
		for _, of := range [][3]int{{40, 1, 1}, {8, 4, 4}, {6, 2, 3}, {2, 17, 33}} {
			one := [2]int{1, 1}
			g := Images{From: [2]int{6, 7}, To: [2]int{6, 7}, Channels: of[0] * of[1], NewChannels: of[0] * of[2], Size: [2]int{3, 3},
				Step: one, Dilation: one, Before: one, Spread: one}
			c, w := NewGroupConv[float32](g, of[0]), NewGroupConvWeights[float32](g, of[0])
			x, y, dw := make([]float32, 2*g.pixels()), make([]float32, 2*g.results()), make([]float32, g.taps()*of[1]*g.NewChannels)
			scratch, more := make([]float32, c.Scratch()), make([]float32, w.Scratch())
			c.Pack(dw, false, 0, 1)
			if n := testing.AllocsPerRun(5, func() {
				c.Run(x, y, scratch, nil, nil)
				w.Run(2, x, y, dw, 0, of[0], more)
			}); n > 0 {
				t.Errorf("%v: a run allocates %v times", of, n)
			}
		}
	})
}
