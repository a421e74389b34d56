package native

// Few new channels leave most lanes of a vector idle. Neighbours of the result are then taken as one pixel with the channels of all of
// them, which lie side by side anyway: its window has the taps that any of them has, with weights of zero where one has not. Where a
// number of an image is infinite or NaN, each is computed apart, for 0·∞ is NaN.

// joint is how pixels are joined: so many, with the window that they have together.
type joint struct {
	Images     // as a convolution of joined pixels; those of the result may reach behind a row's end
	joined int // pixels that are one; 1 where none are joined
}

// joinSome joins as many pixels as pay, for vectors of so many lanes.
func (g Images) joinSome(lanes int) joint {
	best := joint{g, 1}
	if g.NewChannels < 1 {
		return best
	}
	cost := 0.8 * float64(g.Size[1]) / float64(g.Spread[1]) // vectors of products for a pixel; joined ones must be worth it
	for m := 2 * g.Spread[1]; m*g.NewChannels <= lanes; m += g.Spread[1] {
		w := g.join(m)
		if c := float64(w.Size[1]) / float64(m); c < cost && m <= g.To[1] {
			best, cost = w, c
		}
	}
	return best
}

// join joins m pixels, a multiple of Spread.
func (g Images) join(m int) joint {
	first, last, found := 0, -1, false
	g.eachJoined(m, func(_, _, at int) {
		if !found {
			first, last, found = at, at, true
		}
		first, last = min(first, at), max(last, at)
	})
	w := joint{g, m}
	w.To[1] = (g.To[1] + m - 1) / m
	w.NewChannels = m * g.NewChannels
	w.Size[1], w.Before[1], w.Step[1], w.Dilation[1], w.Spread[1] = last-first+1, -first, m*g.Step[1]/g.Spread[1], 1, 1
	return w
}

// eachJoined calls f for each of m neighbours and each tap of a row that meets the image, with the column that they meet where the first
// of them is that of the result.
func (g *Images) eachJoined(m int, f func(neighbour, tap, at int)) {
	for j := range m {
		for k := range g.Size[1] {
			if at := j*g.Step[1] + k*g.Dilation[1] - g.Before[1]; at%g.Spread[1] == 0 {
				f(j, k, at/g.Spread[1])
			}
		}
	}
}

// spreadWeights writes the weights of joined pixels, in the order Size x Channels x NewChannels, from those of g: in that order, or back
// as Pack has it.
func spreadWeights[T float](to []T, w *joint, g *Images, weights []T, back bool) {
	clear(to)
	old, n := g.Channels, g.NewChannels
	for i := range g.Size[0] {
		g.eachJoined(w.joined, func(neighbour, k, at int) {
			tap, place := i*g.Size[1]+k, i*w.Size[1]+at+w.Before[1]
			for c := range old {
				dst := to[(place*old+c)*w.NewChannels+neighbour*n:][:n]
				if !back {
					copy(dst, weights[(tap*old+c)*n:])
					continue
				}
				for d := range dst {
					dst[d] = weights[((g.taps()-1-tap)*n+d)*old+c]
				}
			}
		})
	}
}

// neighbours are the phases of those that are joined: first, every and count are of the result as it is.
func (w *joint) neighbours(g *Images) []phase {
	if w.joined == 1 {
		return nil
	}
	all := make([]phase, w.joined)
	for j := range all {
		all[j] = phase{first: j, every: w.joined, count: (g.To[1] - j + w.joined - 1) / w.joined, step: w.Step[1]}
	}
	g.eachJoined(w.joined, func(neighbour, _, at int) {
		all[neighbour].taps = append(all[neighbour].taps, met{at + w.Before[1], at})
	})
	return all
}

// split makes a part of its own of the last pixel, where that reaches behind the row's end.
func (c *Conv[T]) split(p convPart) []convPart {
	rest := c.g.To[1] % c.joint.joined * c.g.NewChannels
	if rest == 0 {
		return []convPart{p}
	}
	p.count--
	last := p
	last.first, last.at, last.count, last.channels = p.count*p.every, p.count*p.step, 1, rest
	return []convPart{p, last}
}
