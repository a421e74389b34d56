package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/figures"
	"github.com/stheno/stheno/internal/chapter"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/train"

	"gorgonia.org/tensor"
)

// layers is a network of the chapter: so many hidden layers of 100 units with relu.
func (w *work) layers(hidden int) (models.Sequential, error) {
	widths := []int{w.mnist.Train.Pixels()}
	for range hidden {
		widths = append(widths, 100)
	}
	s, err := models.MLP{Widths: append(widths, w.mnist.Classes), Activation: "relu", Seed: w.seed}.Sequential()
	s.Init = models.He
	return s, err
}

// train trains a network. One that diverges has the history up to there.
func (w *work) train(s models.Sequential, d *data.Dataset, c train.Config) (h *train.History, diverged bool, err error) {
	net, err := s.Net()
	if err != nil {
		return nil, false, err
	}
	m, err := models.New(net, w.Engine, tensor.Float32)
	if err != nil {
		return nil, false, err
	}
	defer m.Close()
	c.Seed = w.seed
	h, err = train.Run(context.Background(), m, d, c, train.Events{})
	if d := (*train.DivergedError)(nil); errors.As(err, &d) {
		return h, true, nil
	}
	return h, false, err
}

// optimizers compares the losses of a network of five layers (6.1.8, figure 6-9).
func optimizers(w *work) error {
	c := train.Config{Batch: 128, Iters: w.iters(2000)}
	curves := []training{
		{"SGD", nil, models.SGD{}, 0.01}, {"Momentum", nil, models.Momentum{}, 0.01}, {"AdaGrad", nil, models.AdaGrad{}, 0.01}, {"Adam", nil, models.Adam{}, 0.001},
	}
	return w.losses("optimizers", "fig6-9", c, 1, curves)
}

// initialWeights compares the losses of the same network (6.2.4, figure 6-15).
func initialWeights(w *work) error {
	c := train.Config{Batch: 128, Iters: w.iters(2000)}
	curves := []training{{"std = 0.01", models.Std(0.01), nil, 0.01}, {"Xavier", models.Xavier, nil, 0.01}, {"He", models.He, nil, 0.01}}
	return w.losses("initial weights", "fig6-15", c, 3, curves)
}

// training is one of several that are compared.
type training struct {
	name      string
	init      models.Init // nil is He
	optimizer models.Optimizer
	lr        float64
}

// losses trains a network of five layers in several ways and draws the smoothed losses up to a highest one.
func (w *work) losses(title, figure string, c train.Config, high float64, ways []training) error {
	panel := figures.Panel{}
	fmt.Fprintf(w, "\n%s: 784-100-100-100-100-10, batch %d, %d iterations\n", title, c.Batch, c.Iters)
	for _, way := range ways {
		s, err := w.layers(4)
		if err != nil {
			return err
		}
		if way.init != nil {
			s.Init = way.init
		}
		c.Optimizer, c.LR = way.optimizer, way.lr
		h, diverged, err := w.train(s, w.mnist, c)
		if err != nil {
			return err
		}
		if diverged {
			fmt.Fprintf(w, "%-10s diverges\n", way.name)
			continue
		}
		smooth := smoothed(h.Losses)
		fmt.Fprintf(w, "%-10s lr %-5v loss %.4f, test accuracy %.4f\n", way.name, way.lr, smooth[len(smooth)-1], h.TestAcc)
		panel.Curves = append(panel.Curves, figures.Curve{Name: way.name, Values: smooth})
	}
	return w.Draw(figure, func(out io.Writer, format string) error {
		return figures.Curves(out, format, figures.Axes{X: "iteration", Y: "loss", High: high, Fall: true}, 1, panel)
	})
}

