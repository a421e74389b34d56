package native

// spreading are groups of channels, and of the new ones that are made of them.
type spreading struct{ groups, from, to int }

func newSpreading(g *Images, groups int) spreading {
	return spreading{groups, g.Channels / groups, g.NewChannels / groups}
}

// needed tells whether a new channel does not lie at the place of the one that it is made of.
func (s *spreading) needed() bool { return s.from > 1 || s.to > 1 }

// spread brings the channels of groups lo to hi of some pixels into rows, so far apart: the i-th has the i-th of each group at every new
// channel that is made of it. Its pixels have as many numbers as wide says.
func spread[T float](s spreading, to []T, apart, wide int, from []T, pixels, lo, hi int) {
	channels := s.groups * s.from
	for p := range pixels {
		x := from[p*channels+lo*s.from : p*channels+hi*s.from]
		switch {
		case s.from == 1:
			y := to[p*wide:]
			for _, v := range x {
				one := y[:s.to]
				for j := range one {
					one[j] = v
				}
				y = y[s.to:]
			}
		case s.to == 1:
			for i := range s.from {
				y := to[i*apart+p*wide:][:hi-lo]
				for n := range y {
					y[n] = x[n*s.from+i]
				}
			}
		default:
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
}
