// Package figures draws the pictures of "Deep Learning from Scratch": how the loss falls ([Loss], figure 4-11), how well the network
// recognises what it has and has not seen ([Accuracy], 4-12; [Progress]) and what it takes for what ([Confusion]), a field of gradients ([GradientField], 4-9) and descents along them
// ([Descent], 4-10; [Paths], 6-8), trainings side by side ([Curves], 6-9 and more), how a layer's numbers are distributed
// ([Histograms], 6-10 to 6-14), filters and digits ([Images], 7-24).
//
// Every function writes one picture, as "png" or "svg". An empty series, or a number in it that is not finite, is an
// error of one line, and nothing is written.
package figures

import (
	"errors"
	"fmt"
	"image/color"
	"io"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// A Point is a place (x0, x1) of the plane, or a vector in it.
type Point struct{ X0, X1 float64 }

// within tells whether a place lies in a rectangle.
func (at Point) within(low, high Point) bool {
	return at.X0 >= low.X0 && at.X0 <= high.X0 && at.X1 >= low.X1 && at.X1 <= high.X1
}

var (
	blue = color.RGBA{31, 119, 180, 255}
	sky  = color.RGBA{142, 196, 232, 255}
	red  = color.RGBA{190, 40, 0, 255}
	grey = color.RGBA{102, 102, 102, 255}
	pale = color.RGBA{225, 225, 225, 255}
)

const (
	dotsPerInch = 144
	width       = 6.4 * vg.Inch
	height      = 4.8 * vg.Inch
	columns     = 922 // dots in the width
)

// dashes is the pattern of a broken line.
var dashes = []vg.Length{vg.Points(5), vg.Points(3)}

// newPlot returns an empty picture in our style, with labels on its axes.
func newPlot(x, y string) *plot.Plot {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = x, y
	for _, axis := range [...]*plot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle.Font.Variant, axis.Tick.Label.Font.Variant = "Sans", "Sans"
		axis.Label.TextStyle.Font.Size, axis.Tick.Label.Font.Size = vg.Points(12), vg.Points(10)
		axis.Label.Padding = vg.Points(4)
		axis.Tick.Marker = ticks{}
	}
	p.Legend.TextStyle.Font.Variant, p.Legend.TextStyle.Font.Size = "Sans", vg.Points(11)
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = pale, pale
	p.Add(grid)
	return p
}

// plane returns the picture of a part of the plane (x0, x1).
func plane(low, high Point) *plot.Plot {
	p := newPlot("x₀", "x₁")
	p.X.Min, p.Y.Min, p.X.Max, p.Y.Max = low.X0, low.X1, high.X0, high.X1
	p.X.Padding, p.Y.Padding = 0, 0
	return p
}

// addSeries adds a line through (xs[0], ys[0]), (xs[1], ys[1]), ... and to the legend, if it has a name. A single value is a dot.
func addSeries(p *plot.Plot, name string, ys []float64, xs []int, style draw.LineStyle) error {
	line, dot, err := plotter.NewLinePoints(thin(ys, xs, columns))
	if err != nil {
		return err
	}
	line.LineStyle = style
	p.Add(line)
	if len(ys) == 1 {
		dot.GlyphStyle = draw.GlyphStyle{Color: style.Color, Radius: 1 + style.Width, Shape: draw.CircleGlyph{}}
		p.Add(dot)
	}
	if name != "" {
		p.Legend.Add(name, line)
	}
	return nil
}

// place is where value i of a series is: at xs[i], or at i where there are no xs.
func place(xs []int, i int) float64 {
	if xs != nil {
		i = xs[i]
	}
	return float64(i)
}

// finite is false for NaN and the infinities, whose difference to themselves is NaN.
func finite(v float64) bool { return v-v == 0 }

// checkSeries says what is wrong with a series; what is its name and each that of one element.
func checkSeries(ys []float64, xs []int, what, each string) error {
	switch {
	case len(ys) == 0:
		return fmt.Errorf("figure of the %s: no %s to draw; train for one at least", what, each)
	case xs != nil && (len(xs) != len(ys) || xs[0] < 0 || !slices.IsSorted(xs)):
		return fmt.Errorf("figure of the %s: %d numbers say where the %d values are; give one for each, in order, from 0 on", what, len(xs), len(ys))
	}
	for i, y := range ys {
		if !finite(y) {
			return fmt.Errorf("figure of the %s: %s %d is %v; draw what comes before it, or learn with a smaller rate", what, each, i, y)
		}
	}
	return nil
}

// checkPoints is checkSeries for points.
func checkPoints(ps []Point, what, each string) error {
	if len(ps) == 0 {
		return fmt.Errorf("figure of the %s: no %s to draw; pass one at least", what, each)
	}
	for i, p := range ps {
		if !finite(p.X0) || !finite(p.X1) {
			return fmt.Errorf("figure of the %s: %s %d is (%v, %v); leave out what is not finite", what, each, i, p.X0, p.X1)
		}
	}
	return nil
}

// render writes a picture in one of the formats.
func render(w io.Writer, format string, p *plot.Plot, width, height vg.Length) error {
	return renderOn(w, format, width, height, p.Draw)
}

// renderOn writes what is drawn on a canvas, without its margins.
func renderOn(w io.Writer, format string, width, height vg.Length, draws func(draw.Canvas)) error {
	if w == nil {
		return errors.New("figure without a writer: pass a file or a buffer")
	}
	var canvas vg.CanvasWriterTo
	switch format {
	case "png":
		canvas = vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(dotsPerInch))}
	case "svg":
		canvas = vgsvg.New(width, height)
	default:
		return fmt.Errorf("figure format %q; choose png or svg", format)
	}
	canvas.SetColor(color.White)
	canvas.Fill(draw.New(canvas).Rectangle.Path())
	draws(inside(canvas))
	_, err := canvas.WriteTo(w)
	return err
}

// inside is the canvas without its margins; at the right and top half of a tick's label needs room.
func inside(canvas vg.CanvasSizer) draw.Canvas {
	return draw.Crop(draw.New(canvas), vg.Points(6), -vg.Points(14), vg.Points(6), -vg.Points(10))
}

// renderPlane is render with a unit of the same length on both axes: it tries a square and keeps what surrounds the data.
func renderPlane(w io.Writer, format string, p *plot.Plot) error {
	data := p.DataCanvas(inside(vgsvg.New(width, width))).Size()
	unit := data.X / vg.Length(p.X.Max-p.X.Min)
	return render(w, format, p, width, width-data.Y+unit*vg.Length(p.Y.Max-p.Y.Min))
}
