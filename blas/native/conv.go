package native

import (
	"slices"
	"unsafe"
)

// Conv is a convolution of images, channels last. Its weights are brought into the order of the kernels once and then shared by all
// cores, each of which takes some images. No matrix of patches is made: a tile of the result, some pixels of a row by some new channels,
// adds up runs of the image and of the weights where they lie.
type Conv[T float] struct {
	kern        *gemmKernel[T]
	g           Images
	joint       joint // g, or with pixels joined: what is computed
	spread      []T   // the weights of joined pixels; nil where none are joined
	weights     []T   // panels of nr new channels; in each the taps, in each of these the channels
	left, right int   // columns of zeros at the sides of an image
	pitch       int   // numbers from one pixel of an image to the next: its channels, or more
	rows        []convRow
	blocks      []convBlock
	alive       *aliveConv[T] // the way that leaves out zeros; nil where there is none
}

// convRow is a row of the result.
type convRow struct {
	row    int
	lo, hi int // pixels of the image: all that it meets are among them
	parts  []convPart
	apart  []convPart // the same with no pixels joined; nil where none are
}

// convPart is those pixels of a row that meet the same taps.
type convPart struct {
	first, every, count int // numbers of the result's row: where the first pixel lies, and from one to the next
	at, step            int // numbers of the image before the first one's, and from one to the next
	channels, column    int // new channels, and the first one's column of the weights
	runs                []int
	onto                bool // what other taps give is there
}

// leaveOutSteps is how many steps of a sum a pixel must have with each tap of a row for taps in the padding to be left out: with fewer,
// the tiles that are added up in several goes cost more than it saves.
const leaveOutSteps = 96

// NewConv prepares a convolution.
func NewConv[T float](g Images) *Conv[T] {
	return newConv[T](g, leaveOutSteps, g.block())
}

// newConv is NewConv with another number of steps, and with other blocks, of so many numbers.
func newConv[T float](g Images, least, block int) *Conv[T] {
	kern := &kernelsOf[T]().gemm
	w := g.joinSome(kern.lanes)
	c := &Conv[T]{kern: kern, g: g, joint: w, weights: make([]T, w.taps()*w.Channels*padded(w.NewChannels, kern.nr))}
	if w.joined > 1 {
		c.spread = make([]T, w.taps()*w.Channels*w.NewChannels)
	}
	columns := c.columns(least)
	c.pitch = c.space()
	for _, down := range g.phases(0) {
		for i := range down.count {
			row := convRow{row: down.first + i*down.every}
			lo, hi := g.met(down, i)
			row.lo, row.hi = lo*g.From[1], hi*g.From[1]
			for _, across := range columns {
				row.parts = append(row.parts, c.split(c.part(down, i, across, w.NewChannels))...)
			}
			for n, across := range w.neighbours(&g) {
				p := c.part(down, i, across, g.NewChannels)
				p.every, p.column = w.NewChannels, n*g.NewChannels
				row.apart = append(row.apart, p)
			}
			c.rows = append(c.rows, row)
		}
	}
	slices.SortFunc(c.rows, func(a, b convRow) int { return a.row - b.row })
	c.blocks = c.cut(block)
	c.alive = newAliveConv(c)
	return c
}

// columns are the phases of a row: of tiles without the taps in the padding, or, where an image gets a border of zeros, as they are.
func (c *Conv[T]) columns(least int) (tiles []phase) {
	w, k := &c.joint, c.kern
	all := w.phases(1)
	left, right := w.border()
	if left == 0 && right == 0 {
		return all
	}
	most, last := k.rows(min(k.nr, w.NewChannels)), k.rows((w.NewChannels-1)%k.nr+1)
	if w.joined > 1 || w.Size[0]*w.Channels < least || most != last {
		c.left, c.right = left, right
		return all
	}
	for _, p := range all {
		tiles = append(tiles, p.cut(most, w.From[1])...)
	}
	return tiles
}

