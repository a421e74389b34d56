package report

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// bars are horizontal: bar i lies at y = i, from the left edge to its value, with its range as a thin line.
type bars struct {
	values, low, high []float64
	colors            []color.Color
	style             text.Style
}

func (b bars) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for i, v := range b.values {
		half := (y(1) - y(0)) * 0.36
		at := y(float64(i))
		c.FillPolygon(b.colors[i], []vg.Point{{X: c.Min.X, Y: at - half}, {X: x(v), Y: at - half}, {X: x(v), Y: at + half}, {X: c.Min.X, Y: at + half}})
		c.StrokeLine2(draw.LineStyle{Color: color.Black, Width: vg.Points(0.8)}, x(b.low[i]), at, x(b.high[i]), at)
		c.FillText(b.style, vg.Point{X: x(b.high[i]) + vg.Points(4), Y: at}, fmt.Sprintf("%.3g", v))
	}
}

// drawSteps shows the first comparison, which is the main job's: the fastest on top, and the time that the dense arithmetic
// takes at the peak.
func drawSteps(r *Report, w io.Writer) error {
	c := &r.Comparisons[0]
	rows := slices.Clone(c.Rows)
	rows = slices.DeleteFunc(rows, func(r Row) bool { return len(r.Values) == 0 || r.Name == Again })
	slices.SortStableFunc(rows, func(a, b Row) int {
		return int(math.Copysign(1, Median(b.Values)-Median(a.Values)))
	})
	p := newPlot(c.Title, c.Unit+" (logarithmic)", "")
	b := bars{style: p.X.Tick.Label}
	b.style.XAlign, b.style.YAlign = draw.XLeft, draw.YCenter
	var names []string
	least, most := math.Inf(1), math.Inf(-1)
	for _, row := range rows {
		low, high := extent(row.Values)
		b.values, b.low, b.high = append(b.values, Median(row.Values)), append(b.low, low), append(b.high, high)
		names = append(names, Label(row.Name, row.Threads))
		if strings.HasPrefix(row.Name, "Stheno") {
			b.colors = append(b.colors, red)
		} else {
			b.colors = append(b.colors, blue)
		}
		least, most = min(least, low), max(most, high)
	}
	limit := c.Limit(&r.Machine)
	if limit > 0 {
		least = min(least, limit)
	}
	logarithmic(&p.X)
	p.NominalY(names...)
	p.Add(b)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = least/1.5, most*1.8, -0.6, float64(len(rows))-0.4
	if limit > 0 {
		p.Y.Max += 0.7 // room for the legend
		style := draw.LineStyle{Color: color.Black, Width: vg.Points(1.2), Dashes: dashes}
		if err := line(p, fmt.Sprintf("the dense arithmetic at the FMA peak of all cores: %.3g", limit), plotter.XYs{{X: limit, Y: p.Y.Min}, {X: limit, Y: p.Y.Max}}, style, false); err != nil {
			return err
		}
		p.Legend.Top, p.Legend.Left, p.Legend.XOffs = true, true, vg.Points(10)
	}
	return render(w, &r.Machine, vg.Points(90+24*float64(len(rows))), p)
}

// squares are the square products, in the order of their sizes.
func (r *Report) squares() (ps []Product) {
	for _, p := range r.Products {
		if p.Size > 0 {
			ps = append(ps, p)
		}
	}
	slices.SortStableFunc(ps, func(a, b Product) int { return a.Size - b.Size })
	return ps
}

