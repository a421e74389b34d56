package ir

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Shape is the size of each dimension, outermost first. Storage is dense and row-major. An empty Shape is a scalar.
type Shape []int

// Size is the number of elements.
func (s Shape) Size() int {
	n := 1
	for _, d := range s {
		n *= d
	}
	return n
}

// Rows is the size of the leading dimension: what the scheduler cuts. A scalar has one row.
func (s Shape) Rows() int {
	if len(s) == 0 {
		return 1
	}
	return s[0]
}

// Eq reports whether both shapes have the same dimensions.
func (s Shape) Eq(o Shape) bool { return slices.Equal(s, o) }

// Strides are the dense row-major strides of the shape, in elements.
func (s Shape) Strides() []int {
	strides := make([]int, len(s))
	step := 1
	for i := len(s) - 1; i >= 0; i-- {
		strides[i] = step
		step *= s[i]
	}
	return strides
}

// Without is the shape with the given axes removed.
func (s Shape) Without(axes []int) Shape {
	out := Shape{}
	for i, d := range s {
		if !slices.Contains(axes, i) {
			out = append(out, d)
		}
	}
	return out
}

// String prints 100x784; a scalar prints as "scalar".
func (s Shape) String() string {
	if len(s) == 0 {
		return "scalar"
	}
	parts := make([]string, len(s))
	for i, d := range s {
		parts[i] = strconv.Itoa(d)
	}
	return strings.Join(parts, "x")
}

// View reads a dense tensor in another order: element (i0, i1, …) of the result is element
// Offset + i0·Strides[0] + i1·Strides[1] + … of the source. A broadcast has stride 0, a transpose swaps strides,
// a slice starts at an offset.
type View struct {
	Offset  int
	Strides []int
}

// Identity is the view that reads a dense tensor of this shape as it lies.
func Identity(s Shape) View { return View{Strides: s.Strides()} }

// Broadcast is the view that reads one element for every element of the shape.
func Broadcast(s Shape) View { return View{Strides: make([]int, len(s))} }

// IsIdentity reports whether the view reads a dense tensor of this shape as it lies. Strides of dimensions of
// size 1 do not matter.
func (v View) IsIdentity(s Shape) bool {
	if v.Offset != 0 {
		return false
	}
	for i, stride := range s.Strides() {
		if s[i] != 1 && v.Strides[i] != stride {
			return false
		}
	}
	return true
}

// IsScalar reports whether the view reads the same element everywhere.
func (v View) IsScalar(s Shape) bool {
	for i, stride := range v.Strides {
		if s[i] > 1 && stride != 0 {
			return false
		}
	}
	return true
}

func (v View) equal(o View) bool { return v.Offset == o.Offset && slices.Equal(v.Strides, o.Strides) }

// Then is the view that first reads through v, a view of shape mid, and then through w. It fails (ok false) where
// the two cannot be said as one set of strides; it can when w itself moves whole dimensions of mid.
func (v View) Then(mid Shape, w View, out Shape) (View, bool) {
	if mid.Size() == 0 {
		return View{}, false
	}
	dense := mid.Strides()
	offset := v.Offset
	last := make([]int, len(mid)) // the furthest position that w reads along each axis of mid
	rest := w.Offset
	for i, stride := range dense {
		last[i] = rest / stride
		offset += last[i] * v.Strides[i]
		rest %= stride
	}
	strides := make([]int, len(out))
	for i, s := range w.Strides {
		if s == 0 || out[i] == 1 {
			continue
		}
		axis := slices.Index(dense, s)
		if axis < 0 {
			return View{}, false
		}
		if last[axis] += out[i] - 1; last[axis] >= mid[axis] {
			return View{}, false
		}
		strides[i] = v.Strides[axis]
	}
	return View{Offset: offset, Strides: strides}, true
}

// Each calls f with the source index of every element of the shape, in row-major order.
func (v View) Each(s Shape, f func(i, src int)) {
	n := s.Size()
	at := make([]int, len(s))
	src := v.Offset
	for i := 0; i < n; i++ {
		f(i, src)
		for d := len(s) - 1; d >= 0; d-- {
			at[d]++
			src += v.Strides[d]
			if at[d] < s[d] {
				break
			}
			src -= at[d] * v.Strides[d]
			at[d] = 0
		}
	}
}

func (v View) String() string {
	if v.Offset == 0 {
		return fmt.Sprint(v.Strides)
	}
	return fmt.Sprintf("%d+%v", v.Offset, v.Strides)
}
