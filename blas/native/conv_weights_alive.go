package native

// aliveWeights is the gradient of a convolution by its weights that goes over the numbers of the gradient by the result that are not
// zero: for each new channel, one list of them, with the pixels where their windows begin. The gradient lies new channel by new channel
// while it is added up.
//
// Some small images are taken together, so that lists are long. In the scratch memory lie the images, each with a border on all sides;
// the gradients by the result in the same places, pixel by pixel and then new channel by new channel; what is packed of these; and the
// sums.
type aliveWeights[T float] struct {
	conv          *ConvWeights[T]
	kern          *sparseKernels[T]
	transpose     *packKernels[T]
	images        int // that are taken together
	above         int // rows of the border
	height, width int // of an image with its border
	places        int // of the images that are taken together, as a multiple of what is transposed at once
	row           int // numbers of a row of taps, as a multiple of a vector
}

// togetherPixels is how many pixels of images are taken together, about.
const togetherPixels = 240

// newAliveWeights is nil where the set has no kernels, where neighbours in a window are none in the image, and where there are so few
// channels that the lists cost more than they save.
func newAliveWeights[T float](c *ConvWeights[T]) *aliveWeights[T] {
	kern, g := &kernelsOf[T]().sparse, &c.g
	if kern.compress == nil || g.Dilation[1] != 1 || g.Size[1]*g.Channels < kern.lanes || g.NewChannels < kern.lanes || g.taps() == 1 {
		return nil
	}
	a := &aliveWeights[T]{conv: c, kern: kern, transpose: &c.kern.pack, above: max(0, g.Before[0])}
	below := max(0, (g.To[0]-1)*g.Step[0]+(g.Size[0]-1)*g.Dilation[0]-g.Before[0]-g.From[0]+1)
	a.height, a.width = a.above+g.From[0]+below, c.left+g.From[1]+c.right
	a.images = max(1, togetherPixels/(a.height*a.width))
	a.places = padded(a.images*a.height*a.width, a.transpose.square)
	a.row = padded(g.Size[1]*g.Channels, kern.lanes)
	return a
}

// aliveMemory are the parts of the scratch memory.
type aliveMemory[T float] struct{ sums, image, placed, turned, vals, last []T }

// memory is cut from what scratch says is needed; last are the sums of a row of taps in the gradient's order, in the place of what is
// needed no more then.
func (a *aliveWeights[T]) memory(scratch []T) (m aliveMemory[T]) {
	g := &a.conv.g
	take := func(n int) []T {
		part := scratch[:n:n]
		scratch = scratch[n:]
		return part
	}
	m.sums = take(g.NewChannels * g.Size[0] * a.row)
	m.image = take(a.places*g.Channels + a.row + a.kern.lanes) // kernels read whole vectors
	m.last = scratch[:g.Size[1]*g.Channels*g.NewChannels]
	m.placed = take(a.places * g.NewChannels)
	m.turned = take(a.places * g.NewChannels)
	m.vals = take(a.places * g.NewChannels)
	return m
}

func (a *aliveWeights[T]) scratch() (floats, ints int) {
	g := &a.conv.g
	floats = g.NewChannels*g.Size[0]*a.row + a.places*g.Channels + a.row + a.kern.lanes + max(3*a.places, g.Size[1]*g.Channels)*g.NewChannels
	return floats, a.places*g.NewChannels + 2*g.NewChannels
}

func (a *aliveWeights[T]) begin(scratch []T) {
	m := a.memory(scratch)
	clear(m.sums)
	clear(m.image)
	clear(m.placed)
}

