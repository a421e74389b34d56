package native

// Groups with as many new channels as a vector has numbers fill the tiles of a product: each group is a convolution of its own, which reads
// its channels, and writes the new ones, where they lie among those of the others.

// fills tells whether groups are taken by tiles.
func (s *spreading[T]) fills(lanes int) bool { return s.needed() && s.to > 1 && s.to >= lanes }

// tileRuns is a list of taps as runs of a sum, of the channels of a group and of its weights.
func (c *GroupConv[T]) tileRuns(taps []int) []int {
	var r runs
	for i := 0; i < len(taps); i += 2 {
		r.add(taps[i], taps[i+1], c.of.from, 1, c.of.to)
	}
	return r.list
}

// packTiles brings weights into the order of tiles: of groups, in each of taps, in each of channels, in each of new channels.
func (c *GroupConv[T]) packTiles(weights []T, back bool) {
	taps, from, to := c.g.taps(), c.of.from, c.of.to
	for n := range c.of.groups {
		for t := range taps {
			for i := range from {
				by := c.weights[((n*taps+t)*from+i)*to:][:to]
				if !back {
					copy(by, weights[(t*from+i)*c.g.NewChannels+n*to:])
					continue
				}
				for j := range by {
					by[j] = weights[((taps-1-t)*to+j)*c.g.Channels+n*from+i]
				}
			}
		}
	}
}

// tiles computes rows lo to hi of groups first to end.
func (c *GroupConv[T]) tiles(image, result, bias []T, first, end, lo, hi int) {
	from, to, row := c.of.from, c.of.to, c.g.To[1]*c.g.NewChannels
	free := freeOf[T]()
	w := free.get()
	defer free.put(w)
	sum := w.sumOf(c.gemm)
	for n := first; n < end; n++ {
		weights := c.weights[n*c.g.taps()*from*to:]
		for r := lo; r < hi; r++ {
			parts := c.rows[r].parts
			for i := range parts {
				p := &parts[i]
				for j := 0; j < to; j += c.gemm.nr {
					cols := min(c.gemm.nr, to-j)
					most := c.gemm.rows(cols)
					sum.set(cols, p.taps, p.step, 1, weights[j:], to, p.every, true)
					for done, some := 0, 0; done < p.count; done += some {
						some = share(p.count-done, most)
						var a []T
						if len(p.taps) > 0 {
							a = image[p.at+done*p.step+n*from:]
						}
						y := result[r*row+p.first+done*p.every+n*to+j:]
						for k := range some {
							copy(y[k*p.every:][:cols], bias[n*to+j:])
						}
						sum.tile(some, a, y)
					}
				}
			}
		}
	}
}

// inside are the columns of the result at which a column of the window lies in the image.
func (c *GroupConvWeights[T]) inside(tap int) (lo, hi int) {
	return inside(tap*c.g.Dilation[1]-c.g.Before[1], c.g.Step[1], c.g.To[1], 1, c.g.From[1])
}

// tapRuns finds, for each column of the window, the runs over as many rows of the result as are taken at a time.
func (c *GroupConvWeights[T]) tapRuns() {
	g := &c.g
	for j := range g.Size[1] {
		var r runs
		lo, hi := c.inside(j)
		for row := range c.rows {
			r.apart()
			r.add(row*g.Step[0]*g.From[1]*g.Channels, row*g.To[1]*g.NewChannels, hi-lo, g.Step[1]*g.Channels, g.NewChannels)
		}
		c.tiled = append(c.tiled, r.list)
	}
}

// addTiles adds what rows from to end of an image's result give to the gradients of groups lo to hi.
func (c *GroupConvWeights[T]) addTiles(x, y, gradient []T, from, end, lo, hi int) {
	g, of, free := &c.g, &c.of, freeOf[T]()
	w := free.get()
	defer free.put(w)
	sum := w.sumOf(c.gemm)
	for v := range g.Size[0] {
		a, b := inside(v*g.Dilation[0]-g.Before[0], g.Step[0], g.To[0], 1, g.From[0])
		a, b = max(a, from), min(b, end)
		if a >= b {
			continue
		}
		row := a*g.Step[0] + v*g.Dilation[0] - g.Before[0]
		for h := range g.Size[1] {
			left, right := c.inside(h)
			if left >= right {
				continue
			}
			at := (row*g.From[1] + left*g.Step[1] + h*g.Dilation[1] - g.Before[1]) * g.Channels
			by := (a*g.To[1] + left) * g.NewChannels
			for n := lo; n < hi; n++ {
				to := gradient[(v*g.Size[1]+h)*of.from*g.NewChannels+n*of.to:]
				c.product(sum, x[at+n*of.from:], y[by+n*of.to:], to, c.tiled[h][:3*(b-a)])
			}
		}
	}
}

// product adds the product of a group's channels and the gradients of its new ones, over runs of pixels.
func (c *GroupConvWeights[T]) product(sum *tileSum[T], x, y, gradient []T, runs []int) {
	ld := c.g.NewChannels
	for j := 0; j < c.of.to; j += c.gemm.nr {
		cols := min(c.gemm.nr, c.of.to-j)
		most := c.gemm.rows(cols)
		sum.set(cols, runs, 1, c.g.Step[1]*c.g.Channels, y[j:], ld, ld, true)
		for i, some := 0, 0; i < c.of.from; i += some {
			some = share(c.of.from-i, most)
			sum.tile(some, x[i:], gradient[i*ld+j:])
		}
	}
}
