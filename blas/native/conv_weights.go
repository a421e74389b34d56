package native

import (
	"slices"
	"unsafe"
)

// ConvWeights is the gradient of a convolution by its weights: for each tap the images, as far as they meet it, times the gradient by
// the result. The window has no Spread.
type ConvWeights[T float] struct {
	kern        *gemmKernel[T]
	g           Images
	left, right int
	stripes     []stripe
	dense       int              // images whose products are added up before the gradient is read and written; 1 where these are parts of one
	parts       int              // of an image, for which the same holds
	at, of      int              // the first one, and how many an image has: not all in what Part gives
	gather      bool             // pixels lie far apart
	always      bool             // whatever it costs
	rows        [2]int           // of an image, the first and behind the last that they meet
	alive       *aliveWeights[T] // the way that leaves out zeros; nil where there is none
}

// stripe is a run of rows of the weights, taken as a matrix with a column for each new channel, whose rows lie side by side in an image:
// the channels of a tap, or of neighbouring ones.
type stripe struct {
	first, rows int
	runs        [][]int // for each part over the rows of the results, image by image
}

// denseSteps is how many pixels of the results a tile of the gradient adds up, about, for each time that it is read and written: with
// fewer, as small images have, a large gradient costs more than the products.
const denseSteps = 400

// apartChannels is how many channels fill a tile: each tap is then a stripe of its own, which leaves out the pixels whose window has it
// in the padding. With fewer, neighbouring taps share a tile, and images get a border of zeros.
const apartChannels = 16

// NewConvWeights prepares the gradient by weights.
func NewConvWeights[T float](g Images) *ConvWeights[T] {
	return newConvWeights[T](g, denseSteps, gatherBytes)
}

// newConvWeights is NewConvWeights with another number of pixels, and with pixels that are gathered if they lie so many bytes apart; with 0
// always.
func newConvWeights[T float](g Images, steps, gather int) *ConvWeights[T] {
	c := &ConvWeights[T]{kern: &kernelsOf[T]().gemm, g: g}
	c.gather = c.kern.runs != nil && g.Step[1]*g.Channels*int(unsafe.Sizeof(T(0))) >= gather
	c.always = gather == 0
	pixels := max(1, g.To[0]*g.To[1])
	c.dense, c.parts = max(1, steps/pixels), max(1, pixels/max(1, steps))
	beside, ch := 1, g.Channels
	if g.Dilation[1] == 1 && ch < apartChannels {
		beside = g.Size[1]
		c.left, c.right = g.border()
	}
	for i := range g.Size[0] {
		for j := 0; j < g.Size[1]; j += beside {
			s := stripe{first: (i*g.Size[1] + j) * ch, rows: beside * ch}
			for part := range c.parts {
				s.runs = append(s.runs, c.sum(i, j, beside, pixels*part/c.parts, pixels*(part+1)/c.parts))
			}
			c.stripes = append(c.stripes, s)
		}
	}
	c.of, c.rows = c.parts, [2]int{0, g.From[0]}
	c.alive = newAliveWeights(c)
	return c
}

// Parts is into how many parts Part can cut an image: one, where zeros are looked for in the whole.
func (c *ConvWeights[T]) Parts() int {
	if c.alive != nil {
		return 1
	}
	return c.parts
}

// Part is what parts lo to hi of each image give to the gradient.
func (c *ConvWeights[T]) Part(lo, hi int) *ConvWeights[T] {
	if hi-lo == c.Parts() {
		return c
	}
	p, g := *c, &c.g
	p.parts, p.at, p.stripes = hi-lo, lo, slices.Clone(c.stripes)
	for i := range p.stripes {
		p.stripes[i].runs = p.stripes[i].runs[lo:hi]
	}
	row := func(part int) int { return g.To[0] * g.To[1] * part / c.parts / max(1, g.To[1]) }
	first, last := row(lo)*g.Step[0]-g.Before[0], row(hi)*g.Step[0]+(g.Size[0]-1)*g.Dilation[0]-g.Before[0]
	p.rows = [2]int{min(max(0, first), g.From[0]), min(max(0, last+1), g.From[0])}
	return &p
}

// sum goes over pixels begin to end of the results: in each row over those whose windows have some neighbouring taps, from (down, across)
// on, in the image or its border.
func (c *ConvWeights[T]) sum(down, across, beside, begin, end int) []int {
	var r runs
	g := &c.g
	width := c.left + g.From[1] + c.right
	first := across*g.Dilation[1] - g.Before[1] + c.left
	left, right := inside(first, g.Step[1], g.To[1], beside, width)
	for image := range c.dense {
		r.apart()
		for o := range g.To[0] {
			lo, hi := max(left, begin-o*g.To[1]), min(right, end-o*g.To[1])
			if row := o*g.Step[0] + down*g.Dilation[0] - g.Before[0]; row >= 0 && row < g.From[0] && lo < hi {
				at := image*c.bordered() + (row*width+first+lo*g.Step[1])*g.Channels
				r.add(at, image*g.results()+(o*g.To[1]+lo)*g.NewChannels, hi-lo, g.Step[1]*g.Channels, g.NewChannels)
			}
		}
	}
	return r.list
}