// smoothed is a mean of each number and its neighbours, weighed by a bell of eleven as in the book's pictures.
func smoothed(ys []float64) []float64 {
	out := make([]float64, len(ys))
	for i := range ys {
		sum, weights := 0.0, 0.0
		for d := -5; d <= 5; d++ {
			if i+d >= 0 && i+d < len(ys) {
				weight := math.Exp(-float64(d*d) / 8)
				sum, weights = sum+weight*ys[i+d], weights+weight
			}
		}
		out[i] = sum / weights
	}
	return out
}

// batchNorm compares networks with and without it, for sixteen deviations of the initial weights (6.3.2, figure 6-19).
func batchNorm(w *work) error {
	d := chapter.Some(w.mnist, 1000, 1000)
	var panels []figures.Panel
	fmt.Fprintf(w, "\nbatch normalisation: five hidden layers, 1000 images, %d iterations; training accuracy\n", w.iters(200))
	for i := range 16 {
		std := math.Pow(10, -4*float64(i)/15)
		panel := figures.Panel{Title: fmt.Sprintf("std = %.4f", std)}
		line := panel.Title
		for _, normal := range []bool{true, false} {
			s, err := w.layers(5)
			if err != nil {
				return err
			}
			name := "without"
			if s.Init = models.Std(std); normal {
				s, name = s.WithBatchNorm(), "with"
			}
			h, diverged, err := w.train(s, d, train.Config{Batch: 100, Iters: w.iters(200), LR: 0.01})
			if err != nil {
				return err
			}
			accuracies, _ := chapter.Accuracies(h)
			if diverged {
				line += ", " + name + " it diverges"
			} else {
				line += fmt.Sprintf(", %s %.3f", name, h.TrainAcc)
			}
			if len(accuracies) > 0 {
				panel.Curves = append(panel.Curves, figures.Curve{Name: name, Values: accuracies})
			}
		}
		fmt.Fprintln(w, line)
		panels = append(panels, panel)
	}
	return w.Draw("fig6-19", func(out io.Writer, format string) error {
		return figures.Curves(out, format, figures.Axes{X: "epochs", Y: "accuracy", High: 1}, 4, panels...)
	})
}

// weightDecay lets a network of seven layers learn 300 images by heart, without it and with it (6.4.2, figures 6-20 and 6-21).
func weightDecay(w *work) error {
	return w.overfitting("weight decay", "fig6-20", w.iters(603), [2]string{"without", "λ = 0.1"},
		func(s models.Sequential) models.Sequential { s.Decay = 0.1; return s })
}

// dropout does the same (6.4.3, figures 6-22 and 6-23).
func dropout(w *work) error {
	return w.overfitting("dropout", "fig6-22", w.iters(903), [2]string{"without", "dropout of 0.2"},
		func(s models.Sequential) models.Sequential { return s.WithDropout(0.2) })
}

func (w *work) overfitting(title, figure string, iters int, names [2]string, with func(models.Sequential) models.Sequential) error {
	d := chapter.Some(w.mnist, 300, w.mnist.Test.Len())
	var panels []figures.Panel
	fmt.Fprintf(w, "\n%s: six hidden layers, 300 images, %d iterations\n", title, iters)
	for i, name := range names {
		s, err := w.layers(6)
		if err != nil {
			return err
		}
		if i == 1 {
			s = with(s)
		}
		h, diverged, err := w.train(s, d, train.Config{Batch: 100, Iters: iters, LR: 0.01})
		if err != nil {
			return err
		}
		if diverged {
			return fmt.Errorf("%s: the run has diverged", name)
		}
		training, test := chapter.Accuracies(h)
		fmt.Fprintf(w, "%-15s training accuracy %.4f, test accuracy %.4f\n", name, h.TrainAcc, h.TestAcc)
		panels = append(panels, figures.Panel{Title: name, Curves: []figures.Curve{{Name: "train", Values: training}, {Name: "test", Values: test}}})
	}
	return w.Draw(figure, func(out io.Writer, format string) error {
		return figures.Curves(out, format, figures.Axes{X: "epochs", Y: "accuracy", High: 1}, 2, panels...)
	})
}
