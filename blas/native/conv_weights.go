package native

// ConvWeights is the gradient of a convolution by its weights: for each tap the images, as far as they meet it, times the gradient by
// the result. The window has no Spread.
type ConvWeights[T float] struct {
	kern        *gemmKernel[T]
	g           Images
	left, right int
	stripes     []stripe
	alive       *aliveWeights[T] // the way that leaves out zeros; nil where there is none
}

// stripe is a run of rows of the weights, taken as a matrix with a column for each new channel, whose rows lie side by side in an image:
// the channels of a tap, or of neighbouring ones.
type stripe struct {
	first, rows int
	at          int   // of the first in a pixel's window, from the pixel
	runs        []int // over the rows of the result
}

// NewConvWeights prepares the gradient by weights.
func NewConvWeights[T float](g Images) *ConvWeights[T] {
	c := &ConvWeights[T]{kern: &kernelsOf[T]().gemm, g: g}
	c.left, c.right = g.border()
	beside, ch := g.Size[1], g.Channels
	if g.Dilation[1] > 1 {
		beside = 1
	}
	for i := range g.Size[0] {
		runs := c.sum(i)
		for j := 0; j < g.Size[1]; j += beside {
			at := (j*g.Dilation[1] - g.Before[1] + c.left) * ch
			c.stripes = append(c.stripes, stripe{(i*g.Size[1] + j) * ch, beside * ch, at, runs})
		}
	}
	c.alive = newAliveWeights(c)
	return c
}

// sum goes over the rows of the result that a row of taps meets.
func (c *ConvWeights[T]) sum(tap int) []int {
	var r runs
	g := &c.g
	width := (c.left + g.From[1] + c.right) * g.Channels
	for o := range g.To[0] {
		if row := o*g.Step[0] + tap*g.Dilation[0] - g.Before[0]; row >= 0 && row < g.From[0] && g.To[1] > 0 {
			r.add(row*width, o*g.To[1]*g.NewChannels, g.To[1], g.Step[1]*g.Channels, g.NewChannels)
		}
	}
	return r.list
}

// Scratch is how many numbers, and how many integers, Run needs to work with.
func (c *ConvWeights[T]) Scratch() (floats, ints int) {
	if c.left > 0 || c.right > 0 {
		floats = c.g.From[0] * (c.left + c.g.From[1] + c.right) * c.g.Channels
	}
	if c.alive != nil {
		more, ints := c.alive.scratch()
		return floats + more, ints
	}
	return floats, 0
}

// Together is how many images Run takes at once.
func (c *ConvWeights[T]) Together() int {
	if c.alive != nil {
		return c.alive.images
	}
	return 1
}

// Run sets the gradient, of Size x Channels x NewChannels, to that of n images. results gives the gradients by the result of some of
// them, from the first one on, for as long as it is not called again. Where most of
// these are zero, as behind a rectifier and a pooling, they are left out, up to the first images where it is not so. The sum is then added
// up in another order; where a number of the images is infinite or NaN nothing is left out.
func (c *ConvWeights[T]) Run(n int, images []T, results func(first, n int) []T, gradient, scratch []T, ints []int32) {
	g, each, border := &c.g, c.Together(), scratch
	clear(gradient)
	skip := c.alive != nil
	if skip {
		dense, _ := c.alive.scratch()
		scratch, border = scratch[:dense], scratch[dense:]
		c.alive.begin(scratch)
		defer c.alive.end(gradient, scratch)
	}
	for i := 0; i < n; i += each {
		count := min(each, n-i)
		x, y := images[i*g.pixels():(i+count)*g.pixels()], results(i, count)
		if skip = skip && c.alive.add(count, x, y, scratch, ints); skip {
			continue
		}
		for k := range count {
			c.add(bordered(g, border, x[k*g.pixels():][:g.pixels()], c.left, c.right), y[k*g.results():][:g.results()], gradient)
		}
	}
}

// add adds the gradient of one image.
func (c *ConvWeights[T]) add(image, result, gradient []T) {
	g, k := &c.g, c.kern
	step := g.Step[1] * g.Channels
	for from := 0; from < g.NewChannels; from += k.nr {
		cols := min(k.nr, g.NewChannels-from)
		most := k.rows(cols)
		for s := range c.stripes {
			p := &c.stripes[s]
			for done, rows := 0, 0; done < p.rows; done += rows {
				rows = share(p.rows-done, most)
				var a, b []T
				if len(p.runs) > 0 {
					a, b = image[p.at+done:], result[from:]
				}
				k.sum(rows, cols, p.runs, a, 1, step, b, g.NewChannels, 1, gradient[(p.first+done)*g.NewChannels+from:], g.NewChannels)
			}
		}
	}
}