// part is the pixels of a phase.
func (c *Conv[T]) part(down phase, i int, across phase, channels int) convPart {
	return convPart{
		first: across.first * channels, every: across.every * channels, count: across.count,
		step: across.step * c.pitch, channels: channels, runs: c.sum(down, i, across), onto: across.onto,
	}
}

// sum is what a pixel of the result adds up: the taps that meet rows of the image, neighbours in one run.
func (c *Conv[T]) sum(down phase, i int, across phase) []int {
	var r runs
	g, ch := &c.joint, c.g.Channels
	width := (c.left + g.From[1] + c.right) * c.pitch
	for _, v := range down.taps {
		row := v.at + i*down.step
		if row < 0 || row >= g.From[0] || ch == 0 {
			continue
		}
		for j := 0; j < len(across.taps); {
			h, n := across.taps[j], 1
			for c.pitch == ch && j+n < len(across.taps) && across.taps[j+n] == (met{h.tap + n, h.at + n}) {
				n++
			}
			r.add(row*width+(h.at+c.left)*c.pitch, (v.tap*g.Size[1]+h.tap)*ch*c.kern.nr, n*ch, 1, c.kern.nr)
			j += n
		}
	}
	return r.list
}

// Bytes is the size of the weights in order.
func (c *Conv[T]) Bytes() int { return (len(c.weights) + len(c.spread)) * int(unsafe.Sizeof(T(0))) }

// Scratch is how many numbers, and how many integers, Run needs to work with.
func (c *Conv[T]) Scratch() (floats, ints int) {
	if c.copies() {
		floats = c.g.From[0] * (c.left + c.g.From[1] + c.right) * c.pitch
	}
	if c.alive != nil {
		return max(floats, c.g.pixels()), c.g.pixels() + 2*c.g.From[0]*c.g.From[1]
	}
	return floats, 0
}

// Panels is the number of panels, which Pack takes one by one.
func (c *Conv[T]) Panels() int { return padded(c.joint.NewChannels, c.kern.nr) / c.kern.nr }

// Pack takes panels lo to hi of weights of Size x Channels x NewChannels; or of Size x NewChannels x Channels with the taps in reverse,
// those of the convolution that leads back. Distinct ranges may be packed at the same time.
func (c *Conv[T]) Pack(weights []T, back bool, lo, hi int) {
	taps, old, n, nr := c.joint.taps(), c.g.Channels, c.joint.NewChannels, c.kern.nr
	if old == 0 {
		return
	}
	if c.spread != nil && lo < hi { // there is one panel
		spreadWeights(c.spread, &c.joint, &c.g, weights, back)
		weights, back = c.spread, false
	}
	if c.alive != nil {
		defer c.alive.judge(lo, hi)
	}
	for p := lo; p < hi; p++ {
		from := p * nr
		panel, cols := c.weights[from*taps*old:], min(nr, n-from)
		if !back {
			c.kern.packPanel(panel, operand[T]{weights, n, 1}.from(0, from), taps*old, cols)
			continue
		}
		for t := range taps {
			tap := operand[T]{weights[(taps-1-t)*old*n:], 1, old}
			c.kern.packPanel(panel[t*old*nr:], tap.from(0, from), old, cols)
		}
	}
}

// Run computes the results of some images. All panels must be packed. Images of which most numbers are zero, as a gradient's are
// behind a rectifier and a pooling, are taken without these: which they are is seen anew each time. The sum is then added up in another
// order; where a weight is infinite or NaN nothing of an image is left out. Padding is, or counts as zero.
func (c *Conv[T]) Run(images, results, scratch []T, ints []int32) {
	if c.g.results() == 0 {
		return
	}
	free := freeOf[T]()
	w := free.get()
	defer free.put(w)
	sum := w.sumOf(c.kern)
	sum.ask.far = true
	asked := false // for the image that comes
	for n := range len(results) / c.g.results() {
		image, result := images[n*c.g.pixels():][:c.g.pixels()], results[n*c.g.results():][:c.g.results()]
		if c.alive != nil && c.alive.run(image, result, scratch, ints) {
			asked = false
			continue
		}
		if !asked && !c.copies() && !c.g.leaps() {
			fetch(image[:c.blocks[0].to])
		}
		for b := range c.blocks {
			sum.ask.begin(c.behind(images, n, b), nil, c.blocks[b].tiles, c.joint.taps()*c.g.Channels)
			c.run(sum, image, result, scratch, c.blocks[b].rows, 0, c.Panels())
		}
		asked = true
	}
}

