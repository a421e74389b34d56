package native

// aliveShare is the share of numbers that are not zero above which a convolution takes them all, as measured (BenchmarkImages).
const aliveShare = 0.4

// aliveConv is a convolution that goes over the numbers of an image that are not zero. It has no more memory than the dense one but the
// list of these.
type aliveConv[T float] struct {
	conv   *Conv[T]
	kern   *sparseKernels[T]
	index  int    // of the kernel for a panel's width
	broken []bool // panels with weights that are infinite or NaN
	rows   []aliveRow
}

// aliveRow is a row of the result: the taps' rows that meet the image.
type aliveRow struct {
	row  int
	taps []met // rows of taps, and of the image
}

// newAliveConv is nil where the set has no kernels, where neighbours in a window are none in the image, and where pixels are so short
// that the lists cost more than they save.
func newAliveConv[T float](c *Conv[T]) *aliveConv[T] {
	kern, g := &kernelsOf[T]().sparse, &c.g
	plain := g.Spread == [2]int{1, 1} && g.Dilation[1] == 1
	if kern.compress == nil || !plain || c.kern.nr%kern.lanes != 0 || g.Channels < kern.lanes || g.taps() == 1 {
		return nil
	}
	a := &aliveConv[T]{conv: c, kern: kern, index: c.kern.nr/kern.lanes - 1, broken: make([]bool, c.Panels())}
	down := g.phases(0)
	for i := range down[0].count {
		r := aliveRow{row: i}
		for _, t := range down[0].taps {
			if at := t.at + i*down[0].step; at >= 0 && at < g.From[0] {
				r.taps = append(r.taps, met{t.tap, at})
			}
		}
		a.rows = append(a.rows, r)
	}
	return a
}

// judge looks for weights that are infinite or NaN, in panels that were just packed.
func (a *aliveConv[T]) judge(lo, hi int) {
	size := a.conv.g.taps() * a.conv.g.Channels
	for p := lo; p < hi; p++ {
		nr := a.conv.kern.nr
		cols := min(nr, a.conv.g.NewChannels-p*nr)
		a.broken[p] = !finite(a.conv.weights[p*nr*size:], nr, size, cols)
	}
}

// finite tells whether the first cols of each row are all numbers. x − x is 0 for these, and NaN for others.
func finite[T float](x []T, ld, rows, cols int) bool {
	var sum [4]T
	for i := range rows {
		for j, v := range x[i*ld:][:cols] {
			sum[j%4] += v - v
		}
	}
	return sum[0]+sum[1]+sum[2]+sum[3] == 0
}

// run computes an image's result, if it has zeros enough.
func (a *aliveConv[T]) run(image, result, scratch []T, ints []int32) bool {
	g, kern := &a.conv.g, a.kern
	pixels := g.From[0] * g.From[1]
	bounds, cols := ints[:2*pixels], ints[2*pixels:]
	for _, b := range a.broken {
		if b {
			return false
		}
	}
	n := kern.compress(scratch, cols, bounds, image, g.Channels, pixels, g.Channels, 0, g.Channels)
	if float64(n) > aliveShare*float64(len(image)) {
		return false
	}
	free := freeOf[T]()
	w := free.get()
	defer free.put(w)
	clear(result)
	for p := range a.broken {
		a.panel(p, result, scratch[:n], cols[:n], bounds, w)
	}
	return true
}

// panel adds to the new channels of one panel, pixel by pixel.
func (a *aliveConv[T]) panel(p int, result, vals []T, cols, bounds []int32, w *workspace[T]) {
	g, nr := &a.conv.g, a.conv.kern.nr
	from := p * nr
	weights := a.conv.weights[from*g.taps()*g.Channels:]
	width := min(nr, g.NewChannels-from)
	index := (width+a.kern.lanes-1)/a.kern.lanes - 1
	add, lanes := a.kern.alive[index], (index+1)*a.kern.lanes
	room, runs := grow(&w.a, lanes), w.runs[:]
	for i := range a.rows {
		r := &a.rows[i]
		for c := range g.To[1] {
			first := c*g.Step[1] - g.Before[1] // the window's first column
			lo, hi := max(first, 0), min(first+g.Size[1], g.From[1])
			if lo >= hi {
				continue
			}
			pixel := result[(r.row*g.To[1]+c)*g.NewChannels+from:][:width]
			sums := pixel
			if width < lanes {
				sums = room
				clear(sums)
			}
			for taps := r.taps; len(taps) > 0; {
				n := 0
				for n < maxTapRows && n < len(taps) {
					at := taps[n].at * g.From[1]
					runs[3*n], runs[3*n+1] = int(bounds[2*(at+lo)]), int(bounds[2*(at+hi)-1])
					runs[3*n+2] = (taps[n].tap*g.Size[1]*g.Channels - (at+first)*g.Channels) * nr
					n++
				}
				add(sums, weights, nr, runs[:3*n], vals, cols)
				taps = taps[n:]
			}
			if width < lanes {
				copy(pixel, sums)
			}
		}
	}
}

// maxTapRows is how many rows of taps a kernel is told of at once.
const maxTapRows = 8
