package train

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestHistoryIsBounded: of a long run there are no more losses and epochs than the limits, beside the last ones, and what is kept is
// true: in order, each at its iteration, and of every stretch the smallest and the largest; what fits is kept as it is.
func TestHistoryIsBounded(t *testing.T) {
	const most, mostEpochs, per = 16, 6, 3
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 0))
		n := 1 + r.IntN(1+r.IntN(2000))
		rec := newRecorder(n, most, mostEpochs)
		losses := make([]float64, n)
		for i := range losses {
			losses[i] = float64(r.IntN(5)) * r.Float64() // some are the same
			rec.step(losses[i])
			if i%per == 0 {
				rec.epoch(Epoch{N: i / per, Iter: i, Loss: losses[i]})
			}
		}
		stretch := rec.length
		rec.finish()
		h := rec.History
		if n <= most && (h.LossIters != nil || !slices.Equal(h.Losses, losses)) {
			t.Fatalf("seed %d: %v of %v", seed, h.Losses, losses)
		}
		if h.Iters != n || len(h.Losses) > most+3 || n > most && len(h.Losses) < most/2 || h.FinalLoss() != losses[n-1] || h.LossIter(len(h.Losses)-1) != n-1 {
			t.Fatalf("seed %d: %d losses of %d iterations, of %d, the last %v", seed, len(h.Losses), h.Iters, n, h.FinalLoss())
		}
		kept := map[int]bool{}
		for i, l := range h.Losses {
			if at := h.LossIter(i); i > 0 && at <= h.LossIter(i-1) || losses[at] != l {
				t.Fatalf("seed %d: loss %d is %v at iteration %d", seed, i, l, at)
			}
			kept[h.LossIter(i)] = true
		}
		for from := 0; from < n; from += stretch {
			of := losses[from:min(from+stretch, n)]
			if !kept[from+slices.Index(of, slices.Min(of))] || !kept[from+slices.Index(of, slices.Max(of))] {
				t.Errorf("seed %d: of the iterations from %d on, %v, the smallest and the largest are not kept", seed, from, of)
			}
		}
		checkEpochs(t, seed, h.Epochs, (n-1)/per, mostEpochs)
	}
}

// checkEpochs: the first and the last are there, and the others at one distance.
func checkEpochs(t *testing.T, seed uint64, epochs []Epoch, last, most int) {
	t.Helper()
	n := len(epochs)
	if n > most+1 || epochs[0].N != 0 || epochs[n-1].N != last || last < most && n != last+1 || last >= most && n < most/2 {
		t.Errorf("seed %d: epochs %+v, the last was %d", seed, epochs, last)
	}
	for i := 1; i < n-1; i++ {
		if epochs[i].N != i*epochs[1].N {
			t.Errorf("seed %d: epochs %+v", seed, epochs)
		}
	}
}

// TestHistoryOfNaN: the loss that ends a run is there.
func TestHistoryOfNaN(t *testing.T) {
	for n := range 100 {
		r := newRecorder(n, 16, 6)
		for range n {
			r.step(1)
		}
		r.step(math.NaN())
		if r.finish(); !math.IsNaN(r.FinalLoss()) || r.LossIter(len(r.Losses)-1) != n {
			t.Errorf("after %d iterations: %v at %v", n, r.Losses, r.LossIters)
		}
	}
}

// TestLongHistory: four million iterations take no more memory than History says.
func TestLongHistory(t *testing.T) {
	r := newRecorder(math.MaxInt, mostLosses, mostEpochs)
	for i := range 4 * mostLosses {
		r.step(float64(i % 7))
	}
	r.finish()
	if bytes := 8*cap(r.Losses) + 8*cap(r.LossIters); bytes > 20<<20 {
		t.Errorf("%d bytes", bytes)
	}
}