// drawProducts shows GFLOP/s over the size of square products, a panel for each type.
func drawProducts(r *Report, w io.Writer) error {
	squares := r.squares()
	var panels []*plot.Plot
	for _, dtype := range []string{"float32", "float64"} {
		p := newPlot("n x n x n products, "+dtype, "n", "GFLOP/s")
		logarithmic(&p.X)
		sizes := plotter.XYs{}
		for i, who := range []string{NativeAll, NativeOne, BLASAll, BLASOne} {
			var xys plotter.XYs
			for _, s := range squares {
				if v := Median(s.Rates[who]); s.DType == dtype && !math.IsNaN(v) {
					xys = append(xys, plotter.XY{X: float64(s.Size), Y: v})
				}
			}
			if len(xys) == 0 {
				continue
			}
			sizes = xys
			style := draw.LineStyle{Color: []color.Color{red, blue}[i/2], Width: vg.Points(1.6)}
			if i%2 == 1 {
				style.Dashes = dashes
			}
			if err := line(p, who, xys, style, true); err != nil {
				return err
			}
		}
		if len(sizes) == 0 {
			continue
		}
		var ticks []plot.Tick
		for _, s := range sizes {
			ticks = append(ticks, plot.Tick{Value: s.X, Label: fmt.Sprintf("%.0f", s.X)})
		}
		p.X.Tick.Marker = plot.ConstantTicks(ticks)
		wholeNumbers(&p.Y)
		peak := r.Machine.PeakOf(dtype)
		p.X.Min, p.X.Max, p.Y.Min = sizes[0].X, sizes[len(sizes)-1].X, 0
		for i, v := range []float64{peak.One, peak.All} {
			if v == 0 {
				continue
			}
			style := draw.LineStyle{Color: grey, Width: vg.Points(1), Dashes: dashes}
			name := [...]string{"", "FMA peak: one core, all cores"}[i]
			if err := line(p, name, plotter.XYs{{X: p.X.Min, Y: v}, {X: p.X.Max, Y: v}}, style, false); err != nil {
				return err
			}
		}
		p.Y.Max *= 1.45 // room for the legend
		p.Legend.Top, p.Legend.Left, p.Legend.XOffs = true, true, vg.Points(8)
		panels = append(panels, p)
	}
	if len(panels) == 0 {
		return fmt.Errorf("picture of the products: no square one was measured")
	}
	return render(w, &r.Machine, height, panels...)
}

// drawCurves shows the accuracy on the test images over the seconds since the program was started.
func drawCurves(r *Report, w io.Writer) error {
	p := newPlot("The whole program: 784-50-10, 10,000 iterations; a dot is an epoch", "seconds since the start of the program (logarithmic)", "accuracy on the test images")
	logarithmic(&p.X)
	first, last := math.Inf(1), math.Inf(-1)
	for i, e := range r.Whole {
		var xys plotter.XYs
		for _, c := range e.Curve {
			xys = append(xys, plotter.XY{X: c.Seconds, Y: c.Accuracy})
			first, last = min(first, c.Seconds), max(last, c.Seconds)
		}
		if len(xys) == 0 {
			continue
		}
		if err := line(p, e.Name, xys, draw.LineStyle{Color: palette[i%len(palette)], Width: vg.Points(1.6)}, true); err != nil {
			return err
		}
	}
	if last < first {
		return fmt.Errorf("picture of the accuracies: no program reported any")
	}
	p.Add(plotter.NewGrid())
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = first/1.2, last*1.2, 0, 1
	p.Legend.XOffs, p.Legend.YOffs = -vg.Points(10), vg.Points(10)
	return render(w, &r.Machine, height, p)
}

// drawScaling shows the time over the arithmetic: a line that rises faster than the dashed one grows faster than its
// arithmetic.
func drawScaling(r *Report, w io.Writer) error {
	p := newPlot("Time over arithmetic, as one size grows; dashed: in proportion", "GFLOP (logarithmic)", "ms (logarithmic)")
	logarithmic(&p.X)
	logarithmic(&p.Y)
	for i := range r.Scaling {
		s := &r.Scaling[i]
		var xys, even plotter.XYs
		for _, row := range s.Rows {
			xys = append(xys, plotter.XY{X: row.Flops / 1e9, Y: row.MS})
		}
		last := s.Rows[len(s.Rows)-1] // where the overhead matters least
		for _, row := range s.Rows {
			even = append(even, plotter.XY{X: row.Flops / 1e9, Y: last.MS * row.Flops / last.Flops})
		}
		colour := palette[i%len(palette)]
		_, _, exponent := s.Exponents()
		if err := line(p, fmt.Sprintf("%s (exponent %.2f)", s.Name, exponent), xys, draw.LineStyle{Color: colour, Width: vg.Points(1.6)}, true); err != nil {
			return err
		}
		if err := line(p, "", even, draw.LineStyle{Color: colour, Width: vg.Points(0.8), Dashes: dashes}, false); err != nil {
			return err
		}
	}
	p.Legend.Top, p.Legend.Left, p.Legend.XOffs = true, true, vg.Points(8)
	return render(w, &r.Machine, height, p)
}
