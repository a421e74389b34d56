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
	weights     []T // panels of nr new channels; in each the taps, in each of these the channels
	left, right int // columns of zeros at the sides of an image
	rows        []convRow
	alive       *aliveConv[T] // the way that leaves out zeros; nil where there is none
}

// convRow is a row of the result.
type convRow struct {
	row    int
	lo, hi int // rows of the image that it meets
	parts  []convPart
}

// convPart is those pixels of a row that meet the same taps.
type convPart struct {
	phase
	runs []int
}

// NewConv prepares a convolution.
func NewConv[T float](g Images) *Conv[T] {
	kern := &kernelsOf[T]().gemm
	c := &Conv[T]{kern: kern, g: g, weights: make([]T, g.taps()*g.Channels*padded(g.NewChannels, kern.nr))}
	c.left, c.right = g.border()
	columns := g.phases(1)
	for _, down := range g.phases(0) {
		for i := range down.count {
			row := convRow{row: down.first + i*down.every}
			row.lo, row.hi = g.met(down, i)
			for _, across := range columns {
				row.parts = append(row.parts, convPart{across, c.sum(down, i, across)})
			}
			c.rows = append(c.rows, row)
		}
	}
	slices.SortFunc(c.rows, func(a, b convRow) int { return a.row - b.row })
	c.alive = newAliveConv(c)
	return c
}

// sum is what a pixel of the result adds up: the taps that meet rows of the image, neighbours in one run.
func (c *Conv[T]) sum(down phase, i int, across phase) []int {
	var r runs
	g, ch := &c.g, c.g.Channels
	width := (c.left + g.From[1] + c.right) * ch
	for _, v := range down.taps {
		row := v.at + i*down.step
		if row < 0 || row >= g.From[0] || ch == 0 {
			continue
		}
		for j := 0; j < len(across.taps); {
			h, n := across.taps[j], 1
			for j+n < len(across.taps) && across.taps[j+n] == (met{h.tap + n, h.at + n}) {
				n++
			}
			r.add(row*width+(h.at+c.left)*ch, (v.tap*g.Size[1]+h.tap)*ch*c.kern.nr, n*ch, 1, c.kern.nr)
			j += n
		}
	}
	return r.list
}

// Bytes is the size of the weights in order.
func (c *Conv[T]) Bytes() int { return len(c.weights) * int(unsafe.Sizeof(T(0))) }

// Scratch is how many numbers, and how many integers, Run needs to work with.
func (c *Conv[T]) Scratch() (floats, ints int) {
	if c.left > 0 || c.right > 0 {
		floats = c.g.From[0] * (c.left + c.g.From[1] + c.right) * c.g.Channels
	}
	if c.alive != nil {
		return max(floats, c.g.pixels()), c.g.pixels() + 2*c.g.From[0]*c.g.From[1]
	}
	return floats, 0
}

// Panels is the number of panels, which Pack takes one by one.
func (c *Conv[T]) Panels() int { return padded(c.g.NewChannels, c.kern.nr) / c.kern.nr }

// Pack takes panels lo to hi of weights of Size x Channels x NewChannels; or of Size x NewChannels x Channels with the taps in reverse,
// those of the convolution that leads back. Distinct ranges may be packed at the same time.
func (c *Conv[T]) Pack(weights []T, back bool, lo, hi int) {
	taps, old, n, nr := c.g.taps(), c.g.Channels, c.g.NewChannels, c.kern.nr
	if old == 0 {
		return
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
	for n := range len(results) / c.g.results() {
		image, result := images[n*c.g.pixels():][:c.g.pixels()], results[n*c.g.results():][:c.g.results()]
		if c.alive != nil && c.alive.run(image, result, scratch, ints) {
			continue
		}
		c.run(bordered(&c.g, scratch, image, c.left, c.right, 0, c.g.From[0]), result, c.rows, 0, c.Panels())
	}
}

// Rows is the number of rows of a result, which RunRows takes one by one.
func (c *Conv[T]) Rows() int { return len(c.rows) }

// RunRows computes rows lo to hi of one image's result, and leaves out nothing.
func (c *Conv[T]) RunRows(image, result, scratch []T, lo, hi int) {
	rows := c.rows[lo:hi]
	from, to := c.g.From[0], 0
	for i := range rows {
		from, to = min(from, rows[i].lo), max(to, rows[i].hi)
	}
	c.run(bordered(&c.g, scratch, image, c.left, c.right, from, to), result, rows, 0, c.Panels())
}

// RunPanels computes the new channels of panels lo to hi of one image's result, and leaves out nothing.
func (c *Conv[T]) RunPanels(image, result, scratch []T, lo, hi int) {
	c.run(bordered(&c.g, scratch, image, c.left, c.right, 0, c.g.From[0]), result, c.rows, lo, hi)
}

// ManyWeights tells whether the weights are more numbers than the image and its result: each core should then read its part of these.
func (c *Conv[T]) ManyWeights() bool { return len(c.weights) > c.g.pixels()+c.g.results() }

// run computes some rows of one image's result, and some panels of these.
func (c *Conv[T]) run(image, result []T, rows []convRow, lo, hi int) {
	g, k := &c.g, c.kern
	depth := g.taps() * g.Channels
	for p := lo; p < hi; p++ {
		from := p * k.nr
		cols := min(k.nr, g.NewChannels-from)
		weights, most := c.weights[from*depth:], k.rows(cols)
		for i := range rows {
			r := &rows[i]
			for j := range r.parts {
				part := &r.parts[j]
				stride := part.step * g.Channels
				if len(part.runs) == 0 {
					stride = 0
				}
				for done, n := 0, 0; done < part.count; done += n {
					n = share(part.count-done, most)
					at := (r.row*g.To[1]+part.first+part.every*done)*g.NewChannels + from
					k.sum(n, cols, part.runs, image[done*stride:], stride, 1, weights, k.nr, 0, result[at:], part.every*g.NewChannels)
				}
			}
		}
	}
}

// sum is a tile of a product whose sum is cut into runs, of which there may be none: with beta 0 it is then zero.
func (k *gemmKernel[T]) sum(rows, cols int, runs []int, a []T, rsA, csA int, b []T, ldb int, beta T, c []T, ldc int) {
	switch {
	case len(runs) == 0 && beta != 0:
	case len(runs) == 0:
		for i := range rows {
			clear(c[i*ldc:][:cols])
		}
	case k.runs != nil:
		k.runs(rows, cols, runs, 1, a, rsA, csA, b, ldb, beta, c, ldc)
	default:
		atA, atB := 0, 0
		for ; len(runs) > 0; runs = runs[3:] {
			atA, atB = atA+runs[0], atB+runs[1]
			k.tile(rows, cols, runs[2], 1, a[atA:], rsA, csA, b[atB:], ldb, beta, c, ldc)
			atA, atB, beta = atA+runs[2]*csA, atB+runs[2]*ldb, 1
		}
	}
}
