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
	above, left   int // rows and columns of the border
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
	left, right := g.border()
	a.left, a.height, a.width = left, a.above+g.From[0]+below, left+g.From[1]+right
	a.images = max(1, togetherPixels/(a.height*a.width))
	a.places = padded(a.images*a.height*a.width, a.transpose.square)
	a.row = padded(g.Size[1]*g.Channels, kern.lanes)
	return a
}

// aliveSum is a gradient by the weights of some new channels while it is added up. That of the zero value is none.
type aliveSum[T float] struct {
	*aliveWeights[T]
	to                                      columns
	sums, image, placed, turned, vals, last []T // parts of the scratch memory
	bounds, cols                            []int32
	goesOn                                  bool // all images so far had zeros enough
	cleared, used                           bool // the borders, the sums
}

// begin cuts the memory from what scratch says is needed; last are the sums of a row of taps in the gradient's order, in the place of what
// is needed no more then.
func (a *aliveWeights[T]) begin(to columns, scratch []T, ints []int32) aliveSum[T] {
	g := &a.conv.g
	take := func(n int) []T {
		part := scratch[:n:n]
		scratch = scratch[n:]
		return part
	}
	s := aliveSum[T]{aliveWeights: a, to: to, goesOn: true, bounds: ints[:2*to.count], cols: ints[2*to.count:]}
	s.sums = take(to.count * g.Size[0] * a.row)
	s.image = take(a.places*g.Channels + a.row + a.kern.lanes) // kernels read whole vectors
	s.last = scratch[:g.Size[1]*g.Channels*to.count]
	s.placed, s.turned, s.vals = take(a.places*to.count), take(a.places*to.count), take(a.places*to.count)
	return s
}

// scratch is what so many new channels need.
func (a *aliveWeights[T]) scratch(count int) (floats, ints int) {
	g := &a.conv.g
	floats = count*g.Size[0]*a.row + a.places*g.Channels + a.row + a.kern.lanes + max(3*a.places, g.Size[1]*g.Channels)*count
	return floats, a.places*count + 2*count
}

// add adds the gradient of some images, if theirs by the result, and those before, had zeros enough.
func (s *aliveSum[T]) add(n int, images, results []T) bool {
	s.goesOn = s.goesOn && !crowded(results) && s.pack(n, results) && s.border(n, images)
	if s.goesOn {
		s.products()
	}
	return s.goesOn
}

// pack makes the lists, and tells whether they are short enough.
func (s *aliveSum[T]) pack(n int, results []T) bool {
	count := s.to.count
	if !s.cleared {
		clear(s.image)
		clear(s.placed)
		s.cleared = true
	}
	s.place(n, results)
	s.transpose.transposed(s.turned, s.places, s.placed, count, s.places, count)
	alive := s.kern.compress(s.vals, s.cols, s.bounds, s.turned, s.places, count, s.places, 0, 0)
	return float64(alive) <= aliveShare*float64(n*s.conv.g.To[0]*s.conv.g.To[1]*count)
}

// place puts the gradients where their windows begin.
func (s *aliveSum[T]) place(n int, results []T) {
	g, count := &s.conv.g, s.to.count
	for i := range s.images {
		for r := range g.To[0] {
			to := s.placed[(i*s.height+r*g.Step[0])*s.width*count:]
			switch {
			case i >= n: // of the last images there are fewer
				for c := range g.To[1] {
					clear(to[c*g.Step[1]*count:][:count])
				}
			case g.Step[1] == 1 && count == g.NewChannels:
				copy(to, results[(i*g.To[0]+r)*g.To[1]*count:][:g.To[1]*count])
			default:
				for c := range g.To[1] {
					copy(to[c*g.Step[1]*count:], results[((i*g.To[0]+r)*g.To[1]+c)*g.NewChannels+s.to.first:][:count])
				}
			}
		}
	}
}

// border copies images into their borders, and tells whether all numbers are finite.
func (s *aliveSum[T]) border(n int, images []T) bool {
	g := &s.conv.g
	row := g.From[1] * g.Channels
	bad := T(0)
	for i := range n {
		for r := range g.From[0] {
			at := ((i*s.height+s.above+r)*s.width + s.left) * g.Channels
			bad += s.kern.copyFinite(s.image[at:], images[(i*g.From[0]+r)*row:][:row])
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
func (s *aliveSum[T]) products() {
	g, lanes := &s.conv.g, s.kern.lanes
	if !s.used {
		clear(s.sums)
		s.used = true
	}
	free := freeOf[T]()
	w := free.get()
	defer free.put(w)
	runs := grow(&w.runs, 3*s.to.count)
	for o := range s.to.count {
		runs[3*o], runs[3*o+1], runs[3*o+2] = int(s.bounds[2*o]), int(s.bounds[2*o+1]), 0
	}
	for tap := range g.Size[0] {
		base := ((s.above-g.Before[0]+tap*g.Dilation[0])*s.width + s.left - g.Before[1]) * g.Channels
		for done, vectors := 0, 0; done < s.row; done += vectors * lanes {
			vectors = share((s.row-done)/lanes, len(s.kern.alive))
			s.kern.alive[vectors-1](s.sums[tap*s.row+done:], g.Size[0]*s.row, s.image[base+done:], g.Channels, runs, s.vals, s.cols)
		}
	}
}

// end adds the sums to the gradient, tap by tap.
func (s *aliveSum[T]) end(gradient []T) {
	if !s.used {
		return
	}
	g, count, add := &s.conv.g, s.to.count, kernelsOf[T]().vec.add
	run := g.Size[1] * g.Channels
	for tap := range g.Size[0] {
		s.transpose.transposed(s.last, count, s.sums[tap*s.row:], g.Size[0]*s.row, count, run)
		for i := range run {
			row := gradient[(tap*run+i)*g.NewChannels+s.to.first:][:count]
			add(row, row, s.last[i*count:][:count])
		}
	}
}
