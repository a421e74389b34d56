package native

// GroupConvWeights is the gradient of a convolution in groups by its weights, in the three ways of GroupConv. The window has no Spread. The sums go over the
// pixels of some rows of the result at a time, whose numbers stay in the cache for all taps.
type GroupConvWeights[T float] struct {
	kern    tapsKernel[T]
	gemm    *gemmKernel[T]
	tiled   [][]int // for each column of the window, runs over rows of the result: by tiles of products; or nil
	g       Images
	of      spreading[T]
	rows    int // of the result that are taken at a time
	columns []tapColumns
	apart   int // numbers from one row of images to the next, as the sums read them
	most    int // groups that Run takes at most, where images are spread
}

// tapColumns are those columns of the result at which some taps of a row of the window, neighbours, lie in the image.
type tapColumns struct {
	tap, count int
	lo, hi     int
	at         int   // column of the image that the first tap meets at the first one
	pixels     []int // of so many rows: places in the images and in the gradient by the result, from the first pixel's on
}

// groupPixels is how many pixels of the result are taken at a time, about, of images that are read as they lie, and of spread ones, whose
// windows' rows should not all be spread anew.
const groupPixels, groupPixelsSpread = 128, 512

// spreadChannels is how many new channels are spread at a time, about.
const spreadChannels = 32

// NewGroupConvWeights prepares the gradient by weights.
func NewGroupConvWeights[T float](g Images, groups int) *GroupConvWeights[T] {
	return newGroupConvWeights[T](g, groups, groupPixels, groupPixelsSpread)
}

// newGroupConvWeights is NewGroupConvWeights with other numbers of pixels.
func newGroupConvWeights[T float](g Images, groups, pixels, spread int) *GroupConvWeights[T] {
	kern := kernelsOf[T]()
	c := &GroupConvWeights[T]{kern: kern.taps, gemm: &kern.gemm, g: g, of: newSpreading[T](&g, groups)}
	wide := g.NewChannels
	if c.of.fills(kern.gemm.lanes) {
		c.rows = max(1, min(g.To[0], pixels/max(1, g.To[1])))
		c.tapRuns()
		return c
	}
	if c.of.needed() {
		pixels = spread
		c.most = c.of.some(spreadChannels)
		wide = c.most * c.of.to
	}
	c.rows, c.apart = max(1, min(g.To[0], pixels/max(1, g.To[1]))), g.From[1]*wide
	for lo := 0; lo < g.To[1]; {
		s := tapColumns{lo: lo, hi: g.To[1]}
		for j := range g.Size[1] {
			first, end := inside(j*g.Dilation[1]-g.Before[1], g.Step[1], g.To[1], 1, g.From[1])
			switch {
			case lo >= first && lo < end:
				if s.count == 0 {
					s.tap = j
				}
				s.count++
				s.hi = min(s.hi, end)
			case lo < first && first < end:
				s.hi = min(s.hi, first)
			}
		}
		s.at = lo*g.Step[1] + s.tap*g.Dilation[1] - g.Before[1]
		if s.count > 0 {
			for r := range c.rows {
				for p := range s.hi - lo {
					s.pixels = append(s.pixels, r*g.Step[0]*c.apart+p*g.Step[1]*wide, (r*g.To[1]+p)*g.NewChannels)
				}
			}
			c.columns = append(c.columns, s)
		}
		lo = s.hi
	}
	return c
}

// Groups is how many there are, of which Run takes some.
func (c *GroupConvWeights[T]) Groups() int { return c.of.groups }

// Scratch is how many numbers Run needs to work with.
func (c *GroupConvWeights[T]) Scratch() int {
	if c.most == 0 {
		return 0
	}
	return c.kept() * c.apart * c.of.from
}

// kept is how many rows of an image, spread, the rows of the result that are taken at a time can meet.
func (c *GroupConvWeights[T]) kept() int {
	return min(c.g.From[0], (c.rows-1)*c.g.Step[0]+(c.g.Size[0]-1)*c.g.Dilation[0]+1)
}

// Run sets the gradients of groups lo to hi, of Size x channels of a group x NewChannels, to those of n images.
func (c *GroupConvWeights[T]) Run(n int, images, results, gradient []T, lo, hi int, scratch []T) {
	g, of := &c.g, &c.of
	for i := range g.taps() * of.from {
		clear(gradient[i*g.NewChannels+lo*of.to : i*g.NewChannels+hi*of.to])
	}
	for i := range n {
		x, y := images[i*g.pixels():][:g.pixels()], results[i*g.results():][:g.results()]
		for row := 0; row < g.To[0]; row += c.rows {
			end := min(row+c.rows, g.To[0])
			if c.tiled != nil {
				c.addTiles(x, y, gradient, row, end, lo, hi)
				continue
			}
			if c.most == 0 {
				c.add(x, y, gradient, 0, row, end, lo, hi)
				continue
			}
			first := max(0, row*g.Step[0]-g.Before[0])
			rows := min(g.From[0], (end-1)*g.Step[0]+(g.Size[0]-1)*g.Dilation[0]-g.Before[0]+1) - first
			for at := lo; at < hi; at += c.most {
				some := min(hi, at+c.most)
				for r := range max(0, rows) {
					of.spread(scratch[r*c.apart:], c.kept()*c.apart, c.most*of.to, x[(first+r)*g.From[1]*g.Channels:], g.From[1], at, some)
				}
				c.add(scratch, y, gradient, first, row, end, at, some)
			}
		}
	}
}

// add adds what rows from to end of an image's result give to the gradients of groups lo to hi. The first row of x is that of the image.
func (c *GroupConvWeights[T]) add(x, y, gradient []T, first, from, end, lo, hi int) {
	g, of := &c.g, &c.of
	channels, ld := (hi-lo)*of.to, of.from*g.NewChannels
	wide := c.apart / max(1, g.From[1])
	if c.most == 0 {
		x = x[min(len(x), lo*of.from):]
	}
	for v := range g.Size[0] {
		a, b := inside(v*g.Dilation[0]-g.Before[0], g.Step[0], g.To[0], 1, g.From[0])
		a, b = max(a, from), min(b, end)
		if a >= b {
			continue
		}
		row := a*g.Step[0] + v*g.Dilation[0] - g.Before[0] - first
		for s := range c.columns {
			s := &c.columns[s]
			pixels := s.pixels[:2*(b-a)*(s.hi-s.lo)]
			by := y[(a*g.To[1]+s.lo)*g.NewChannels+lo*of.to:]
			for i := range of.from {
				to := gradient[((v*g.Size[1]+s.tap)*of.from+i)*g.NewChannels+lo*of.to:]
				at := i*c.kept()*c.apart + row*c.apart + s.at*wide
				c.kern(to, ld, s.count, channels, to, ld, x[at:], g.Dilation[1]*wide, by, pixels)
			}
		}
	}
}
