package backendtest

import (
	"fmt"

	"github.com/stheno/stheno/backend"
)

// checkStages: memory that an engine copies from faster is copied from as it is when Write is called, whatever becomes of it then; it can be
// used when the buffer is gone.
func checkStages(e backend.Engine) error {
	for _, dt := range dtypes {
		for _, n := range []int{0, 1, 3, 40001} {
			b, err := e.Alloc(dt, n)
			if err != nil {
				return err
			}
			defer b.Free()
			s, ok := b.(backend.Stager)
			if !ok {
				return skip("the engine copies from all memory alike")
			}
			stage, back := s.Stage(), s.Stage()
			for round := range 3 {
				fill(stage, n, round)
				if err := b.Write(stage); err != nil {
					return fmt.Errorf("%v, %d elements: %w", dt, n, err)
				}
				fill(stage, n, -1)
				if err := b.Read(back); err != nil {
					return fmt.Errorf("%v, %d elements: %w", dt, n, err)
				}
				if err := filled(back, n, round); err != nil {
					return fmt.Errorf("%v, %d elements, write %d: %w", dt, n, round, err)
				}
			}
			b.Free()
			fill(stage, n, 5)
			if err := filled(stage, n, 5); err != nil {
				return fmt.Errorf("%v, the buffer is freed: %w", dt, err)
			}
		}
	}
	return nil
}

// fill sets each of n elements to a number of its place and of the round.
func fill(x any, n, round int) {
	for i := range n {
		switch x := x.(type) {
		case []float32:
			x[i] = float32(i + round)
		case []float64:
			x[i] = float64(i + round)
		}
	}
}

// filled is an error where that is not what x holds.
func filled(x any, n, round int) error {
	length := -1
	at := func(i int) float64 { return 0 }
	switch x := x.(type) {
	case []float32:
		length, at = len(x), func(i int) float64 { return float64(x[i]) }
	case []float64:
		length, at = len(x), func(i int) float64 { return x[i] }
	}
	if length != n {
		return fmt.Errorf("%T of %d elements, want %d", x, length, n)
	}
	for i := range n {
		if at(i) != float64(i+round) {
			return fmt.Errorf("element %d is %v, want %v", i, at(i), i+round)
		}
	}
	return nil
}