// bordered is the numbers of an image with its border.
func (c *ConvWeights[T]) bordered() int {
	return c.g.From[0] * (c.left + c.g.From[1] + c.right) * c.g.Channels
}

// Halves is the number of halves of panels of new channels, which Run takes: where there are few, more cores get some.
func (c *ConvWeights[T]) Halves() int { return padded(c.g.NewChannels, c.half()) / c.half() }

func (c *ConvWeights[T]) half() int { return c.kern.nr / 2 }

// columns are the new channels of halves lo to hi.
func (c *ConvWeights[T]) columns(lo, hi int) columns {
	return columns{lo * c.half(), min(hi*c.half(), c.g.NewChannels) - lo*c.half()}
}

// columns are some new channels.
type columns struct{ first, count int }

// Scratch is how many numbers, and how many integers, Run needs to work with for so many halves.
func (c *ConvWeights[T]) Scratch(halves int) (floats, ints int) {
	if c.left > 0 || c.right > 0 {
		floats = c.dense * c.bordered()
	}
	if c.alive != nil {
		more, ints := c.alive.scratch(c.columns(0, halves).count)
		return floats + more, ints
	}
	return floats, 0
}

// Together is how many images Run takes at once.
func (c *ConvWeights[T]) Together() int {
	if c.alive != nil {
		return max(c.alive.images, c.dense)
	}
	return c.dense
}

// Run sets halves lo to hi of the gradient, of Size x Channels x NewChannels, to those of n images. Where most of the gradients by the results
// are zero, as behind a rectifier and a pooling, they are left out, up to the first images where it is not so. The sum is then added up in
// another order; where a number of the images is infinite or NaN nothing is left out.
func (c *ConvWeights[T]) Run(n int, images []T, results Results[T], gradient []T, lo, hi int, scratch []T, ints []int32) {
	g, border, to := &c.g, scratch, c.columns(lo, hi)
	var alive aliveSum[T]
	if c.alive != nil {
		floats, _ := c.alive.scratch(to.count)
		alive, border = c.alive.begin(to, scratch[:floats], ints), scratch[floats:]
	}
	free := freeOf[T]()
	w := free.get()
	defer free.put(w)
	w.sum.kern = c.kern
	soon, onto := newComing(c, w, to, images, results.All), false
	for i, count := 0, 0; i < n; i += count {
		count = min(c.dense, n-i)
		if alive.goesOn {
			count = min(c.alive.images, n-i)
		}
		x, y := images[i*g.pixels():(i+count)*g.pixels()], results.of(i, count, g.results())
		if alive.add(count, x, y) {
			continue
		}
		for k := 0; k < count; k += c.dense {
			m := min(c.dense, count-k)
			px, py := x[k*g.pixels():][:m*g.pixels()], y[k*g.results():][:m*g.results()]
			if c.left == 0 && c.right == 0 && to.count == g.NewChannels { // else they are copied, or read once more for each range
				soon.first(i+k, m)
			}
			px = c.border(border, px)
			for part := range c.parts {
				soon.behind(i+k, m, part)
				c.add(m, part, px, py, to, onto, gradient, &soon)
				onto = true
			}
		}
	}
	if !onto {
		for i := range g.taps() * g.Channels {
			clear(gradient[i*g.NewChannels+to.first:][:to.count])
		}
	}
	alive.end(gradient)
}

// border is some images with their borders of zeros.
func (c *ConvWeights[T]) border(room, images []T) []T {
	if c.left == 0 && c.right == 0 {
		return images
	}
	pixels := c.g.pixels()
	for i := range len(images) / max(1, pixels) {
		bordered(&c.g, room[i*c.bordered():], images[i*pixels:][:pixels], c.left, c.right, c.rows[0], c.rows[1])
	}
	return room
}

// add sets the gradient to that of a part of n images, or adds it to what is there, while it asks for what comes next.
func (c *ConvWeights[T]) add(n, part int, images, results []T, to columns, onto bool, gradient []T, soon *coming[T]) {
	for s := range c.stripes {
		p := &c.stripes[s]
		runs := p.runs[part][:len(p.runs[part])/c.dense*n]
		x := operand[T]{images, 1, c.g.Step[1] * c.g.Channels}
		from := 0
		if c.gathers(n, to) && len(runs) > 0 {
			from = c.gathered(p, runs, x, results, to, onto, gradient, soon)
		}
		c.tiles(p, from, p.rows, runs, x, results, to, onto, gradient, &soon.work.sum)
	}
}

// tiles sets or adds rows from to end of a stripe.
func (c *ConvWeights[T]) tiles(p *stripe, from, end int, runs []int, x operand[T], results []T, to columns, onto bool, gradient []T, sum *tileSum[T]) {
	k, ld := c.kern, c.g.NewChannels
	for j := to.first; j < to.first+to.count; j += k.nr {
		cols := min(k.nr, to.first+to.count-j)
		most := k.rows(cols)
		var a, b []T
		if len(runs) > 0 {
			a, b = x.data, results[j:]
		}
		sum.set(cols, runs, x.rs, x.cs, b, ld, ld, onto)
		for at, rows := from, 0; at < end; at += rows {
			rows = share(end-at, most)
			sum.tile(rows, a[min(at*x.rs, len(a)):], gradient[(p.first+at)*ld+j:])
		}
	}
}