// add adds the gradient of some images, if theirs by the result has zeros enough.
func (a *aliveWeights[T]) add(n int, images, results, scratch []T, ints []int32) bool {
	if crowded(results) {
		return false
	}
	g, m := &a.conv.g, a.memory(scratch)
	cols, bounds := ints[2*g.NewChannels:], ints[:2*g.NewChannels]
	a.place(n, results, m.placed)
	a.transpose.transposed(m.turned, a.places, m.placed, g.NewChannels, a.places, g.NewChannels)
	count := a.kern.compress(m.vals, cols, bounds, m.turned, a.places, g.NewChannels, a.places, 0, 0)
	if float64(count) > aliveShare*float64(len(results)) || !a.border(n, images, m.image) {
		return false
	}
	a.products(m, cols, bounds)
	return true
}

// place puts the gradients where their windows begin.
func (a *aliveWeights[T]) place(n int, results, placed []T) {
	g := &a.conv.g
	ch := g.NewChannels
	for i := range a.images {
		for r := range g.To[0] {
			to := placed[(i*a.height+r*g.Step[0])*a.width*ch:]
			switch {
			case i >= n: // of the last images there are fewer
				for c := range g.To[1] {
					clear(to[c*g.Step[1]*ch:][:ch])
				}
			case g.Step[1] == 1:
				copy(to, results[(i*g.To[0]+r)*g.To[1]*ch:][:g.To[1]*ch])
			default:
				for c := range g.To[1] {
					copy(to[c*g.Step[1]*ch:], results[((i*g.To[0]+r)*g.To[1]+c)*ch:][:ch])
				}
			}
		}
	}
}

// border copies images into their borders, and tells whether all numbers are finite.
func (a *aliveWeights[T]) border(n int, images, to []T) bool {
	g := &a.conv.g
	row := g.From[1] * g.Channels
	bad := T(0)
	for i := range n {
		for r := range g.From[0] {
			at := ((i*a.height+a.above+r)*a.width + a.conv.left) * g.Channels
			bad += a.kern.copyFinite(to[at:], images[(i*g.From[0]+r)*row:][:row])
		}
	}
	return bad == 0
}

// copyFinite copies numbers, and gives 0 if all are finite.
func (k *sparseKernels[T]) copyFinite(to, from []T) (bad T) {
	if n := len(from); n > 0 && k.pad != nil && n%k.lanes == 0 { // else the kernel would write behind them
		return k.pad(to, n, from, n, 1, n)
	}
	copy(to, from)
	for _, v := range from {
		bad += v - v
	}
	return bad
}

// products adds, for each new channel and each row of taps, the images' numbers that meet there.
func (a *aliveWeights[T]) products(m aliveMemory[T], cols, bounds []int32) {
	g, lanes := &a.conv.g, a.kern.lanes
	free := freeOf[T]()
	w := free.get()
	defer free.put(w)
	runs := grow(&w.runs, 3*g.NewChannels)
	for o := range g.NewChannels {
		runs[3*o], runs[3*o+1], runs[3*o+2] = int(bounds[2*o]), int(bounds[2*o+1]), 0
	}
	for tap := range g.Size[0] {
		base := ((a.above-g.Before[0]+tap*g.Dilation[0])*a.width + a.conv.left - g.Before[1]) * g.Channels
		for done, vectors := 0, 0; done < a.row; done += vectors * lanes {
			vectors = share((a.row-done)/lanes, len(a.kern.alive))
			a.kern.alive[vectors-1](m.sums[tap*a.row+done:], g.Size[0]*a.row, m.image[base+done:], g.Channels, runs, m.vals, cols)
		}
	}
}

// end adds the sums to the gradient, tap by tap.
func (a *aliveWeights[T]) end(gradient, scratch []T) {
	g, m, add := &a.conv.g, a.memory(scratch), kernelsOf[T]().vec.add
	run := g.Size[1] * g.Channels
	for tap := range g.Size[0] {
		a.transpose.transposed(m.last, g.NewChannels, m.sums[tap*a.row:], g.Size[0]*a.row, g.NewChannels, run)
		row := gradient[tap*run*g.NewChannels:][:run*g.NewChannels]
		add(row, row, m.last)
	}
}
