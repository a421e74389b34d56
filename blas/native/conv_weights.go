package native

// ConvWeights is the gradient of a convolution by its weights: for each tap the images, as far as they meet it, times the gradient by
// the result. The window has no Spread.
type ConvWeights[T float] struct {
	kern        *gemmKernel[T]
	g           Images
	left, right int
	stripes     []stripe
	dense       int              // images whose products are added up before the gradient is read and written
	alive       *aliveWeights[T] // the way that leaves out zeros; nil where there is none
}

// stripe is a run of rows of the weights, taken as a matrix with a column for each new channel, whose rows lie side by side in an image:
// the channels of a tap, or of neighbouring ones.
type stripe struct {
	first, rows int
	at          int   // of the first in a pixel's window, from the pixel
	runs        []int // over the rows of the results, image by image
}

// denseSteps is how many pixels of the results a tile of the gradient adds up, about, for each time that it is read and written: with
// fewer, as small images have, a large gradient costs more than the products.
const denseSteps = 400

// NewConvWeights prepares the gradient by weights.
func NewConvWeights[T float](g Images) *ConvWeights[T] { return newConvWeights[T](g, denseSteps) }

// newConvWeights is NewConvWeights with another number of pixels.
func newConvWeights[T float](g Images, steps int) *ConvWeights[T] {
	c := &ConvWeights[T]{kern: &kernelsOf[T]().gemm, g: g}
	c.left, c.right = g.border()
	c.dense = max(1, steps/max(1, g.To[0]*g.To[1]))
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
	for image := range c.dense {
		for o := range g.To[0] {
			if row := o*g.Step[0] + tap*g.Dilation[0] - g.Before[0]; row >= 0 && row < g.From[0] && g.To[1] > 0 {
				r.add(image*c.bordered()+row*width, image*g.results()+o*g.To[1]*g.NewChannels, g.To[1], g.Step[1]*g.Channels, g.NewChannels)
			}
		}
	}
	return r.list
}

// bordered is the numbers of an image with its border.
func (c *ConvWeights[T]) bordered() int {
	return c.g.From[0] * (c.left + c.g.From[1] + c.right) * c.g.Channels
}

// Scratch is how many numbers, and how many integers, Run needs to work with.
func (c *ConvWeights[T]) Scratch() (floats, ints int) {
	if c.left > 0 || c.right > 0 {
		floats = c.dense * c.bordered()
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
		return max(c.alive.images, c.dense)
	}
	return c.dense
}

// Run sets the gradient, of Size x Channels x NewChannels, to that of n images. results gives the gradients by the result of some of
// them, from the first one on, for as long as it is not called again. Where most of
// these are zero, as behind a rectifier and a pooling, they are left out, up to the first images where it is not so. The sum is then added
// up in another order; where a number of the images is infinite or NaN nothing is left out.
func (c *ConvWeights[T]) Run(n int, images []T, results func(first, n int) []T, gradient, scratch []T, ints []int32) {
	g, border := &c.g, scratch
	clear(gradient)
	skip := c.alive != nil
	if skip {
		dense, _ := c.alive.scratch()
		scratch, border = scratch[:dense], scratch[dense:]
		c.alive.begin(scratch)
		defer c.alive.end(gradient, scratch)
	}
	for i, count := 0, 0; i < n; i += count {
		count = min(c.dense, n-i)
		if skip {
			count = min(c.alive.images, n-i)
		}
		x, y := images[i*g.pixels():(i+count)*g.pixels()], results(i, count)
		if skip = skip && c.alive.add(count, x, y, scratch, ints); skip {
			continue
		}
		for k := 0; k < count; k += c.dense {
			m := min(c.dense, count-k)
			c.add(m, c.border(border, x[k*g.pixels():][:m*g.pixels()]), y[k*g.results():][:m*g.results()], gradient)
		}
	}
}

// border is some images with their borders of zeros.
func (c *ConvWeights[T]) border(room, images []T) []T {
	if c.left == 0 && c.right == 0 {
		return images
	}
	pixels := c.g.pixels()
	for i := range len(images) / max(1, pixels) {
		bordered(&c.g, room[i*c.bordered():], images[i*pixels:][:pixels], c.left, c.right, 0, c.g.From[0])
	}
	return room
}

// add adds the gradient of n images.
func (c *ConvWeights[T]) add(n int, images, results, gradient []T) {
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
				runs := p.runs[:len(p.runs)/c.dense*n]
				if len(runs) > 0 {
					a, b = images[p.at+done:], results[from:]
				}
				k.sum(rows, cols, runs, a, 1, step, b, g.NewChannels, 1, gradient[(p.first+done)*g.NewChannels+from:], g.NewChannels)
			}
		}
	}
}
