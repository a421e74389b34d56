package models

import "math"

// convByHand is the book's convolution (7.4): the image's patches as rows of a matrix, times the filters.
type convByHand struct {
	windows
	product      denseByHand // of a patch with all filters
	w, b, dw, db []float64   // w is (filters, channels, size, size), the product's is its transpose
}

func (l *convByHand) forward(x []float64) []float64 {
	patch, filters := l.product.in, l.product.out
	l.product.w, l.product.b = transposed(l.w, filters, patch), l.b
	l.product.dw, l.product.db = make([]float64, len(l.w)), l.db
	return l.channelsFirst(l.product.forward(l.im2col(x)), filters)
}

func (l *convByHand) backward(d []float64) []float64 {
	patch, filters := l.product.in, l.product.out
	down := l.col2im(l.product.backward(l.channelsLast(d, filters)))
	for i, v := range transposed(l.product.dw, patch, filters) {
		l.dw[i] += v
	}
	return down
}

// each calls f with the position in an image of every pixel of every window, and that of the pixel's place in the rows of patches. A
// pixel of the padding has no position.
func (w *windows) each(images int, f func(pixel, place int)) {
	place := 0
	for n := range images {
		for r := range w.down {
			for c := range w.across {
				for channel := range w.channels {
					for i := range w.size {
						for j := range w.size {
							y, x := r*w.stride-w.pad+i, c*w.stride-w.pad+j
							if y >= 0 && y < w.height && x >= 0 && x < w.width {
								f(((n*w.channels+channel)*w.height+y)*w.width+x, place)
							}
							place++
						}
					}
				}
			}
		}
	}
}

func (w *windows) pixels() int  { return w.channels * w.height * w.width }
func (w *windows) patches() int { return w.down * w.across * w.channels * w.size * w.size }

// im2col is the windows of a batch of images, one a row.
func (w *windows) im2col(x []float64) []float64 {
	images := len(x) / w.pixels()
	rows := make([]float64, images*w.patches())
	w.each(images, func(pixel, place int) { rows[place] = x[pixel] })
	return rows
}

// col2im sums up, for each pixel, what the windows have at its places.
func (w *windows) col2im(rows []float64) []float64 {
	images := len(rows) / w.patches()
	x := make([]float64, images*w.pixels())
	w.each(images, func(pixel, place int) { x[pixel] += rows[place] })
	return x
}

// channelsFirst turns (batch, windows, channels) into (batch, channels, windows).
func (w *windows) channelsFirst(x []float64, channels int) []float64 {
	var y []float64
	for one := w.down * w.across * channels; len(x) > 0; x = x[one:] {
		y = append(y, transposed(x[:one], w.down*w.across, channels)...)
	}
	return y
}

func (w *windows) channelsLast(x []float64, channels int) []float64 {
	var y []float64
	for one := w.down * w.across * channels; len(x) > 0; x = x[one:] {
		y = append(y, transposed(x[:one], channels, w.down*w.across)...)
	}
	return y
}

func transposed(x []float64, rows, cols int) []float64 {
	y := make([]float64, len(x))
	for i := range rows {
		for j := range cols {
			y[j*rows+i] = x[i*cols+j]
		}
	}
	return y
}

// poolByHand takes the largest pixel of each window, the first of equals.
type poolByHand struct {
	windows
	from []int // the position of each pooled pixel
	size int   // of the input
}

func (l *poolByHand) forward(x []float64) []float64 {
	images := len(x) / l.pixels()
	l.size, l.from = len(x), make([]int, images*l.channels*l.down*l.across)
	for i := range l.from {
		l.from[i] = -1
	}
	window := l.windows.size * l.windows.size
	l.each(images, func(pixel, place int) {
		place /= window // (image, window, channel)
		image, rest := place/(l.down*l.across*l.channels), place%(l.down*l.across*l.channels)
		at := (image*l.channels+rest%l.channels)*l.down*l.across + rest/l.channels
		if l.from[at] < 0 || x[pixel] > x[l.from[at]] {
			l.from[at] = pixel
		}
	})
	y := make([]float64, len(l.from))
	for i, from := range l.from {
		y[i] = x[from]
	}
	return y
}

func (l *poolByHand) backward(d []float64) []float64 {
	down := make([]float64, l.size)
	for i, from := range l.from {
		down[from] += d[i]
	}
	return down
}

// normByHand is the book's batch normalisation (6.3) of numbers (batch, channels, plane).
type normByHand struct {
	channels, plane            int
	gamma, beta, dgamma, dbeta []float64
	kept
	centred, normed, std []float64 // std is one a channel
}

// each calls f for every number with its position and its channel.
func (l *normByHand) each(n int, f func(i, channel int)) {
	for i := range n {
		f(i, i/l.plane%l.channels)
	}
}

// means are those of the channels.
func (l *normByHand) means(n int, of func(i int) float64) []float64 {
	mean, count := make([]float64, l.channels), float64(n/l.channels)
	l.each(n, func(i, c int) { mean[c] += of(i) / count })
	return mean
}

func (l *normByHand) forward(x []float64) []float64 {
	n := len(x)
	mean, variance := l.mean, l.variance
	if l.training {
		mean = l.means(n, func(i int) float64 { return x[i] })
	}
	l.centred, l.normed, l.std = make([]float64, n), make([]float64, n), make([]float64, l.channels)
	l.each(n, func(i, c int) { l.centred[i] = x[i] - mean[c] })
	if l.training {
		variance = l.means(n, func(i int) float64 { return l.centred[i] * l.centred[i] })
	}
	for c, v := range variance {
		l.std[c] = math.Sqrt(v + normEpsilon)
	}
	y := make([]float64, n)
	l.each(n, func(i, c int) {
		l.normed[i] = l.centred[i] / l.std[c]
		y[i] = l.gamma[c]*l.normed[i] + l.beta[c]
	})
	return y
}

func (l *normByHand) backward(d []float64) []float64 {
	n := len(d)
	down := make([]float64, n)
	l.each(n, func(i, c int) {
		l.dbeta[c] += d[i]
		l.dgamma[c] += d[i] * l.normed[i]
		down[i] = d[i] * l.gamma[c] / l.std[c]
	})
	if !l.training {
		return down
	}
	// the variance, and then the mean, depend on every number of the channel
	slope := l.means(n, func(i int) float64 { return down[i] * l.centred[i] })
	l.each(n, func(i, c int) { down[i] -= l.centred[i] * slope[c] / (l.std[c] * l.std[c]) })
	mean := l.means(n, func(i int) float64 { return down[i] })
	l.each(n, func(i, c int) { down[i] -= mean[c] })
	return down
}
