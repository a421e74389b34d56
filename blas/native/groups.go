package native

import "unsafe"

// GroupConv is a convolution of images, channels last, in groups: each new channel is made of the channels of its group. With one channel to a
// group, and one new one, all is added up channel by channel, where the images lie. Of groups whose new channels fill a vector each is a
// convolution of its own, by tiles of products. Else the rows of the images are first spread, one behind the other: for each channel of a group
// a row that has it at each of the new channels that are made of it.
type GroupConv[T float] struct {
	kern    tapsKernel[T]
	gemm    *gemmKernel[T]
	tiled   bool // by tiles of products
	g       Images
	of      spreading[T]
	weights []T // of taps; in each for each channel of a group; in each of these of all new channels. By tiles of groups first
	zeros   []T
	rows    []groupRow
	around  int // spread rows that are kept; 0 where images are read as they lie
	most    int // groups that are taken at a time: what is spread of them stays in the cache
	wide    int // numbers from one pixel to the next, as the sums read them
}

// groupRow is a row of the result.
type groupRow struct {
	first, end int // rows of the image that this one and later ones meet
	parts      []groupPart
}

// groupPart is those pixels of a row that meet the same taps, all in the image.
type groupPart struct {
	first, every, count int // numbers of the result's row: where the first pixel lies, and from one to the next
	at, step            int // numbers of the image before the first one's, and from one to the next
	taps                []int
}

// NewGroupConv prepares a convolution in so many groups.
func NewGroupConv[T float](g Images, groups int) *GroupConv[T] {
	kern := kernelsOf[T]()
	c := &GroupConv[T]{kern: kern.taps, gemm: &kern.gemm, g: g, of: newSpreading[T](&g, groups)}
	c.most, c.wide = c.of.groups, g.NewChannels
	if c.tiled = c.of.fills(kern.gemm.lanes); c.tiled {
		c.most, c.wide = 1, g.Channels
	} else if c.of.needed() {
		c.most = c.of.some(spreadChannels)
		c.wide = c.most * c.of.to
	}
	c.weights, c.zeros = make([]T, g.taps()*c.of.from*g.NewChannels), make([]T, g.NewChannels)
	down := make([]met, 0, g.Size[0])
	meets := make([][]met, g.To[0])
	for _, p := range g.phases(0) {
		for i := range p.count {
			for _, v := range p.taps {
				if at := v.at + i*p.step; at >= 0 && at < g.From[0] {
					down = append(down, met{v.tap, at})
				}
			}
			meets[p.first+i*p.every], down = down, down[len(down):]
		}
	}
	c.rows = make([]groupRow, g.To[0])
	c.bounds(meets)
	var columns []groupColumns
	for _, p := range g.phases(1) {
		columns = append(columns, p.segments(g.From[1])...)
	}
	lists := map[string][]int{}
	for r := range c.rows {
		for _, s := range columns {
			c.rows[r].parts = append(c.rows[r].parts, c.positions(meets[r], s, lists))
		}
	}
	return c
}

// bounds finds which rows of the image are met from each of the result's on, and how many must be kept for that, spread.
func (c *GroupConv[T]) bounds(meets [][]met) {
	first := c.g.From[0]
	for r := len(meets) - 1; r >= 0; r-- {
		for _, m := range meets[r] {
			first = min(first, m.at)
			c.rows[r].end = max(c.rows[r].end, m.at+1)
		}
		c.rows[r].first = first
	}
	if !c.of.needed() || c.tiled {
		return
	}
	end := 0
	for _, r := range c.rows {
		end = max(end, r.end)
		c.around = max(c.around, end-r.first)
	}
}

// groupColumns are positions of a row, lo to hi of a phase, that meet the same taps.
type groupColumns struct {
	phase
	lo, hi int
}

// segments of a phase have all their taps within an image of so many columns.
func (p phase) segments(image int) (all []groupColumns) {
	for lo := 0; lo < p.count; {
		s := groupColumns{phase: p, lo: lo, hi: p.count}
		s.taps = nil
		for _, m := range p.taps {
			first, end := inside(m.at, p.step, p.count, 1, image)
			switch {
			case lo >= first && lo < end:
				s.taps = append(s.taps, m)
				s.hi = min(s.hi, end)
			case lo < first && first < end:
				s.hi = min(s.hi, first)
			}
		}
		all, lo = append(all, s), s.hi
	}
	return all
}

// positions are some of a row. Lists of taps that are the same are kept once.
func (c *GroupConv[T]) positions(down []met, s groupColumns, lists map[string][]int) groupPart {
	g, n := &c.g, c.g.NewChannels
	p := groupPart{first: (s.first + s.lo*s.every) * n, every: s.every * n, count: s.hi - s.lo, step: s.step * c.wide}
	var list []int
	depth := c.of.from
	if c.tiled {
		depth = 1
	}
	for _, v := range down {
		for _, h := range s.taps {
			for i := range depth {
				row := v.at
				if c.around > 0 {
					row = row%c.around*c.of.from + i
				}
				at, by := (row*g.From[1]+h.at+s.lo*s.step)*c.wide, ((v.tap*g.Size[1]+h.tap)*c.of.from+i)*n
				if c.tiled {
					by = (v.tap*g.Size[1] + h.tap) * c.of.from * c.of.to
				}
				if len(list) == 0 && c.around == 0 {
					p.at = at
				}
				list = append(list, at-p.at, by)
			}
		}
	}
	if c.tiled {
		list = c.tileRuns(list)
	}
	if len(list) == 0 {
		return p
	}
	key := string(unsafe.Slice((*byte)(unsafe.Pointer(&list[0])), len(list)*int(unsafe.Sizeof(list[0]))))
	if lists[key] == nil {
		lists[key] = list
	}
	p.taps = lists[key]
	return p
}

