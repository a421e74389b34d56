package figures

import (
	"fmt"
	"io"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Loss draws the loss of each iteration (figure 4-11), counted from 0, or, where not all losses are there, of the iterations that are
// given, in order.
func Loss(w io.Writer, format string, losses []float64, iters ...int) error {
	if err := checkSeries(losses, iters, "loss", "loss"); err != nil {
		return err
	}
	p := newPlot("iteration", "loss")
	p.X.Tick.Marker = ticks{counted: true}
	if err := addSeries(p, "", losses, iters, draw.LineStyle{Color: blue, Width: vg.Points(0.6)}); err != nil {
		return err
	}
	p.X.Min, p.X.Max, p.Y.Min = 0, place(iters, len(losses)-1)+1, min(p.Y.Min, 0)
	return render(w, format, p, width, height)
}

// Accuracy draws the part of the training and of the test images that are recognised, 0 to 1, at each epoch, counted
// from 0, or at those that are given, in order (figure 4-12). The test line is narrow and broken and lies on top, so both are seen
// where they coincide.
func Accuracy(w io.Writer, format string, train, test []float64, epochs ...int) error {
	for _, s := range [...]struct {
		name   string
		values []float64
	}{{"train acc", train}, {"test acc", test}} {
		for i, v := range s.values {
			if v < 0 || v > 1 {
				return fmt.Errorf("figure of the %s: accuracy %d is %v; it is a part of all images, from 0 to 1", s.name, i, v)
			}
		}
	}
	return scores(w, format, "accuracy", "acc", train, test, epochs)
}

// R2 draws the R² of regression of the training and of the test samples, at most 1, as Accuracy does.
func R2(w io.Writer, format string, train, test []float64, epochs ...int) error {
	return scores(w, format, "R²", "R²", train, test, epochs)
}

func scores(w io.Writer, format, what, short string, train, test []float64, epochs []int) error {
	p := newPlot("epochs", what)
	p.X.Tick.Marker = ticks{counted: true}
	p.Legend.Padding, p.Legend.XOffs, p.Legend.YOffs = vg.Points(3), -vg.Points(10), vg.Points(10)
	p.Legend.ThumbnailWidth = vg.Points(30)
	for _, s := range [...]struct {
		name   string
		values []float64
		style  draw.LineStyle
	}{
		{"train " + short, train, draw.LineStyle{Color: sky, Width: vg.Points(4)}},
		{"test " + short, test, draw.LineStyle{Color: red, Width: vg.Points(1.5), Dashes: dashes}},
	} {
		if err := checkSeries(s.values, epochs, s.name, what); err != nil {
			return err
		}
		if err := addSeries(p, s.name, s.values, epochs, s.style); err != nil {
			return err
		}
	}
	p.Y.Min, p.Y.Max = min(p.Y.Min, 0), 1
	return render(w, format, p, width, height)
}
