package figures

import (
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Curve is a series of numbers with its name in the legend.
type Curve struct {
	Name   string
	Values []float64
}

// A Panel is one of several pictures side by side that share their axes.
type Panel struct {
	Title  string
	Curves []Curve
}

// Axes are the labels of the two axes, and the range of the upright one; of 0 and 0 it is that of the numbers. The legend stands below
// curves that rise and above those that fall.
type Axes struct {
	X, Y      string
	Low, High float64
	Fall      bool
}

// inks are the styles of curves, told apart by their dashes too. The first is broad, so that others are seen upon it.
var inks = []draw.LineStyle{
	{Color: sky, Width: vg.Points(3)},
	{Color: red, Width: vg.Points(1.5), Dashes: dashes},
	{Color: color.RGBA{20, 110, 60, 255}, Width: vg.Points(1.5)},
	{Color: color.RGBA{90, 60, 140, 255}, Width: vg.Points(1.5), Dashes: []vg.Length{vg.Points(1.5), vg.Points(2)}},
}

// Curves draws panels in rows of so many, each with up to four curves over 0, 1, 2, ... The first panel has the legend.
func Curves(w io.Writer, format string, axes Axes, inRow int, panels ...Panel) error {
	plots := make([]*plot.Plot, len(panels))
	for i, panel := range panels {
		p := newPlot(axes.X, axes.Y)
		p.Title.Text = panel.Title
		p.X.Tick.Marker = ticks{counted: true}
		if len(panel.Curves) == 0 || len(panel.Curves) > len(inks) {
			return fmt.Errorf("figure of %q: %d curves; draw one to %d", panel.Title, len(panel.Curves), len(inks))
		}
		for j, c := range panel.Curves {
			if err := checkSeries(c.Values, nil, c.Name, "number"); err != nil {
				return err
			}
			name := c.Name
			if i > 0 {
				name = ""
			}
			if err := addSeries(p, name, c.Values, nil, inks[j]); err != nil {
				return err
			}
		}
		p.Legend.Padding, p.Legend.XOffs, p.Legend.YOffs = vg.Points(2), -vg.Points(6), vg.Points(6)
		p.Legend.ThumbnailWidth = vg.Points(24)
		if axes.Fall {
			p.Legend.Top, p.Legend.YOffs = true, -vg.Points(2)
		}
		if axes.Low != 0 || axes.High != 0 {
			p.Y.Min, p.Y.Max = axes.Low, axes.High
		}
		plots[i] = p
	}
	return renderPanels(w, format, plots, inRow)
}

// A Path is the way of an optimiser over x0²/20 + x1² (book, 6.1.2).
type Path struct {
	Name   string
	Points []Point
}

// Paths draws each way in a panel of its own, two in a row, in [-10, 10] × [-5, 5], over the ellipses on which that is 0.25, 1, 2.25,
// ... (figure 6-8). What leaves the picture is left out.
func Paths(w io.Writer, format string, paths ...Path) error {
	low, high := Point{-10, -5}, Point{10, 5}
	plots := make([]*plot.Plot, len(paths))
	for i, path := range paths {
		if err := checkPoints(path.Points, path.Name, "point"); err != nil {
			return err
		}
		p := plane(low, high)
		p.Title.Text = path.Name
		for radius := 0.5; radius < 6; radius += 0.5 {
			line, err := plotter.NewLine(ellipse(radius))
			if err != nil {
				return err
			}
			line.Color, line.Width = pale, vg.Points(0.7)
			p.Add(line)
		}
		var seen plotter.XYs
		for _, at := range path.Points {
			if at.within(low, high) {
				seen = append(seen, plotter.XY{X: at.X0, Y: at.X1})
			}
		}
		if len(seen) == 0 {
			return fmt.Errorf("figure of the %s: none of the %d points lies in [-10, 10] × [-5, 5]; start there", path.Name, len(path.Points))
		}
		line, dots, err := plotter.NewLinePoints(seen)
		if err != nil {
			return err
		}
		line.LineStyle = draw.LineStyle{Color: red, Width: vg.Points(1)}
		dots.GlyphStyle = draw.GlyphStyle{Color: red, Radius: vg.Points(2), Shape: draw.CircleGlyph{}}
		p.Add(line, dots)
		p.X.Min, p.Y.Min, p.X.Max, p.Y.Max = low.X0, low.X1, high.X0, high.X1 // Add made room for the ellipses
		plots[i] = p
	}
	return renderPanels(w, format, plots, 2)
}

// ellipse is where x0²/20 + x1² is radius².
func ellipse(radius float64) plotter.XYs {
	xys := circle(radius)
	for i := range xys {
		xys[i].X *= math.Sqrt(20)
	}
	return xys
}

// A Sample is numbers whose distribution is drawn.
type Sample struct {
	Title  string
	Values []float64
}

const bins = 30

// Histograms draws how the numbers of each sample are distributed between low and high, in rows of so many (figures 6-10 to 6-14).
// What lies outside is left out.
func Histograms(w io.Writer, format string, low, high float64, inRow int, samples ...Sample) error {
	if !(low < high) {
		return fmt.Errorf("figure of histograms from %v to %v: pass a range", low, high)
	}
	plots := make([]*plot.Plot, len(samples))
	for i, s := range samples {
		if err := checkSeries(s.Values, nil, s.Title, "number"); err != nil {
			return err
		}
		h := &plotter.Histogram{Bins: make([]plotter.HistogramBin, bins), Width: (high - low) / bins, FillColor: blue}
		for b := range h.Bins {
			h.Bins[b].Min, h.Bins[b].Max = low+float64(b)*h.Width, low+float64(b+1)*h.Width
		}
		for _, v := range s.Values {
			if v >= low && v <= high {
				h.Bins[min(int((v-low)/h.Width), bins-1)].Weight++
			}
		}
		p := newPlot("", "")
		p.Title.Text = s.Title
		p.Add(h)
		p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = low, high, 0, max(p.Y.Max, 1)
		p.X.Tick.Marker, p.Y.Tick.Marker = few{}, few{}
		plots[i] = p
	}
	return renderPanels(w, format, plots, inRow)
}

// few is a plot.Ticker with the two ends only, for narrow panels.
type few struct{}

func (few) Ticks(low, high float64) []plot.Tick {
	all := ticks{}.Ticks(low, high)
	if len(all) < 2 {
		return all
	}
	return []plot.Tick{all[0], all[len(all)-1]}
}

// renderPanels writes pictures in rows.
func renderPanels(w io.Writer, format string, plots []*plot.Plot, inRow int) error {
	if len(plots) == 0 || inRow < 1 {
		return errors.New("figure without a panel: pass one at least, and one in a row at least")
	}
	inRow = min(inRow, len(plots))
	var rows [][]*plot.Plot
	for i := 0; i < len(plots); i += inRow {
		rows = append(rows, make([]*plot.Plot, inRow))
		copy(rows[len(rows)-1], plots[i:min(i+inRow, len(plots))])
	}
	for _, p := range plots {
		p.Title.TextStyle.Font.Variant, p.Title.TextStyle.Font.Size = "Sans", vg.Points(11)
		p.Title.Padding = vg.Points(3)
	}
	across := width / vg.Length(math.Sqrt(float64(inRow))) // panels are smaller where there are many, the picture larger
	down := across * height / width
	tiles := draw.Tiles{Rows: len(rows), Cols: inRow, PadX: vg.Points(10), PadY: vg.Points(12)}
	return renderOn(w, format, across*vg.Length(inRow), down*vg.Length(len(rows)), func(c draw.Canvas) {
		for i, row := range plot.Align(rows, tiles, c) {
			for j, canvas := range row {
				if p := rows[i][j]; p != nil {
					p.Draw(canvas)
				}
			}
		}
	})
}
