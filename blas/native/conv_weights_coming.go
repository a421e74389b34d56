package native

// Results are gradients by the results of images: of all, or made of some when they are wanted.
type Results[T float] struct {
	All  []T
	Make func(first, n int) []T // used until it is called again
}

// of gives those of some images, of so many numbers each.
func (r *Results[T]) of(first, n, size int) []T {
	if r.Make != nil {
		return r.Make(first, n)
	}
	return r.All[first*size : (first+n)*size]
}

// coming is what a gradient by weights reads next, some images and their results or a part of these, while it adds up what is before.
type coming[T float] struct {
	conv            *ConvWeights[T]
	images, results []T           // all of them; no results where they are made
	tiles, steps    int           // of what is added up at once; those of a tile
	asked           int           // the first image that was not asked for
	work            *workspace[T] // of the sums, which ask
	columns         bool          // panels of images are copied, and asked for one by one
	then            []T           // the images behind what is added up, where it is so
}

func newComing[T float](c *ConvWeights[T], work *workspace[T], to columns, images, results []T) coming[T] {
	tiles, most := 0, c.kern.rows(min(c.kern.nr, to.count))
	for _, s := range c.stripes {
		tiles += (s.rows + most - 1) / most
	}
	tiles *= (to.count + c.kern.nr - 1) / c.kern.nr
	if c.g.leaps() {
		images = nil
	}
	steps := c.dense * c.g.To[0] * c.g.To[1] / c.of
	return coming[T]{conv: c, work: work, columns: c.gathers(c.dense, to), images: images, results: results, tiles: tiles, steps: steps}
}

// part is a part of some images and of their results.
func (s *coming[T]) part(first, n, part int) (images, results []T) {
	part += s.conv.at
	of := func(x []T, size int) []T {
		x = x[min(len(x), first*size):min(len(x), (first+n)*size)]
		return x[len(x)*part/s.conv.of : len(x)*(part+1)/s.conv.of]
	}
	return of(s.images, s.conv.g.pixels()), of(s.results, s.conv.g.results())
}

// first fetches what has not been asked for.
func (s *coming[T]) first(first, n int) {
	if s.asked <= first {
		images, results := s.part(first, n, 0)
		if s.columns && len(images) > 0 {
			askTile(images, s.steps, s.conv.g.Step[1]*s.conv.g.Channels)
		} else {
			fetch(images)
		}
		fetch(results)
	}
}

// behind is what comes behind a part of n images.
func (s *coming[T]) behind(first, n, part int) {
	if part++; part == s.conv.parts {
		first, n, part = first+n, s.conv.dense, 0
	}
	s.asked = first + 1
	images, results := s.part(first, n, part)
	if s.columns {
		s.then, images = images, nil
	}
	s.work.sum.ask.begin(images, results, s.tiles, s.steps)
}
