package native

// aliveShare is the share of numbers that are not zero above which a convolution takes them all, as measured (BenchmarkImages).
const aliveShare = 0.4

// aliveConv is a convolution that goes over the numbers of an image that are not zero. It has no more memory than the dense one but the
// list of these.
type aliveConv[T float] struct {
	conv   *Conv[T]
	kern   *sparseKernels[T]
	broken []bool // panels with weights that are infinite or NaN
}

// newAliveConv is nil where the set has no kernels, where neighbours in a window are none in the image, and where pixels are so short
// that the lists cost more than they save.
func newAliveConv[T float](c *Conv[T]) *aliveConv[T] {
	kern, g := &kernelsOf[T]().sparse, &c.g
	plain := g.Spread == [2]int{1, 1} && g.Dilation[1] == 1
	if kern.compress == nil || !plain || c.joint.joined > 1 || c.kern.nr%kern.lanes != 0 || g.Channels < kern.lanes || g.taps() == 1 {
		return nil
	}
	return &aliveConv[T]{conv: c, kern: kern, broken: make([]bool, c.Panels())}
}

// crowded tells from a sample whether most numbers are surely not zero: to count them all costs something.
func crowded[T float](x []T) bool {
	const sample, most = 256, 0.6
	step, alive := len(x)/sample, 0
	if step < 4 {
		return false
	}
	step |= 1 // not the same few channels each time
	n := 0
	for i := 0; i < len(x); i += step {
		if x[i] != 0 {
			alive++
		}
		n++
	}
	return float64(alive) > most*float64(n)
}

// judge looks for weights that are infinite or NaN, in panels that were just packed.
func (a *aliveConv[T]) judge(lo, hi int) {
	size := a.conv.g.taps() * a.conv.g.Channels
	for p := lo; p < hi; p++ {
		nr := a.conv.kern.nr
		cols := min(nr, a.conv.g.NewChannels-p*nr)
		a.broken[p] = !Finite(a.conv.weights[p*nr*size:], nr, size, cols)
	}
}

// Finite tells whether the first cols of each row are all numbers, neither infinite nor NaN.
func Finite[T float](x []T, ld, rows, cols int) bool {
	var sum [4]T
	for i := range rows {
		for j, v := range x[i*ld:][:cols] {
			sum[j%4] += v - v // 0 for numbers, NaN for others
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
	if crowded(image) {
		return false
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

// panel adds to the new channels of one panel: row of taps by row of taps, so that their weights stay in the first-level cache, and
// in each pixel by pixel.
func (a *aliveConv[T]) panel(p int, result, vals []T, cols, bounds []int32, w *workspace[T]) {
	g, nr := &a.conv.g, a.conv.kern.nr
	from := p * nr
	weights := a.conv.weights[from*g.taps()*g.Channels:]
	width := min(nr, g.NewChannels-from)
	index := (width+a.kern.lanes-1)/a.kern.lanes - 1
	add, lanes := a.kern.alive[index], (index+1)*a.kern.lanes
	runs := grow(&w.runs, 3*g.To[1])
	for tap := range g.Size[0] {
		for row := range g.To[0] {
			at := row*g.Step[0] + tap*g.Dilation[0] - g.Before[0]
			if at < 0 || at >= g.From[0] {
				continue
			}
			a.windows(runs, at*g.From[1], tap, bounds)
			pixels := result[row*g.To[1]*g.NewChannels+from:]
			if width == lanes {
				add(pixels, g.NewChannels, weights, nr, runs, vals, cols)
				continue
			}
			room := grow(&w.a, g.To[1]*lanes) // the kernel would write behind the channels
			for c := range g.To[1] {
				clear(room[c*lanes+copy(room[c*lanes:][:lanes], pixels[c*g.NewChannels:][:width]):][:lanes-width])
			}
			add(room, lanes, weights, nr, runs, vals, cols)
			for c := range g.To[1] {
				copy(pixels[c*g.NewChannels:][:width], room[c*lanes:])
			}
		}
	}
}

// windows are the runs of a row of taps, for the pixels of a row: the numbers of those pixels that the window covers, which follow each
// other. first is the number of the image's row's first pixel.
func (a *aliveConv[T]) windows(runs []int, first, tap int, bounds []int32) {
	g, nr := &a.conv.g, a.conv.kern.nr
	for c := range g.To[1] {
		left := c*g.Step[1] - g.Before[1]
		lo, hi := max(left, 0), min(left+g.Size[1], g.From[1])
		run := runs[3*c:][:3]
		if run[0], run[1] = 0, 0; lo < hi {
			run[0], run[1] = int(bounds[2*(first+lo)]), int(bounds[2*(first+hi)-1])
		}
		run[2] = (tap*g.Size[1] - first - left) * g.Channels * nr
	}
}
