package figures

import (
	"bytes"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// A series that fits is drawn as it is; of a longer one each column keeps its first, lowest, highest and last value, in their order.
func TestThin(t *testing.T) {
	for _, n := range []int{1, 2, 5, 39, 40, 41, 57, 400, 10_007} {
		const columns = 10
		seed := uint64(n)
		r := rand.New(rand.NewPCG(seed, 1))
		ys := make([]float64, n)
		for i := range ys {
			ys[i] = math.Floor(10 * r.Float64()) // equal values are common
		}
		got := thin(ys, nil, columns)
		if len(got) > max(n, 4*columns) || n <= 4*columns && len(got) != n {
			t.Errorf("%d values give %d points", n, len(got))
		}
		kept := map[int]bool{}
		last := -1
		for _, p := range got {
			i := int(p.X)
			if i <= last || p.Y != ys[i] {
				t.Fatalf("seed %d: the point (%v, %v) after %d is not of the series", seed, p.X, p.Y, last)
			}
			kept[i], last = true, i
		}
		if n <= 4*columns {
			continue
		}
		for c := range columns {
			from, to := c*n/columns, (c+1)*n/columns
			column := ys[from:to]
			low, high := from+slices.Index(column, slices.Min(column)), from+slices.Index(column, slices.Max(column))
			for _, i := range []int{from, low, high, to - 1} {
				if !kept[i] {
					t.Errorf("%d values, column %d: value %d is lost", n, c, i)
				}
			}
		}
	}
}

// A series of which not all is there is drawn where its values are.
func TestSeriesWithGaps(t *testing.T) {
	for name, draw := range map[string]func(w io.Writer, ys []float64, at ...int) error{
		"loss":     func(w io.Writer, ys []float64, at ...int) error { return Loss(w, "svg", ys, at...) },
		"accuracy": func(w io.Writer, ys []float64, at ...int) error { return Accuracy(w, "svg", ys, ys, at...) },
	} {
		var whole, gaps, plain bytes.Buffer
		if err := errors.Join(draw(&whole, []float64{0.5, 0.25, 1}, 0, 1, 2), draw(&plain, []float64{0.5, 0.25, 1}), draw(&gaps, []float64{0.5, 0.25, 1}, 0, 2, 7)); err != nil {
			t.Fatal(err)
		}
		if whole.String() != plain.String() || gaps.String() == plain.String() {
			t.Errorf("%s: the picture does not follow the places", name)
		}
		for _, at := range [][]int{{0, 1}, {2, 1, 3}, {-1, 0, 1}} {
			if err := draw(io.Discard, []float64{0.5, 0.25, 1}, at...); err == nil || !strings.Contains(err.Error(), " say where the 3 values are; give one for each, in order, from 0 on") {
				t.Errorf("%s at %v: error %v", name, at, err)
			}
		}
	}
}

// A million losses are drawn as a thousand are: the same marks, and a picture of the same size.
func TestLongSeries(t *testing.T) {
	size := func(n int) int {
		ys := make([]float64, n)
		for i := range ys {
			ys[i] = math.Exp(-4*float64(i)/float64(n)) + 0.1*float64(i%7)
		}
		var b bytes.Buffer
		if err := Loss(&b, "svg", ys); err != nil {
			t.Fatal(err)
		}
		return b.Len()
	}
	if short, long := size(4*columns), size(1_000_000); long > 2*short {
		t.Errorf("%d bytes for a million losses, %d for %d", long, short, 4*columns)
	}
}
