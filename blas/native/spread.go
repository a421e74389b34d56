package native

import "unsafe"

// spreading are groups of channels, and of the new ones that are made of them. To spread some pixels is to bring their channels into rows:
// the i-th row has the i-th channel of each group at every new channel that is made of it.
type spreading[T float] struct {
	groups, from, to int
	kern             permuteKernel[T]
	bases            [][]int // for each row and each vector of it, where the vector lies that its numbers come from; nil where that is not so
	words            [][]int32
}

// permuteKernel goes over vectors whose numbers come each from one vector of x. words has for each 32 bits of the result where they come
// from.
type permuteKernel[T float] struct {
	lanes int
	run   func(dst []T, ldd, n int, x []T, step int, bases []int, words []int32)
}

func newSpreading[T float](g *Images, groups int) spreading[T] {
	s := spreading[T]{groups: groups, from: g.Channels / groups, to: g.NewChannels / groups, kern: kernelsOf[T]().permute}
	if s.needed() && s.kern.run != nil && g.Channels >= s.kern.lanes && g.NewChannels%s.kern.lanes == 0 {
		s.vectors(g)
	}
	return s
}

// vectors finds the vectors that the numbers of each vector come from, if each has one.
func (s *spreading[T]) vectors(g *Images) {
	lanes, size := s.kern.lanes, int(unsafe.Sizeof(T(0)))/4
	bases, words := make([][]int, s.from), make([][]int32, s.from)
	for i := range s.from {
		for o := 0; o < g.NewChannels; o += lanes {
			base := min(o/s.to*s.from+i, g.Channels-lanes)
			bases[i] = append(bases[i], base)
			for lane := range lanes {
				at := (o+lane)/s.to*s.from + i - base
				if at >= lanes {
					return
				}
				for w := range size {
					words[i] = append(words[i], int32(at*size+w))
				}
			}
		}
	}
	s.bases, s.words = bases, words
}

// needed tells whether a new channel does not lie at the place of the one that it is made of.
func (s *spreading[T]) needed() bool { return s.from > 1 || s.to > 1 }

// some is about how many groups have so many new channels: as many as whole vectors have.
func (s *spreading[T]) some(channels int) int {
	n := max(1, channels/s.to)
	for s.bases != nil && n < s.groups && n*s.to%s.kern.lanes != 0 {
		n++
	}
	return min(n, s.groups)
}

// spread spreads groups lo to hi of some pixels, into rows so far apart. Pixels there have as many numbers as wide says.
func (s *spreading[T]) spread(to []T, apart, wide int, from []T, pixels, lo, hi int) {
	channels := s.groups * s.from
	if lanes := s.kern.lanes; s.bases != nil && lo*s.to%lanes == 0 && hi*s.to%lanes == 0 {
		a, b := lo*s.to/lanes, hi*s.to/lanes
		words := len(s.words[0]) / len(s.bases[0])
		for i := range s.from {
			s.kern.run(to[i*apart:], wide, pixels, from, channels, s.bases[i][a:b], s.words[i][a*words:b*words])
		}
		return
	}
	for p := range pixels {
		x := from[p*channels+lo*s.from : p*channels+hi*s.from]
		for i := range s.from {
			y := to[i*apart+p*wide:]
			for n := i; n < len(x); n += s.from {
				v, one := x[n], y[:s.to]
				for j := range one {
					one[j] = v
				}
				y = y[s.to:]
			}
		}
	}
}
