package ir

import "fmt"

// Window is how an op goes over the rows (axis 0) and columns (axis 1) of an image. At position o of the result, tap k of Size
// meets position o·Step + k·Dilation − Before of the image, whose rows and columns are first moved apart: Spread − 1 zeros lie
// between two of them. What lies outside the image is padding; a negative Before crops.
type Window struct{ Size, Step, Dilation, Before, Spread [2]int }

// Meets is the row or column of an image of n that tap k meets at position o of the result; ok is false in the padding and
// between rows that are spread.
func (w *Window) Meets(axis, o, k, n int) (at int, ok bool) {
	at = o*w.Step[axis] + k*w.Dilation[axis] - w.Before[axis]
	if at < 0 || at%w.Spread[axis] != 0 {
		return 0, false
	}
	at /= w.Spread[axis]
	return at, at < n
}

// Adjoint is the window that leads from the result back to the image: position i of the image is met by tap k at position o
// exactly if position o is met by tap Size − 1 − k of the adjoint at position i.
func (w *Window) Adjoint() Window {
	back := Window{Size: w.Size, Step: w.Spread, Dilation: w.Dilation, Spread: w.Step}
	for a := range back.Before {
		back.Before[a] = (w.Size[a]-1)*w.Dilation[a] - w.Before[a]
	}
	return back
}

// Taps is the number of positions in a window.
func (w *Window) Taps() int { return w.Size[0] * w.Size[1] }

// check finds a window that cannot be.
func (w *Window) check() error {
	for a := range 2 {
		if w.Size[a] < 1 || w.Step[a] < 1 || w.Dilation[a] < 1 || w.Spread[a] < 1 {
			return fmt.Errorf("a window of size %v, step %v, dilation %v, spread %v: all are at least 1", w.Size, w.Step, w.Dilation, w.Spread)
		}
	}
	return nil
}

// ints are all numbers of the window.
func (w *Window) ints() []int {
	var all []int
	for _, pair := range [][2]int{w.Size, w.Step, w.Dilation, w.Before, w.Spread} {
		all = append(all, pair[:]...)
	}
	return all
}

// String prints what is not usual: 3x3 step 2 before 1.
func (w *Window) String() string {
	text := fmt.Sprintf("%dx%d", w.Size[0], w.Size[1])
	for _, part := range []struct {
		name  string
		pair  [2]int
		usual int
	}{{"step", w.Step, 1}, {"dilation", w.Dilation, 1}, {"before", w.Before, 0}, {"spread", w.Spread, 1}} {
		switch pair := part.pair; {
		case pair[0] != pair[1]:
			text += fmt.Sprintf(" %s %d,%d", part.name, pair[0], pair[1])
		case pair[0] != part.usual:
			text += fmt.Sprintf(" %s %d", part.name, pair[0])
		}
	}
	return text
}

// each calls f for every pair of a position of the result (row, column, counted together) and a tap that meet in the image, with
// the position that they meet in. Positions of the result come in order, and for each of them its taps.
func (w *Window) each(image, result [2]int, f func(o, tap, at int)) {
	for r := range result[0] {
		for c := range result[1] {
			for i := range w.Size[0] {
				row, ok := w.Meets(0, r, i, image[0])
				if !ok {
					continue
				}
				for j := range w.Size[1] {
					if col, ok := w.Meets(1, c, j, image[1]); ok {
						f(r*result[1]+c, i*w.Size[1]+j, row*image[1]+col)
					}
				}
			}
		}
	}
}
