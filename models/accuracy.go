package models

import (
	"errors"
	"fmt"

	"gorgonia.org/tensor"
)

// Accuracy is the share of rows whose largest output is where the largest target is. Of equal outputs the first counts.
// A row of outputs with a NaN has no largest and is wrong. Targets (batch, Out) have one largest in each row, as one-hot
// labels do; another row is an error, and so is a net with one output, which would always be right.
func (m *Model) Accuracy(x, t *tensor.Dense) (float64, error) {
	y, err := m.Predict(x)
	if err != nil {
		return 0, err
	}
	rows := x.Shape()[0]
	if err := m.fits("t", t, rows, m.Net.Out); err != nil {
		return 0, err
	}
	if m.Net.Out == 1 {
		return 0, errors.New("accuracy of one output: the largest of one is always right; a net has an output for each class")
	}
	if t.RequiresIterator() { // a view: its memory is not in the order of its elements
		t = t.Materialize().(*tensor.Dense)
	}
	right := 0
	for i := range rows {
		want, alone := largest(t.Data(), i, m.Net.Out)
		if !alone {
			return 0, fmt.Errorf("t, row %d: no number is the largest: want the label one-hot, a 1 in its column and 0 elsewhere", i)
		}
		if got, _ := largest(y.Data(), i, m.Net.Out); got == want {
			right++
		}
	}
	return float64(right) / float64(rows), nil
}

// largest is Argmax of row i of n numbers each, and whether no other number of the row equals it.
func largest(data any, i, n int) (at int, alone bool) {
	if d, ok := data.([]float32); ok {
		return largestOf(d[i*n : (i+1)*n])
	}
	return largestOf(data.([]float64)[i*n : (i+1)*n])
}

func largestOf[T float32 | float64](row []T) (at int, alone bool) {
	at = Argmax(row)
	if at < 0 {
		return at, false
	}
	for _, v := range row[at+1:] {
		if v == row[at] {
			return at, false
		}
	}
	return at, true
}

// Argmax is the position of the largest number; the first of equals. It is -1 where there is none: of no numbers, and of
// numbers with a NaN among them.
func Argmax[T float32 | float64](row []T) int {
	best := -1
	for j, v := range row {
		if v != v {
			return -1
		}
		if best < 0 || v > row[best] {
			best = j
		}
	}
	return best
}
