package dist

import (
	"fmt"
	"math/bits"

	"github.com/stheno/stheno/blas/native"
)

// Float is an element type that is added up.
type Float interface{ float32 | float64 }

// Fold adds up the parts of one process, neighbours first, so that NewTree goes on where it ends.
type Fold[T Float] struct {
	x      []T
	levels [][]T // sums of 1, 2, 4, ... parts that wait for their neighbours
	parts  int
	next   int
}

// NewFold adds up what x is to hold, one after the other, for so many parts: a power of two.
func NewFold[T Float](x []T, parts int) (*Fold[T], error) {
	if bits.OnesCount(uint(parts)) != 1 || parts < 1 {
		return nil, fmt.Errorf("%d parts to add up: want a power of two", parts)
	}
	f := &Fold[T]{x: x, parts: parts}
	for n := 1; n < parts; n *= 2 {
		f.levels = append(f.levels, make([]T, len(x)))
	}
	return f, nil
}

// Add takes what x holds for the next part. After the last of them x holds the sum, and the next Add begins anew.
func (f *Fold[T]) Add() {
	level := 0
	for ; f.next>>level&1 == 1; level++ {
		plus(f.x, f.levels[level])
	}
	if f.next++; f.next == f.parts {
		f.next = 0
		return
	}
	copy(f.levels[level], f.x)
}

// plus adds y to x.
func plus[T Float](x, y []T) { sum(x, x, y) }

// sum leaves x + y in to.
func sum[T Float](to, x, y []T) {
	switch to := any(to).(type) {
	case []float32:
		native.Sadd(to, any(x).([]float32), any(y).([]float32))
	case []float64:
		native.Dadd(to, any(x).([]float64), any(y).([]float64))
	}
}
