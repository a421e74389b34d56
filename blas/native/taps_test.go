package native

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestTaps holds the sums of taps to plain loops, between memory that is NaN, where anything that is read or written beside shows; dst may be
// what the sums begin with.
func TestTaps(t *testing.T) {
	eachSet(t, func(t *testing.T) {
		t.Run("type=float32", testTaps[float32])
		t.Run("type=float64", testTaps[float64])
	})
}

func testTaps[T float](t *testing.T) {
	for seed := range uint64(600) {
		r := rand.New(rand.NewPCG(7, seed))
		n, ch, count := r.IntN(15), 1+r.IntN(70), r.IntN(12)
		step, ldd, ldi := ch*(1+r.IntN(3))+r.IntN(3), ch+r.IntN(5), r.IntN(2)*(ch+r.IntN(3))
		// taps take numbers in reach of x that are not NaN
		var taps []int
		for range count {
			taps = append(taps, r.IntN(50), r.IntN(50))
		}
		size := func(last, apart, n int) int { return last + max(0, n-1)*apart + ch }
		x, w := unset[T](size(50, step, n)), unset[T](size(50, 0, 1))
		for i := 0; i < len(taps); i += 2 {
			for p := range n {
				fill(r, x[taps[i]+p*step:][:ch])
			}
			fill(r, w[taps[i+1]:][:ch])
		}
		init, dst := unset[T](size(0, ldi, n)), unset[T](size(0, ldd, n))
		for p := range n {
			fill(r, init[p*ldi:][:ch])
		}
		if r.IntN(3) == 0 { // onto what is there
			ldi, init = ldd, dst
			for p := range n {
				fill(r, init[p*ldi:][:ch])
			}
		}
		want := make([]float64, len(dst))
		for i := range want {
			want[i] = float64(dst[i])
		}
		for p := range n {
			for j := range ch {
				sum := float64(init[p*ldi+j])
				for i := 0; i < len(taps); i += 2 {
					sum += float64(w[taps[i+1]+j]) * float64(x[taps[i]+p*step+j])
				}
				want[p*ldd+j] = sum
			}
		}
		kernelsOf[T]().taps(dst, ldd, n, ch, init, ldi, x, step, w, taps)
		for i := range want {
			if got := float64(dst[i]); math.IsNaN(got) != math.IsNaN(want[i]) || math.Abs(got-want[i]) > 1e-5 {
				t.Fatalf("seed %d, %d pixels %d apart, %d channels, %d taps: number %d is %v, want %v", seed, n, ldd, ch, count, i, got, want[i])
			}
		}
	}
}

// unset is so many NaNs, with NaNs on both sides.
func unset[T float](n int) []T {
	all := make([]T, n+64)
	FillNaN(all)
	return all[32 : 32+n : 32+n]
}

// fill draws numbers.
func fill[T float](r *rand.Rand, x []T) {
	for i := range x {
		x[i] = T(2*r.Float64() - 1)
	}
}
