package figures

import (
	"bytes"
	"fmt"
	"image/png"
	"io"
	"math"
	"testing"
)

// confused is the table of so many classes of 1,000 samples.
func confused(w io.Writer, format string, n int) error {
	var classes []string
	var counts [][]int
	for i := range n {
		row := make([]int, n)
		for j := range row {
			row[j] = (i*7 + j*3) % 20
		}
		row[i] = 1000
		classes, counts = append(classes, fmt.Sprint(i)), append(counts, row)
	}
	return Confusion(w, format, classes, counts)
}

// TestConfusionIsNotTurned: a row is a class, a column an answer.
func TestConfusionIsNotTurned(t *testing.T) {
	for _, c := range []struct {
		counts [][]int
		tall   float64 // how many times as high as wide what is dark is
	}{
		{[][]int{{9, 0}, {9, 0}}, 2}, {[][]int{{9, 9}, {0, 0}}, 0.5}, {[][]int{{9, 0}, {0, 9}}, 1}, {[][]int{{0, 9}, {0, 0}}, 1},
	} {
		var b bytes.Buffer
		if err := Confusion(&b, "png", []string{"a", "b"}, c.counts); err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(&b)
		if err != nil {
			t.Fatal(err)
		}
		dark, n := box(img, func(r, g, b int) bool { return b > r+60 && r < 160 })
		if got := float64(dark.Dy()) / float64(dark.Dx()); math.Abs(got/c.tall-1) > 0.02 || n == 0 {
			t.Errorf("%v: what is dark is %v, %v times as high as wide, want %v", c.counts, dark, got, c.tall)
		}
	}
}

func TestPercent(t *testing.T) {
	for want, c := range map[string][2]int{"–": {0, 0}, "0.0%": {0, 3}, "33.3%": {1, 3}, "100.0%": {3, 3}} {
		if got := percent(c[0], c[1]); got != want {
			t.Errorf("%d of %d: %s, want %s", c[0], c[1], got, want)
		}
	}
}
