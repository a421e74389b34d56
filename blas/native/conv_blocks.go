package native

// convBlock is some rows of a result, or a piece of a row, and what of the image they are the first to meet. While one is computed, what the
// next one meets is asked for: it is near by then, and there is room for both.
type convBlock struct {
	rows     []convRow
	from, to int // numbers of the image
	tiles    int
}

// blockNumbers is how many numbers of an image a block meets, about: with those of the next block and the weights they stay in the
// second-level cache.
const blockNumbers = 1 << 15

// block is the same for these images: at least a quarter of the weights, which each block reads anew, and half as many of a flat image, whose
// blocks have no rows in common.
func (g *Images) block() int {
	most := max(blockNumbers, g.taps()*g.Channels*g.NewChannels/4)
	if g.From[0] == 1 {
		return most / 2
	}
	return most
}

// cut cuts an image into blocks that meet at least so many numbers, but for the last.
func (c *Conv[T]) cut(most int) (blocks []convBlock) {
	b := convBlock{}
	end := func(at int) {
		if b.to = max(b.from, min(at, c.g.pixels())); len(b.rows) > 0 {
			blocks = append(blocks, b)
			b = convBlock{from: b.to}
		}
	}
	for _, r := range c.rows {
		for _, piece := range c.pieces(r, most) {
			b.rows, b.tiles = append(b.rows, piece), b.tiles+c.tiles(&piece)
			if at := piece.hi * c.g.Channels; at-b.from >= most {
				end(at)
			}
		}
	}
	end(c.g.pixels())
	return blocks
}

// pieces cuts the row of a flat image, each pixel of which is met once, into rows that meet so many numbers, about.
func (c *Conv[T]) pieces(r convRow, most int) (pieces []convRow) {
	flat := c.g.From[0] == 1 && c.g.To[0] == 1 && c.g.taps() == 1 && c.left == 0 && c.right == 0
	if !flat || len(r.parts) != 1 || c.joint.joined > 1 {
		return []convRow{r}
	}
	rest := r.parts[0]
	for rest.count > 0 {
		p := rest
		p.count = min(p.count, padded(most/max(1, p.step)+1, c.kern.mr))
		rest.first, rest.at, rest.count = rest.first+p.count*p.every, rest.at+p.count*p.step, rest.count-p.count
		piece := r
		piece.parts, piece.lo, piece.hi = []convPart{p}, p.at/c.pitch, rest.at/c.pitch
		pieces = append(pieces, piece)
	}
	return pieces
}

// tiles is how many tiles a row has, in all panels.
func (c *Conv[T]) tiles(r *convRow) (n int) {
	for _, p := range r.parts {
		for from := 0; from < p.channels; from += c.kern.nr {
			most := c.kern.rows(min(c.kern.nr, p.channels-from))
			n += (p.count + most - 1) / most
		}
	}
	return n
}

// behind is what of the images the block behind a block of image n is the first to meet; nothing where that is less than half of what lies
// there.
func (c *Conv[T]) behind(images []T, n, block int) []T {
	if c.g.leaps() {
		return nil
	}
	if block++; block == len(c.blocks) {
		n, block = n+1, 0
	}
	if n++; n*c.g.pixels() > len(images) {
		return nil
	}
	return images[(n-1)*c.g.pixels():][c.blocks[block].from:c.blocks[block].to]
}
