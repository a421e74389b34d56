package cuda_test

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/backend/cuda"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"

	"gorgonia.org/tensor"
)

// All steps in one launch give the bits of one graph a step, whatever the number of blocks that share the work.
func TestWhole(t *testing.T) {
	const pixels, classes, batch, most, images = 30, 3, 23, 6, 40
	for _, processors := range []string{"1", "3", "16"} {
		t.Setenv("FAKE_PROCESSORS", processors) // of the fake driver; a GPU has its own
		engine, err := backend.Open("cuda")
		if err != nil {
			t.Skipf("not tested: %v", err)
		}
		defer engine.Close()
		r := rand.New(rand.NewPCG(1, 2))
		pixel, label := make([]byte, images*pixels), make([]byte, images)
		for i := range pixel {
			pixel[i] = byte(r.IntN(256))
		}
		for i := range label {
			label[i] = byte(r.IntN(classes))
		}
		feed := newTables(t, engine, &data.Split{Images: pixel, Labels: label})
		var draws [][]int
		for _, n := range []int{most, 1, most, 2} {
			idx := make([]int, n*batch)
			for i := range idx {
				idx[i] = r.IntN(images)
			}
			draws = append(draws, idx)
		}
		for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
			for name, opt := range map[string]models.Optimizer{"SGD": models.SGD{}, "Adam": models.Adam{Beta1: 0.9, Beta2: 0.999}} {
				graphs, ways := learned(t, engine, feed, dt, opt, []int{pixels, 20, classes}, batch, most, 0, draws)
				if len(ways) < 2 {
					t.Errorf("%s processors, %v, %s: all steps are not one kernel", processors, dt, name)
				}
				for way := 1; way < len(ways); way++ {
					if got, _ := learned(t, engine, feed, dt, opt, []int{pixels, 20, classes}, batch, most, way, draws); !slices.Equal(graphs, got) {
						t.Errorf("%s processors, %v, %s: %s: %v\n%s: %v", processors, dt, name, ways[0], graphs[:most], ways[way], got[:most])
					}
				}
			}
		}
	}
}

// learned trains with one of the loop's ways and gives the losses and the parameters, and what ways there are.
func learned(t *testing.T, e backend.Engine, feed tables, dt tensor.Dtype, opt models.Optimizer, widths []int, batch, most, way int, draws [][]int) (seen []float64, ways []string) {
	t.Helper()
	net, err := models.MLP{Widths: widths, Std: 0.5, Seed: 1}.Net()
	if err != nil {
		t.Fatal(err)
	}
	m, err := models.New(net, e, dt)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	step, err := m.Step(batch, opt)
	if err != nil {
		t.Fatal(err)
	}
	defer step.Close()
	if err := step.SetLR(0.1); err != nil {
		t.Fatal(err)
	}
	made, err := feed.loop(e, step.Program().Exec(), step.X.Buffer, step.T.Buffer, batch, most)
	if err != nil {
		t.Fatal(err)
	}
	defer made.Close()
	l := made.(*cuda.Loop)
	ways = l.Ways()
	l.Only(way)
	for _, idx := range draws {
		losses := make([]float64, len(idx)/batch)
		if err := l.Run(idx, losses); err != nil {
			t.Fatal(err)
		}
		seen = append(seen, losses...)
	}
	params, err := m.Params()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		seen = append(seen, params[name]...)
	}
	return seen, ways
}

// The program that counts hits, repeated on the GPU, counts as the host does: the first of equal scores is the largest, and a row with
// a NaN is a miss.
func TestLoopCountsHits(t *testing.T) {
	const pixels, classes, batch, images = 6, 3, 300, 900 // a batch has more images than a block of the GPU has threads
	engine, set := gpu(t), made(images, pixels, classes)
	idx := make([]int, images)
	for i := range idx {
		idx[i] = i
	}
	random := rand.New(rand.NewPCG(5, 6))
	w := make([]float64, pixels*classes)
	for i := range w {
		w[i] = random.NormFloat64()
	}
	for name, bias := range map[string][]float64{"random": {0, 0, 0}, "first of equals": {math.Inf(1), math.Inf(1), 0}, "NaN": {0, math.NaN(), 0}} {
		for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
			m := classifier(t, engine, dt, w, bias)
			p, err := m.Program("hits", batch)
			if err != nil {
				t.Fatal(err)
			}
			loop, err := newTables(t, engine, set).loop(engine, p.Exec(), p.X.Buffer, p.T.Buffer, batch, images/batch)
			if err != nil {
				t.Fatal(err)
			}
			got, want := make([]float64, images/batch), make([]float64, images/batch)
			for i, label := range set.Labels {
				scores := append([]float64{}, bias...)
				for j, v := range set.Images[i*pixels : (i+1)*pixels] {
					for c := range scores {
						scores[c] += float64(v) / 255 * w[j*classes+c]
					}
				}
				if models.Argmax(scores) == int(label) {
					want[i/batch]++
				}
			}
			for range 12 { // all ways
				if err := loop.Run(idx, got); err != nil || !slices.Equal(got, want) {
					t.Errorf("%s, %v: hits %v, want %v; %v", name, dt, got, want, err)
				}
			}
			loop.Close()
		}
	}
}

// classifier is a net of one layer.
func classifier(t *testing.T, e backend.Engine, dt tensor.Dtype, w, b []float64) *models.Model {
	t.Helper()
	net, err := models.MLP{Widths: []int{len(w) / len(b), len(b)}, Seed: 1}.Net()
	if err != nil {
		t.Fatal(err)
	}
	m, err := models.New(net, e, dt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	for _, err := range []error{m.SetParam("W1", w), m.SetParam("b1", b)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return m
}
