package cuda

import (
	"slices"
	"testing"
	"time"
)

// Each way is warmed up, timed three times, and the one with the best time stays.
func TestAutotune(t *testing.T) {
	times := [][]time.Duration{{9, 5, 7, 6}, {1, 8, 4, 8}, {2, 6, 6, 6}} // the first does not count
	r := newAutotune(len(times))
	var taken []int
	for range 14 {
		way := r.next()
		taken = append(taken, way)
		if round := r.runs / len(times); round < len(times[way]) {
			r.took(times[way][round])
		}
	}
	if want := []int{0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 1, 1}; !slices.Equal(taken, want) {
		t.Errorf("%v, want %v", taken, want)
	}
}
