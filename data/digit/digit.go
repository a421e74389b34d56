// Package digit makes a photo or a drawing of one digit look as MNIST's digits do.
//
// MNIST's page (http://yann.lecun.com/exdb/mnist) says how those were made: a digit is scaled to fit a box of 20x20 pixels, with its
// proportions and grey edges, and moved so that its centre of mass is the centre of 28x28 pixels; ink is light, paper is black. A photo
// has paper of any brightness, ink darker or lighter than that, shadows and specks. So, before that:
//
//   - paper is a plane fitted to the brightness along the picture's edges: light that falls from one side is taken off;
//   - ink is what differs from it in the direction in which more differs: dark on light and light on dark are the same;
//   - what is ink and what is not is decided by Otsu's threshold (1979), the one that parts the brightnesses best;
//   - parts smaller than a twentieth of the largest are specks, and left out;
//   - lines that are thinner than MNIST's would be faint in 20 pixels: their brightest pixel becomes white.
package digit

import (
	"errors"
	"image"
	"image/color"
	"math"
	"slices"

	"golang.org/x/image/draw"
)

const (
	side = 28 // of a picture of MNIST's
	box  = 20 // that the digit fits

	// working is the most pixels on a side that are looked at: a larger picture is made smaller first.
	working = 200
	// leastContrast is between ink and paper, of black and white.
	leastContrast = 0.1
	speck         = 1. / 20
	// faint is the least ink of a grey edge that is there.
	faint = 0.05
)

var errNoDigit = errors.New("there is nothing to see in the picture but paper: take one with a digit that is darker or lighter than what is behind it")

// Normalise is the digit of a picture as a picture of MNIST's: 28x28 pixels, light on black. Transparent parts are white paper. A picture
// without contrast is an error.
func Normalise(img image.Image) (*image.Gray, error) {
	p := plane(img)
	if p.w < 1 || p.h < 1 {
		return nil, errNoDigit
	}
	ink, err := p.ink()
	if err != nil {
		return nil, err
	}
	parts := ink.parts(ink.threshold())
	if parts == nil {
		return nil, errNoDigit
	}
	return ink.placed(parts), nil
}

// pixels are numbers in rows.
type pixels struct {
	w, h int
	v    []float64
}

func newPixels(w, h int) *pixels { return &pixels{w, h, make([]float64, w*h)} }

// plane is a picture's brightness, 0 to 1, on white paper, at most working pixels wide and high.
func plane(img image.Image) *pixels {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	if w < 1 || h < 1 {
		return &pixels{}
	}
	if most := max(w, h); most > working {
		w, h = max(w*working/most, 1), max(h*working/most, 1)
	}
	paper := image.NewGray16(image.Rect(0, 0, w, h))
	draw.Draw(paper, paper.Bounds(), image.White, image.Point{}, draw.Src)
	if w == b.Dx() && h == b.Dy() {
		draw.Draw(paper, paper.Bounds(), img, b.Min, draw.Over)
	} else {
		draw.BiLinear.Scale(paper, paper.Bounds(), img, b, draw.Over, nil)
	}
	p := newPixels(w, h)
	for i := range p.v {
		p.v[i] = float64(paper.Gray16At(i%w, i/w).Y) / math.MaxUint16
	}
	return p
}

// ink is how much each pixel differs from the paper, in the direction of the ink; 1 where it differs most.
func (p *pixels) ink() (*pixels, error) {
	a, b, c := p.paper()
	out := newPixels(p.w, p.h)
	for i, v := range p.v {
		out.v[i] = a + b*float64(i%p.w) + c*float64(i/p.w) - v
	}
	sorted := slices.Sorted(slices.Values(out.v))
	dark, light := sorted[len(sorted)-1-len(sorted)/200], -sorted[len(sorted)/200] // single pixels are noise
	sign := 1.
	if light > dark {
		sign = -1
	}
	if most := math.Max(dark, light); most < leastContrast {
		return nil, errNoDigit
	}
	for i, v := range out.v {
		out.v[i] = math.Min(math.Max(sign*v/math.Max(dark, light), 0), 1)
	}
	return out, nil
}

// paper is the plane a + b·x + c·y that the edges of the picture lie in best, once without those that lie farthest from it.
func (p *pixels) paper() (a, b, c float64) {
	var at []int
	for i := range p.v {
		if x, y := i%p.w, i/p.w; x == 0 || y == 0 || x == p.w-1 || y == p.h-1 {
			at = append(at, i)
		}
	}
	a, b, c = p.fit(at)
	off := func(i int) float64 { return math.Abs(a + b*float64(i%p.w) + c*float64(i/p.w) - p.v[i]) }
	slices.SortFunc(at, func(i, j int) int {
		switch d := off(i) - off(j); {
		case d < 0:
			return -1
		case d > 0:
			return 1
		}
		return 0
	})
	return p.fit(at[:(len(at)*3+3)/4])
}