// Rows is the number of rows of a result, which RunRows takes one by one.
func (c *Conv[T]) Rows() int { return len(c.rows) }

// RunRows computes rows lo to hi of one image's result, and leaves out nothing.
func (c *Conv[T]) RunRows(image, result, scratch []T, lo, hi int) {
	c.runOne(image, result, scratch, c.rows[lo:hi], 0, c.Panels())
}

// RunPanels computes the new channels of panels lo to hi of one image's result, and leaves out nothing.
func (c *Conv[T]) RunPanels(image, result, scratch []T, lo, hi int) {
	c.runOne(image, result, scratch, c.rows, lo, hi)
}

func (c *Conv[T]) runOne(image, result, scratch []T, rows []convRow, lo, hi int) {
	free := freeOf[T]()
	w := free.get()
	defer free.put(w)
	c.run(w.sumOf(c.kern), image, result, scratch, rows, lo, hi)
}

// ManyWeights tells whether the weights are more numbers than the image and its result: each core should then read its part of these.
func (c *Conv[T]) ManyWeights() bool { return len(c.weights) > c.g.pixels()+c.g.results() }

// run computes some rows of one image's result, and some panels of these, while it asks for what is next.
func (c *Conv[T]) run(sum *tileSum[T], image, result, scratch []T, rows []convRow, lo, hi int) {
	image, finite := c.border(scratch, image, rows)
	k, row, depth := c.kern, c.g.To[1]*c.g.NewChannels, c.joint.taps()*c.g.Channels
	asks := sum.ask.far || depth >= askSteps
	for p := lo; p < hi; p++ {
		from := p * k.nr
		for i := range rows {
			r := &rows[i]
			parts := r.parts
			if !finite {
				parts = r.apart
			}
			for j := range parts {
				part := &parts[j]
				weights, cols := c.weights[from*depth+part.column:], min(k.nr, part.channels-from)
				most := k.rows(cols)
				sum.set(cols, part.runs, part.step, 1, weights, k.nr, part.every, part.onto)
				for done, n := 0, 0; done < part.count; done += n {
					n = share(part.count-done, most)
					var a []T
					if len(part.runs) > 0 {
						a = image[part.at+done*part.step:]
					}
					to := result[r.row*row+part.first+part.every*done+from:]
					if asks {
						askTile(to, n, part.every)
					}
					sum.tile(n, a, to)
				}
			}
		}
	}
}

// copies tells whether an image is copied: for borders of zeros or for room between its pixels.
func (c *Conv[T]) copies() bool {
	return c.left > 0 || c.right > 0 || c.pitch > c.g.Channels || c.joint.joined > 1 // what is joined is looked at for what is not finite
}

// border gives the part of the image that rows of the result meet its border of zeros, or its pixels their pitch. finite is false where
// pixels are joined and a number is infinite or NaN.
func (c *Conv[T]) border(scratch, image []T, rows []convRow) (with []T, finite bool) {
	if !c.copies() {
		return image, true
	}
	from, to := c.g.From[0]*c.g.From[1], 0
	for i := range rows {
		from, to = min(from, rows[i].lo), max(to, rows[i].hi)
	}
	if c.pitch > c.g.Channels {
		c.spaced(scratch, image, from, to)
		return scratch, true
	}
	width := max(1, c.g.From[1])
	if c.joint.joined == 1 {
		return bordered(&c.g, scratch, image, c.left, c.right, from/width, to/width), true
	}
	kern, bad := &kernelsOf[T]().sparse, T(0)
	eachBordered(&c.g, scratch, image, c.left, c.right, from/width, to/width, func(to, from []T) { bad += kern.copyFinite(to, from) })
	return scratch, bad == 0
}