// Bytes is the size of the weights in order.
func (c *GroupConv[T]) Bytes() int {
	return (len(c.weights) + len(c.zeros)) * int(unsafe.Sizeof(T(0)))
}

// Poison fills the weights with NaN: they must be packed again.
func (c *GroupConv[T]) Poison() { FillNaN(c.weights) }

// Panels is the number of pieces, which Pack takes one by one.
func (c *GroupConv[T]) Panels() int { return 1 }

// Pack takes weights of Size x channels of a group x NewChannels; or of Size x new channels of a group x Channels with the taps in reverse,
// those of the convolution that leads back.
func (c *GroupConv[T]) Pack(weights []T, back bool, lo, hi int) {
	switch {
	case lo == hi:
		return
	case c.tiled:
		c.packTiles(weights, back)
		return
	case !back:
		copy(c.weights, weights)
		return
	}
	taps, from, to, n := c.g.taps(), c.of.from, c.of.to, c.g.NewChannels
	for t := range taps {
		for i := range from {
			by := c.weights[(t*from+i)*n:][:n]
			for o := range by {
				by[o] = weights[((taps-1-t)*to+o%to)*c.g.Channels+o/to*from+i]
			}
		}
	}
}

// Rows is the number of rows of a result, which RunRows takes one by one.
func (c *GroupConv[T]) Rows() int { return len(c.rows) }

// Scratch is how many numbers Run needs to work with.
func (c *GroupConv[T]) Scratch() int { return c.around * c.of.from * c.g.From[1] * c.wide }

// RunRows computes rows lo to hi of an image's result, each from a bias, or from 0 where that is nil; finish gets them, if it is not nil. The
// weights must be packed. Padding is left out.
func (c *GroupConv[T]) RunRows(image, result, scratch, bias []T, lo, hi int, finish func(rows []T)) {
	if bias == nil {
		bias = c.zeros
	}
	row := c.g.To[1] * c.g.NewChannels
	if c.around == 0 && !c.tiled {
		for r := lo; r < hi; r++ {
			to := result[r*row:][:row]
			c.sums(image, to, bias, r, 0, c.g.NewChannels)
			if finish != nil {
				finish(to)
			}
		}
		return
	}
	for at := range c.Parts() {
		c.part(image, result, scratch, bias, at, lo, hi)
	}
	if finish != nil && lo < hi {
		finish(result[lo*row : hi*row])
	}
}

// Parts is the number of parts of the new channels, which RunParts takes one by one: none of them reads what another has spread. It is 1
// where nothing is spread.
func (c *GroupConv[T]) Parts() int { return (c.of.groups + c.most - 1) / c.most }

// RunParts computes parts lo to hi of the new channels of one image's result.
func (c *GroupConv[T]) RunParts(image, result, scratch, bias []T, lo, hi int) {
	if bias == nil {
		bias = c.zeros
	}
	for at := lo; at < hi; at++ {
		c.part(image, result, scratch, bias, at, 0, len(c.rows))
	}
}

// part computes a part of the new channels of rows lo to hi.
func (c *GroupConv[T]) part(image, result, scratch, bias []T, at, lo, hi int) {
	from, row, apart := c.g.From[1]*c.g.Channels, c.g.To[1]*c.g.NewChannels, c.g.From[1]*c.wide
	first, have := at*c.most, 0
	end := min(c.of.groups, first+c.most)
	if c.tiled {
		c.tiles(image, result, bias, first, end, lo, hi)
		return
	}
	for r := lo; r < hi; r++ {
		for have = max(have, c.rows[r].first); have < c.rows[r].end; have++ {
			c.of.spread(scratch[have%c.around*c.of.from*apart:], apart, c.wide, image[have*from:], c.g.From[1], first, end)
		}
		c.sums(scratch, result[r*row:][:row], bias, r, first*c.of.to, end*c.of.to)
	}
}

// sums are new channels lo to hi of a row.
func (c *GroupConv[T]) sums(x, to, bias []T, r, lo, hi int) {
	parts := c.rows[r].parts
	for i := range parts {
		p := &parts[i]
		c.kern(to[p.first+lo:], p.every, p.count, hi-lo, bias[lo:], 0, x[p.at:], p.step, c.weights[min(lo, len(c.weights)):], p.taps)
	}
}

// Run computes the results of some images.
func (c *GroupConv[T]) Run(images, results, scratch, bias []T, finish func(rows []T)) {
	if c.g.results() == 0 {
		return
	}
	for i := range len(results) / c.g.results() {
		c.RunRows(images[i*c.g.pixels():][:c.g.pixels()], results[i*c.g.results():][:c.g.results()], scratch, bias, 0, len(c.rows), finish)
	}
}