// fit is the plane of least squares through some pixels; a level one where these lie in a line.
func (p *pixels) fit(at []int) (a, b, c float64) {
	n := float64(len(at))
	var mx, my, mv float64
	for _, i := range at {
		mx, my, mv = mx+float64(i%p.w)/n, my+float64(i/p.w)/n, mv+p.v[i]/n
	}
	var xx, xy, yy, xv, yv float64
	for _, i := range at {
		x, y, v := float64(i%p.w)-mx, float64(i/p.w)-my, p.v[i]-mv
		xx, xy, yy, xv, yv = xx+x*x, xy+x*y, yy+y*y, xv+x*v, yv+y*v
	}
	if d := xx*yy - xy*xy; d > 1e-9*xx*yy {
		b, c = (xv*yy-yv*xy)/d, (yv*xx-xv*xy)/d
	}
	return mv - b*mx - c*my, b, c
}

// threshold is Otsu's: where the two sides of it differ most from each other.
func (p *pixels) threshold() float64 {
	const bins = 256
	var count [bins]float64
	for _, v := range p.v {
		count[int(v*(bins-1))]++
	}
	total, sum := float64(len(p.v)), 0.
	for i, n := range count {
		sum += float64(i) * n
	}
	below, sumBelow, best, first, last := 0., 0., -1., 0, 0
	for i, n := range count {
		below, sumBelow = below+n, sumBelow+float64(i)*n
		above := total - below
		if below == 0 || above == 0 {
			continue
		}
		d := sumBelow/below - (sum-sumBelow)/above
		switch between := below * above * d * d; {
		case between > best*(1+1e-12):
			best, first, last = between, i, i
		case between > best*(1-1e-12): // an empty stretch: its middle
			last = i
		}
	}
	return (float64(first+last)/2 + 0.5) / (bins - 1)
}

// parts tells which pixels are of the digit: those above a threshold, in parts that are no specks. It is nil where there are none.
func (p *pixels) parts(threshold float64) []bool {
	part, sizes := make([]int, len(p.v)), []int{0} // the number of a pixel's part; 0 is none
	for i := range p.v {
		if p.v[i] > threshold && part[i] == 0 {
			sizes = append(sizes, p.flood(part, i, len(sizes), threshold))
		}
	}
	largest := slices.Max(sizes)
	if largest == 0 {
		return nil
	}
	of := make([]bool, len(p.v))
	for i, n := range part {
		of[i] = n > 0 && float64(sizes[n]) >= speck*float64(largest)
	}
	return of
}

// flood gives a number to all pixels above a threshold that hang together with one, and counts them.
func (p *pixels) flood(part []int, from, number int, threshold float64) (n int) {
	part[from] = number
	for todo := []int{from}; len(todo) > 0; n++ {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		x, y := i%p.w, i/p.w
		for ny := max(y-1, 0); ny <= min(y+1, p.h-1); ny++ {
			for nx := max(x-1, 0); nx <= min(x+1, p.w-1); nx++ {
				if j := ny*p.w + nx; part[j] == 0 && p.v[j] > threshold {
					part[j] = number
					todo = append(todo, j)
				}
			}
		}
	}
	return n
}

// placed is the ink of the parts, with its grey edges, scaled to the box and moved to where its centre of mass is the picture's centre.
func (p *pixels) placed(parts []bool) *image.Gray {
	r := image.Rectangle{}
	ink := image.NewGray16(image.Rect(0, 0, p.w, p.h))
	for i, of := range parts {
		x, y := i%p.w, i/p.w
		if of || p.v[i] > faint && p.beside(parts, x, y) {
			r = r.Union(image.Rect(x, y, x+1, y+1))
			ink.SetGray16(x, y, color.Gray16{Y: uint16(p.v[i] * math.MaxUint16)})
		}
	}
	scale := float64(box) / float64(max(r.Dx(), r.Dy()))
	w, h := max(int(math.Round(float64(r.Dx())*scale)), 1), max(int(math.Round(float64(r.Dy())*scale)), 1)
	small := image.NewGray16(image.Rect(0, 0, w, h))
	draw.BiLinear.Scale(small, small.Bounds(), ink, r, draw.Src, nil)
	var sum, mx, my, most float64
	for y := range h {
		for x := range w {
			v := float64(small.Gray16At(x, y).Y)
			sum, mx, my, most = sum+v, mx+v*(float64(x)+0.5), my+v*(float64(y)+0.5), math.Max(most, v)
		}
	}
	out := image.NewGray(image.Rect(0, 0, side, side))
	dx, dy := shift(mx/sum, w), shift(my/sum, h)
	for y := range h {
		for x := range w {
			out.SetGray(x+dx, y+dy, color.Gray{Y: uint8(math.Round(255 * float64(small.Gray16At(x, y).Y) / most))})
		}
	}
	return out
}

// beside tells whether a neighbour of a pixel is of the parts.
func (p *pixels) beside(parts []bool, x, y int) bool {
	for ny := max(y-1, 0); ny <= min(y+1, p.h-1); ny++ {
		for nx := max(x-1, 0); nx <= min(x+1, p.w-1); nx++ {
			if parts[ny*p.w+nx] {
				return true
			}
		}
	}
	return false
}

// shift brings a centre of mass to the pixel behind the middle of the picture, as in MNIST's, as far as so many pixels stay in it.
func shift(centre float64, length int) int {
	return min(max(int(math.Round((side+1)/2.-centre)), 0), side-length)
}
