package data

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"testing"
)

// squares are n samples of one number and its square, in memory that is reused.
func squares(n int) iter.Seq2[[]float64, []float64] {
	return func(yield func(x, t []float64) bool) {
		x, t := make([]float64, 1), make([]float64, 1)
		for i := range n {
			x[0], t[0] = float64(i), float64(i*i)
			if !yield(x, t) {
				return
			}
		}
	}
}

func TestCollect(t *testing.T) {
	for _, memory := range []int64{0, 100} {
		s, err := Collect(squares(300), 1, 1, memory)
		if err != nil {
			t.Fatal(err)
		}
		x, y := make([]float32, 4), make([]float32, 4)
		if err := s.Read32(x, y, []int{299, 0, 7, 7}); err != nil || !slices.Equal(x, []float32{299, 0, 7, 7}) || !slices.Equal(y, []float32{89401, 0, 49, 49}) {
			t.Errorf("%d bytes: %v, %v, %v", memory, x, y, err)
		}
		if s.Len() != 300 || (s.store.file != nil) != (memory > 0) {
			t.Errorf("%d bytes: %d samples, file %v", memory, s.Len(), s.store.file)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	one := func(x, t []float64) iter.Seq2[[]float64, []float64] {
		return func(yield func(x, t []float64) bool) { yield(x, t) }
	}
	for want, samples := range map[string]iter.Seq2[[]float64, []float64]{
		"samples of 1 inputs and 1 targets: an iterator, and from 1 to 4194304 of both are wanted": nil,
		"the iterator has no sample":                                        squares(0),
		"sample 0 has 2 inputs and 1 targets: want 1 and 1":                 one([]float64{1, 2}, []float64{1}),
		"sample 0: input 0 is NaN: numbers that float32 holds are wanted":   one([]float64{math.NaN()}, []float64{1}),
		"sample 0: target 0 is +Inf: numbers that float32 holds are wanted": one([]float64{1}, []float64{math.Inf(1)}),
	} {
		if _, err := Collect(samples, 1, 1, 0); fmt.Sprint(err) != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
