package native

import (
	"math/rand/v2"
	"testing"
	"unsafe"

	"gonum.org/v1/gonum/blas"
)

// TestCrowds: rows and pixels that lie a page apart are brought to where they do not compete for lines of the cache, which changes no bit of a
// product, and no convolution.
func TestCrowds(t *testing.T) {
	eachSet(t, func(t *testing.T) {
		t.Run("type=float32", func(t *testing.T) { testCrowds(t, Implementation{}.Sgemm) })
		t.Run("type=float64", func(t *testing.T) { testCrowds(t, Implementation{}.Dgemm) })
	})
}

func testCrowds[T float](t *testing.T, f gemmFunc[T]) {
	const seed = 17
	r := rand.New(rand.NewPCG(seed, 0))
	page := crowding / int(unsafe.Sizeof(T(0)))
	for _, m := range []int{crowd, crowd + 1, 33} {
		for _, k := range []int{5, page} {
			for _, n := range []int{3, 40} {
				a, b := random[T](r, m*page), random[T](r, k*n)
				spaced := make([]T, m*(page+3))
				for i := range m {
					copy(spaced[i*(page+3):], a[i*page:(i+1)*page])
				}
				want, got := make([]T, m*n), make([]T, m*n)
				f(blas.NoTrans, blas.NoTrans, m, n, k, 1, spaced, page+3, b, n, 0, want, n)
				f(blas.NoTrans, blas.NoTrans, m, n, k, 1, a, page, b, n, 0, got, n)
				for i := range want {
					if got[i] != want[i] {
						t.Fatalf("seed %d, %dx%dx%d: element %d is %v with rows a page apart, else %v", seed, m, n, k, i, got[i], want[i])
					}
				}
			}
		}
	}
	one, two, three := [2]int{1, 1}, [2]int{2, 2}, [2]int{3, 3}
	window := Images{From: [2]int{3, 9}, To: [2]int{3, 9}, Size: one, Step: one, Dilation: one, Spread: one}
	bordered := window
	bordered.Size, bordered.Before = three, one
	wide := bordered
	wide.From[1], wide.To[1] = 20, 22 // the border is wider on the right
	steps := window
	steps.From, steps.Step = [2]int{5, 17}, two
	apart := bordered
	apart.To, apart.Spread = [2]int{6, 18}, two
	below, row := window, window
	below.To[0], below.Before[0] = 1, -1 // the second row alone
	row.From[0], row.To[0] = 1, 1
	for _, g := range []Images{window, bordered, wide, steps, apart, below, row} {
		g.Channels, g.NewChannels = page/g.Step[1], 20 // so many are not joined
		if c := NewConv[T](g); c.kern.mr > crowd && c.pitch == g.Channels {
			t.Errorf("%+v: pixels crowd", g)
		}
		if err := checkConv[T](r, g, 2); err != nil {
			t.Errorf("seed %d, %+v: %v", seed, g, err)
		}
	}
}
