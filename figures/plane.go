package figures

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// GradientField draws, in [-2, 2] × [-2, 2], an arrow at each point of a grid (figure 4-9): vectors[i], usually the
// negative gradient, starts at points[i]. One scale for all arrows makes the longest a little shorter than the distance
// of neighbours, so that none reaches the next. Points outside of the square are left out; one at least must be inside.
func GradientField(w io.Writer, format string, points, vectors []Point) error {
	if err := checkPoints(points, "gradients", "point"); err != nil {
		return err
	}
	if len(vectors) != len(points) {
		return fmt.Errorf("figure of the gradients: %d vectors for %d points; pass one each", len(vectors), len(points))
	}
	if err := checkPoints(vectors, "gradients", "vector"); err != nil {
		return err
	}
	low, high := Point{-2, -2}, Point{2, 2}
	if !slices.ContainsFunc(points, func(at Point) bool { return at.within(low, high) }) {
		return fmt.Errorf("figure of the gradients: none of the %d points lies in [-2, 2] × [-2, 2]; take some from there", len(points))
	}
	p := plane(low, high)
	p.Add(field{points, vectors, scale(points, vectors)})
	return renderPlane(w, format, p)
}

// scale is the factor that makes the longest vector 0.9 of the distance of neighbours in the grid.
func scale(points, vectors []Point) float64 {
	const tolerance = 1e-9 // two coordinates of the grid may differ by rounding
	xs, ys := make([]float64, len(points)), make([]float64, len(points))
	for i, p := range points {
		xs[i], ys[i] = p.X0, p.X1
	}
	step := math.Inf(1)
	for _, line := range [][]float64{xs, ys} {
		slices.Sort(line)
		for i := 1; i < len(line); i++ {
			if d := line[i] - line[i-1]; d > tolerance {
				step = min(step, d)
			}
		}
	}
	if math.IsInf(step, 1) {
		step = 1 // a single point
	}
	longest := 0.0
	for _, v := range vectors {
		longest = max(longest, math.Hypot(v.X0, v.X1))
	}
	if longest == 0 {
		return 0
	}
	return 0.9 * step / longest
}

// A field is a plot.Plotter of arrows.
type field struct {
	points, vectors []Point
	scale           float64
}

func (f field) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for i, at := range f.points {
		if !at.within(Point{p.X.Min, p.Y.Min}, Point{p.X.Max, p.Y.Max}) {
			continue
		}
		v := f.vectors[i]
		tail := vg.Point{X: x(at.X0), Y: y(at.X1)}
		tip := vg.Point{X: x(at.X0 + f.scale*v.X0), Y: y(at.X1 + f.scale*v.X1)}
		arrow(&c, grey, tail, tip)
	}
}

// arrow draws a shaft and a filled head, which shrinks with a short arrow; one without length is a dot.
func arrow(c *draw.Canvas, ink color.Color, tail, tip vg.Point) {
	const shaft, head, barb = 1.4, 5.5, 2.2 // width of the shaft; length and half the width of the head, in points
	d := tip.Sub(tail)
	length := vg.Length(math.Hypot(float64(d.X), float64(d.Y)))
	if length < 0.5 {
		c.DrawGlyphNoClip(draw.GlyphStyle{Color: ink, Radius: 1, Shape: draw.CircleGlyph{}}, tail)
		return
	}
	along := d.Scale(1 / length)
	across := vg.Point{X: -along.Y, Y: along.X}
	size := min(1, length/(1.5*head))
	neck := tip.Sub(along.Scale(size * head))
	side := across.Scale(size * barb)
	c.StrokeLine2(draw.LineStyle{Color: ink, Width: shaft * size}, tail.X, tail.Y, neck.X, neck.Y)
	c.FillPolygon(ink, []vg.Point{tip, neck.Add(side), neck.Sub(side)})
}

// Descent draws the places that gradient descent passes through, in [-3.5, 3.5] × [-4.5, 4.5], over the circles on which
// the book's x0² + x1² is 1, 4, 9, ... (figure 4-10). What leaves the picture is left out.
func Descent(w io.Writer, format string, path []Point) error {
	if err := checkPoints(path, "descent", "point"); err != nil {
		return err
	}
	low, high := Point{-3.5, -4.5}, Point{3.5, 4.5}
	p := plane(low, high)
	for radius := 1.0; radius < math.Hypot(high.X0, high.X1); radius++ {
		line, err := plotter.NewLine(circle(radius))
		if err != nil {
			return err
		}
		line.Color, line.Width, line.Dashes = blue, vg.Points(0.7), dashes
		p.Add(line)
	}
	var seen plotter.XYs
	for _, at := range path {
		if at.within(low, high) {
			seen = append(seen, plotter.XY{X: at.X0, Y: at.X1})
		}
	}
	if len(seen) == 0 {
		return fmt.Errorf("figure of the descent: none of the %d points lies in [-3.5, 3.5] × [-4.5, 4.5]; start there, or learn with a smaller rate", len(path))
	}
	dots, err := plotter.NewScatter(seen)
	if err != nil {
		return err
	}
	dots.GlyphStyle = draw.GlyphStyle{Color: red, Radius: vg.Points(3), Shape: draw.CircleGlyph{}}
	p.Add(dots)
	p.X.Min, p.Y.Min, p.X.Max, p.Y.Max = low.X0, low.X1, high.X0, high.X1 // Add made room for the circles
	return renderPlane(w, format, p)
}

// circle is a polygon of so many corners that it looks round.
func circle(radius float64) plotter.XYs {
	const corners = 200
	xys := make(plotter.XYs, corners+1)
	for i := range xys {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / corners)
		xys[i] = plotter.XY{X: radius * cos, Y: radius * sin}
	}
	return xys
}
