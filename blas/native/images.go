package native

import (
	"slices"
	"unsafe"
)

// Images says how a window goes over images. Axis 0 is their rows, axis 1 their columns; channels are last, so that a pixel is a run of
// numbers. At position o of the result, tap k of Size meets position o·Step + k·Dilation − Before of the image, whose rows and columns
// are first moved apart by Spread; what lies outside, or between, is zero. One of Step and Spread is 1 on each axis.
type Images struct {
	From, To                             [2]int // rows and columns of an image, and of the result
	Channels, NewChannels                int
	Size, Step, Dilation, Before, Spread [2]int
}

// taps is the number of positions in a window.
func (g *Images) taps() int { return g.Size[0] * g.Size[1] }

// pixels and results are the numbers of an image, and of its result.
func (g *Images) pixels() int  { return g.From[0] * g.From[1] * g.Channels }
func (g *Images) results() int { return g.To[0] * g.To[1] * g.NewChannels }

// leaps tells whether there are rows of an image that no window meets.
func (g *Images) leaps() bool { return g.Step[0] > (g.Size[0]-1)*g.Dilation[0]+1 }

// Flat joins rows and columns where each pixel of the result has the same pixel of the image alone.
func (g Images) Flat() Images {
	one := [2]int{1, 1}
	if g.Size != one || g.Step != one || g.Spread != one || g.Before != [2]int{} || g.From != g.To {
		return g
	}
	g.From = [2]int{1, g.From[0] * g.From[1]}
	g.To = g.From
	return g
}

// phase is the positions of the result that meet the same taps: those with the same rest by Spread.
type phase struct {
	first, every, count int // positions of the result
	step                int // of the image, from one of these to the next
	taps                []met
	onto                bool // what other taps give is there
}

// met is a tap and where it is at the first position of its phase.
type met struct{ tap, at int }

// phases of an axis.
func (g *Images) phases(axis int) []phase {
	var all []phase
	spread := g.Spread[axis]
	for first := range min(spread, g.To[axis]) {
		p := phase{first: first, every: spread, count: (g.To[axis] - first + spread - 1) / spread, step: g.Step[axis]}
		for k := range g.Size[axis] {
			if at := first*g.Step[axis] + k*g.Dilation[axis] - g.Before[axis]; at%spread == 0 {
				p.taps = append(p.taps, met{k, at / spread})
			}
		}
		all = append(all, p)
	}
	return all
}

// inside are the positions, from lo to hi of n, for which a width of so much lies in the image: it begins at the place at of the first one,
// and step further of each next one.
func inside(at, step, n, width, image int) (lo, hi int) {
	for hi = n; lo < hi && at+lo*step < 0; {
		lo++
	}
	for lo < hi && at+(hi-1)*step+width > image {
		hi--
	}
	return lo, hi
}

// cut makes phases of at most so many positions, with those taps that are inside an image for all of them; and behind each of these others
// with the rest of its taps, for the positions for which they are inside.
func (p phase) cut(most, image int) (all []phase) {
	for done, n := 0, 0; done < p.count; done += n {
		n = share(p.count-done, most)
		whole := p.positions(done, done+n)
		var rest []phase
		for _, m := range p.taps {
			lo, hi := inside(m.at+done*p.step, p.step, n, 1, image)
			some := p.positions(done+lo, done+hi)
			some.onto = true
			to := &whole
			if hi-lo < n {
				i := slices.IndexFunc(rest, func(r phase) bool { return r.first == some.first && r.count == some.count })
				if i < 0 {
					i, rest = len(rest), append(rest, some)
				}
				to = &rest[i]
			}
			to.taps = append(to.taps, met{m.tap, m.at + (done+lo)*p.step})
		}
		all = append(append(all, whole), rest...)
	}
	return all
}

// positions are those from lo to hi, without taps.
func (p phase) positions(lo, hi int) phase {
	return phase{first: p.first + lo*p.every, every: p.every, count: hi - lo, step: p.step}
}

// met are the rows of the image, lo to hi, that position i of a phase of rows meets.
func (g *Images) met(down phase, i int) (lo, hi int) {
	lo = g.From[0]
	for _, v := range down.taps {
		if row := v.at + i*down.step; row >= 0 && row < g.From[0] {
			lo, hi = min(lo, row), max(hi, row+1)
		}
	}
	return lo, hi
}

// border is how many columns of zeros an image needs on its left and right for all windows to lie in it.
func (g *Images) border() (left, right int) {
	for _, p := range g.phases(1) {
		for _, m := range p.taps {
			left = max(left, -m.at)
			right = max(right, m.at+(p.count-1)*p.step-g.From[1]+1)
		}
	}
	return left, right
}

// runs are moves and lengths of a sum, for kernels that take it run by run.
type runs struct {
	list  []int
	a, b  int // where the last one ended
	first int // of those that may go on in the next one
}

// add appends a run of k steps that begins at a and b, if each step moves by stepA and stepB, as in all runs. It goes on in the last one
// where that ends there.
func (r *runs) add(a, b, k, stepA, stepB int) {
	if n := len(r.list); n > r.first && a == r.a && b == r.b {
		r.list[n-1] += k
	} else {
		r.list = append(r.list, a-r.a, b-r.b, k)
	}
	r.a, r.b = a+k*stepA, b+k*stepB
}

// apart has the next run begin anew.
func (r *runs) apart() { r.first = len(r.list) }

// bordered is the image with its border of zeros: itself, where it needs none. dst has room for it. Only rows lo to hi are there.
func bordered[T float](g *Images, dst, image []T, left, right, lo, hi int) []T {
	if left > 0 || right > 0 {
		eachBordered(g, dst, image, left, right, lo, hi, func(to, from []T) { copy(to, from) })
		return dst
	}
	return image
}

// fetch reads a number of each cache line, in order, which the memory answers ahead: kernels, which go over an image in steps, then find it
// near by.
//
//go:noinline
func fetch[T float](x []T) (sum T) {
	line := 64 / int(unsafe.Sizeof(T(0)))
	for ; len(x) >= 4*line; x = x[4*line:] { // some at a time, for one waits for the one before it
		sum += x[0] + x[line] + x[2*line] + x[3*line]
	}
	return sum
}

// eachBordered clears the borders of rows lo to hi in dst, and has copy bring each row between them.
func eachBordered[T float](g *Images, dst, image []T, left, right, lo, hi int, copy func(to, from []T)) {
	row, border := g.From[1]*g.Channels, (left+right)*g.Channels
	for r := lo; r < hi; r++ {
		to := dst[r*(row+border):][:row+border]
		clear(to[:left*g.Channels])
		copy(to[left*g.Channels:], image[r*row:][:row])
		clear(to[left*g.Channels+row:])
	}
}
