package native

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestInfiniteImages: what is infinite or NaN is not left out because the other factor is zero: 0·∞ is NaN in every sum that has it.
func TestInfiniteImages(t *testing.T) {
	eachSet(t, func(t *testing.T) {
		t.Run("type=float32", func(t *testing.T) { testInfiniteImages[float32](t) })
		t.Run("type=float64", func(t *testing.T) { testInfiniteImages[float64](t) })
	})
}

func testInfiniteImages[T float](t *testing.T) {
	one := [2]int{1, 1}
	g := Images{From: [2]int{5, 6}, To: [2]int{5, 6}, Channels: 18, NewChannels: 17, Size: [2]int{3, 3}, Step: one, Dilation: one, Before: one, Spread: one}
	r := rand.New(rand.NewPCG(5, 5))
	const n = 2
	for _, bad := range []float64{math.Inf(1), math.Inf(-1), math.NaN()} {
		zeros := make([]T, n*g.pixels())
		zeros[40] = 1
		weights := random[T](r, g.taps()*g.Channels*g.NewChannels)
		weights[7*g.NewChannels+3] = T(bad) // of tap 0, channel 7, new channel 3
		c := NewConv[T](g)
		floats, ints := c.Scratch()
		results := make([]T, n*g.results())
		c.Pack(weights, false, 0, c.Panels())
		c.Run(zeros, results, make([]T, floats), make([]int32, ints))
		for i, v := range results { // tap 0 meets all pixels but those of the first row and column, where padding may count or not
			pixel := i / g.NewChannels % (g.To[0] * g.To[1])
			of := i%g.NewChannels == 3
			meets, border := of && pixel >= g.To[1] && pixel%g.To[1] > 0, of && (pixel < g.To[1] || pixel%g.To[1] == 0)
			if (v != v) != meets && !border {
				t.Fatalf("%v among the weights: result %d is %v", bad, i, v)
			}
		}

		images, gradients := random[T](r, n*g.pixels()), make([]T, n*g.results())
		gradients[50] = 1
		images[g.pixels()+7*g.Channels+4] = T(bad) // row 1, column 1, channel 4
		w := NewConvWeights[T](g)
		floats, ints = w.Scratch(w.Halves())
		gradient := make([]T, len(weights))
		w.Run(n, images, Results[T]{All: gradients}, gradient, 0, w.Halves(), make([]T, floats), make([]int32, ints))
		for i, v := range gradient {
			if meets := i/g.NewChannels%g.Channels == 4; v != v && !meets || v == v && meets && i/g.NewChannels/g.Channels == 4 {
				t.Fatalf("%v among the images: gradient %d is %v", bad, i, v)
			}
		}
	}
}

// TestInfiniteImageOfFewChannels: where pixels of the result are taken together, an infinite number goes into those only whose windows
// have it.
func TestInfiniteImageOfFewChannels(t *testing.T) {
	eachSet(t, func(t *testing.T) {
		t.Run("type=float32", func(t *testing.T) { testInfiniteFew[float32](t) })
		t.Run("type=float64", func(t *testing.T) { testInfiniteFew[float64](t) })
	})
}

func testInfiniteFew[T float](t *testing.T) {
	one, two := [2]int{1, 1}, [2]int{2, 2}
	for _, spread := range [][2]int{one, two} {
		g := Images{From: [2]int{5, 16}, To: [2]int{5, 17}, Channels: 3, NewChannels: 2, Size: [2]int{3, 5}, Step: one, Dilation: one, Before: [2]int{1, 2}, Spread: spread}
		r := rand.New(rand.NewPCG(6, 6))
		for _, bad := range []float64{math.Inf(1), math.Inf(-1), math.NaN()} {
			image, weights, want := random[T](r, g.pixels()), random[T](r, g.taps()*g.Channels*g.NewChannels), make([]float64, g.results())
			image[(2*g.From[1]+7)*g.Channels+1] = T(bad)
			g.eachMeeting(func(o, tap, at int) {
				for c := range g.Channels {
					for d := range g.NewChannels {
						want[o*g.NewChannels+d] += float64(image[at*g.Channels+c]) * float64(weights[(tap*g.Channels+c)*g.NewChannels+d])
					}
				}
			})
			c := NewConv[T](g)
			floats, ints := c.Scratch()
			got := make([]T, g.results())
			c.Pack(weights, false, 0, c.Panels())
			c.Run(image, got, make([]T, floats), make([]int32, ints))
			for i, w := range want {
				v := float64(got[i])
				if finite := w-w == 0; finite != (v-v == 0) || finite && !(math.Abs(v-w) <= 1e-3) {
					t.Fatalf("%v, spread %v: result %d is %v, not %v", bad, spread, i, v, w)
				}
			}
		}
	}
}
