//go:build cuda

package cuda_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/cuda"
	"github.com/stheno/stheno/ir"
)

// scorer is a program whose scores are x·w.
func scorer(t *testing.T, e backend.Engine, dt ir.DType, rows int, w []float64) (x backend.Buffer, scores backend.Exec) {
	t.Helper()
	b := ir.NewBuilder("scores", dt)
	p, err := b.Done([]ir.ID{b.Op(ir.MatMul, b.Input("x", rows, loopPixels), b.Input("w", loopPixels, loopClasses))})
	if err != nil {
		t.Fatal(err)
	}
	x = buffers(t, e, dt, rows*loopPixels)
	weights := buffers(t, e, dt, loopPixels*loopClasses)
	if err := weights.Write(slice(dt, w)); err != nil {
		t.Fatal(err)
	}
	scores, err = e.Compile(backend.Prepare(e, p), map[string]backend.Buffer{"x": x, "w": weights})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(scores.Close)
	return x, scores
}

// A tally counts as a loop over the images does, the first of equal scores being the largest, and NaN no score at all.
func TestTally(t *testing.T) {
	e := gpu(t)
	r := rand.New(rand.NewPCG(5, 6))
	const rows, count = 300, 700 // a batch has more images than a block of the GPU has threads
	set := made(count, loopPixels, loopClasses)
	f, err := e.(*cuda.Engine).NewFeed(set.Images, set.Labels, loopClasses)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	random := make([]float64, loopPixels*loopClasses)
	for i := range random {
		random[i] = r.NormFloat64()
	}
	nan := append([]float64{}, random...)
	nan[1] = math.NaN() // all scores of class 1
	for name, w := range map[string][]float64{"random": random, "all equal": make([]float64, len(random)), "NaN": nan} {
		for _, dt := range []ir.DType{ir.Float32, ir.Float64} {
			x, scores := scorer(t, e, dt, rows, w)
			tally, err := f.NewTally(scores, x, rows)
			if err != nil {
				t.Fatal(err)
			}
			defer tally.Close()
			for _, part := range [][2]int{{0, 600}, {100, 700}, {37, 337}, {5, 5}} {
				want := 0
				for i := part[0]; i < part[1]; i++ {
					best, largest := 0, math.Inf(-1)
					for c := range loopClasses {
						sum := 0.0
						for p, v := range set.Images[i*loopPixels : (i+1)*loopPixels] {
							sum += float64(v) / 255 * w[p*loopClasses+c]
						}
						if sum > largest {
							best, largest = c, sum
						}
					}
					if best == int(set.Labels[i]) {
						want++
					}
				}
				if got, err := tally.Count(part[0], part[1]); err != nil || got != want {
					t.Errorf("%s, %v, images %d to %d: %d right, %v; want %d", name, dt, part[0], part[1], got, err, want)
				}
			}
			for _, part := range [][2]int{{-1, 299}, {500, 800}, {0, 299}, {300, 0}} {
				if _, err := tally.Count(part[0], part[1]); err == nil || !strings.Contains(err.Error(), "the tally takes whole batches of 300") {
					t.Errorf("images %d to %d: %v", part[0], part[1], err)
				}
			}
		}
	}
	x, scores := scorer(t, e, ir.Float32, rows, random)
	for want, make := range map[string]func() (backend.Tally, error){
		"a tally of batches of 299 needs a program": func() (backend.Tally, error) { return f.NewTally(scores, x, rows-1) },
		"programs that its own engine compiled":     func() (backend.Tally, error) { return f.NewTally(nil, x, rows) },
	} {
		if _, err := make(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
