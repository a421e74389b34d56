package report

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

var (
	blue   = color.RGBA{31, 119, 180, 255}
	orange = color.RGBA{230, 126, 34, 255}
	red    = color.RGBA{190, 40, 0, 255}
	green  = color.RGBA{44, 140, 60, 255}
	violet = color.RGBA{120, 80, 170, 255}
	grey   = color.RGBA{150, 150, 150, 255}
)

var palette = []color.Color{red, blue, green, orange, violet, grey}

var dashes = []vg.Length{vg.Points(5), vg.Points(3)}

const (
	dotsPerInch = 144
	width       = 8 * vg.Inch
	height      = 4.8 * vg.Inch
	margin      = 8 * vg.Length(1)
)

// Picture is one of the report's pictures.
type Picture struct {
	Name string // of the file
	Draw func(r *Report, w io.Writer) error
	Has  func(r *Report) bool // whether there is anything to draw
}

// Pictures are all that a report can show.
var Pictures = []Picture{
	{"steps.png", drawSteps, func(r *Report) bool { return len(r.Comparisons) > 0 }},
	{"products.png", drawProducts, func(r *Report) bool { return len(r.squares()) > 0 }},
	{"accuracy-seconds.png", drawCurves, func(r *Report) bool { return len(r.Whole) > 0 }},
	{"scaling.png", drawScaling, func(r *Report) bool { return len(r.Scaling) > 0 }},
}

// newPlot is an empty picture in the style of all.
func newPlot(title, x, y string) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.Title.TextStyle.Font.Variant, p.Title.TextStyle.Font.Size, p.Title.Padding = "Sans", vg.Points(12), vg.Points(6)
	for _, axis := range [...]*plot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle.Font.Variant, axis.Tick.Label.Font.Variant = "Sans", "Sans"
		axis.Label.TextStyle.Font.Size, axis.Tick.Label.Font.Size = vg.Points(11), vg.Points(10)
		axis.Label.Padding = vg.Points(4)
	}
	p.Legend.TextStyle.Font.Variant, p.Legend.TextStyle.Font.Size = "Sans", vg.Points(10)
	p.Legend.Padding, p.Legend.ThumbnailWidth = vg.Points(3), vg.Points(28)
	return p
}

// wholeNumbers labels an axis without decimals.
func wholeNumbers(a *plot.Axis) {
	a.Tick.Marker = plot.TickerFunc(func(low, high float64) []plot.Tick {
		ticks := plot.DefaultTicks{}.Ticks(low, high)
		for i, t := range ticks {
			if t.Label != "" {
				ticks[i].Label = fmt.Sprintf("%.0f", t.Value)
			}
		}
		return ticks
	})
}

// logarithmic makes an axis logarithmic, with a tick at 1, 2 and 5 times each power of ten.
func logarithmic(a *plot.Axis) {
	a.Scale = plot.LogScale{}
	a.Tick.Marker = plot.TickerFunc(func(low, high float64) (ticks []plot.Tick) {
		decades := math.Log10(high / low)
		for e := math.Floor(math.Log10(low)); e <= math.Log10(high); e++ {
			for _, f := range []float64{1, 2, 5} {
				v := f * math.Pow(10, e)
				if v < low*(1-1e-9) || v > high*(1+1e-9) {
					continue
				}
				label := ""
				if f == 1 || decades < 4 {
					label = fmt.Sprintf("%.6g", v)
				}
				ticks = append(ticks, plot.Tick{Value: v, Label: label})
			}
		}
		return ticks
	})
}

// line adds a line through points, and to the legend if it has a name.
func line(p *plot.Plot, name string, points plotter.XYs, style draw.LineStyle, dots bool) error {
	l, s, err := plotter.NewLinePoints(points)
	if err != nil {
		return err
	}
	l.LineStyle = style
	p.Add(l)
	if dots {
		s.GlyphStyle = draw.GlyphStyle{Color: style.Color, Radius: vg.Points(2.2), Shape: draw.CircleGlyph{}}
		p.Add(s)
	}
	if name != "" {
		p.Legend.Add(name, l)
	}
	return nil
}

// caption is what is written under every picture.
func (m *Machine) caption() []string {
	versions := []string{m.Go}
	for _, p := range m.Programs {
		versions = append(versions, p.String())
	}
	return []string{
		fmt.Sprintf("%s, %d cores; engine go: %s kernels; OpenBLAS: %s", m.CPU, m.Cores, m.Kernels, m.BLAS),
		strings.Join(versions, "; "),
		fmt.Sprintf("%s, commit %s: %s", m.Date, m.Commit, m.Command),
	}
}

// render writes a picture as PNG, with the caption at its foot.
func render(w io.Writer, m *Machine, h vg.Length, plots ...*plot.Plot) error {
	style := plots[0].X.Tick.Label
	style.Font.Size, style.Color = vg.Points(7), color.Gray{100}
	style.XAlign, style.YAlign = draw.XLeft, draw.YBottom
	lines := wrap(m.caption(), 150)
	const leading = 9 * vg.Length(1)
	foot := leading*vg.Length(len(lines)) + 2*margin

	canvas := vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(width, h+foot), vgimg.UseDPI(dotsPerInch), vgimg.UseBackgroundColor(color.White))}
	all := draw.New(canvas)
	each := (all.Max.X - all.Min.X) / vg.Length(len(plots))
	for i, p := range plots {
		c := all
		c.Min.X = all.Min.X + each*vg.Length(i)
		c.Max.X = c.Min.X + each
		p.Draw(draw.Crop(c, margin, -2*margin, foot, -margin))
	}
	for i, text := range lines {
		all.FillText(style, vg.Point{X: margin, Y: foot - margin - leading*vg.Length(i+1)}, text)
	}
	_, err := canvas.WriteTo(w)
	return err
}

// wrap breaks long lines at spaces.
func wrap(lines []string, columns int) (out []string) {
	for _, l := range lines {
		row := ""
		for _, word := range strings.Fields(l) {
			if row != "" && len(row)+1+len(word) > columns {
				out = append(out, row)
				row = "  "
			}
			row += word + " "
		}
		out = append(out, strings.TrimRight(row, " "))
	}
	return out
}
