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

// Progress draws scores of at most 1, such as accuracies of training, test and held-out samples, up to four series, after the iterations
// that they were taken after.
func Progress(w io.Writer, format, what string, iters []int, series ...Curve) error {
	if len(series) == 0 || len(series) > len(inks) {
		return fmt.Errorf("figure of the %s: %d series; draw one to %d", what, len(series), len(inks))
	}
	return overTime(w, format, "iteration", what, iters, series, inks)
}

func scores(w io.Writer, format, what, short string, train, test []float64, epochs []int) error {
	return overTime(w, format, "epochs", what, epochs, []Curve{{"train " + short, train}, {"test " + short, test}},
		[]draw.LineStyle{{Color: sky, Width: vg.Points(4)}, {Color: red, Width: vg.Points(1.5), Dashes: dashes}})
}

func overTime(w io.Writer, format, x, what string, at []int, series []Curve, styles []draw.LineStyle) error {
	p := newPlot(x, what)
	p.X.Tick.Marker = ticks{counted: true}
	p.Legend.Padding, p.Legend.XOffs, p.Legend.YOffs = vg.Points(3), -vg.Points(10), vg.Points(10)
	p.Legend.ThumbnailWidth = vg.Points(30)
	for i, s := range series {
		if err := checkSeries(s.Values, at, s.Name, what); err != nil {
			return err
		}
		if err := addSeries(p, s.Name, s.Values, at, styles[i]); err != nil {
			return err
		}
	}
	p.Y.Min, p.Y.Max = min(p.Y.Min, 0), 1
	return render(w, format, p, width, height)
}
