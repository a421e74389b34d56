package chapter

import (
	"context"
	"flag"
	"fmt"
	"io"

	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/figures"
	"github.com/stheno/stheno/models"
	"github.com/stheno/stheno/train"

	"gorgonia.org/tensor"
)

// Training are the flags of a command that trains one network on MNIST, or loads it.
type Training struct {
	load          string
	images, iters int
}

// Flags adds them to a command's.
func (t *Training) Flags(fs *flag.FlagSet) {
	fs.StringVar(&t.load, "load", "", "take the network that cmd/train has saved in this file, and train none")
	fs.IntVar(&t.images, "images", 5000, "how many of MNIST's images to train on, with a fifth of that to test; 60000 are all")
	fs.IntVar(&t.iters, "iters", 1000, "iterations of batches of 100")
}

// batch is the book's.
const batch = 100

// check finds a wrong flag.
func (t *Training) check(images int) error {
	switch {
	case t.images < batch || t.images > images:
		return fmt.Errorf("-images %d: choose %d to %d", t.images, batch, images)
	case t.iters < 1:
		return fmt.Errorf("-iters %d: at least 1; to train nothing, -load a file", t.iters)
	}
	return nil
}

// Trained is a network on MNIST, loaded or trained with Adam as the book does, and the images of MNIST that the flags leave. It prints
// accuracies, and draws those of the training. The model is the caller's to close.
func (t *Training) Trained(c *Chapter, s models.Sequential) (*models.Model, *data.Dataset, error) {
	d, err := data.MNIST()
	if err != nil {
		return nil, nil, err
	}
	if err := t.check(d.Train.Len()); err != nil {
		return nil, nil, err
	}
	d = Some(d, t.images, t.images/5)
	net, err := s.Net()
	if err != nil {
		return nil, nil, err
	}
	m, err := models.New(net, c.Engine, tensor.Float32)
	if err != nil {
		return nil, nil, err
	}
	if t.load != "" {
		err = t.loaded(c, m, d)
	} else {
		err = t.train(c, m, d)
	}
	if err != nil {
		m.Close()
		return nil, nil, err
	}
	return m, d, nil
}

func (t *Training) loaded(c *Chapter, m *models.Model, d *data.Dataset) error {
	file, err := models.Open(t.load)
	if err != nil {
		return fmt.Errorf("-load: %w", err)
	}
	if err := file.Into(m); err != nil {
		return fmt.Errorf("-load: %w", err)
	}
	e, err := train.NewEvaluator(m, d)
	if err != nil {
		return err
	}
	defer e.Close()
	accuracy, err := e.Score(d.Source(&d.Test))
	if err != nil {
		return err
	}
	tell(c, accuracy, d)
	return nil
}

func (t *Training) train(c *Chapter, m *models.Model, d *data.Dataset) error {
	h, err := train.Run(context.Background(), m, d, train.Config{Batch: batch, Iters: t.iters, LR: 0.001, Seed: 1, Optimizer: models.Adam{}},
		train.Events{Epoch: func(e train.Epoch) {
			fmt.Fprintf(c, "iteration %d: train_acc: %.3f, test_acc: %.3f\n", e.Iter, e.TrainAcc, e.TestAcc)
		}})
	if err != nil {
		return err
	}
	tell(c, h.TestAcc, d)
	training, test := Accuracies(h)
	return c.Draw(m.Net.Name+"-accuracy", func(w io.Writer, format string) error { return figures.Accuracy(w, format, training, test) })
}

func tell(c *Chapter, accuracy float64, d *data.Dataset) {
	fmt.Fprintf(c, "test accuracy %.4f, of %d images\n", accuracy, d.Test.Len())
}

// Some is a data set's first images.
func Some(d *data.Dataset, training, test int) *data.Dataset {
	first := func(s data.Split, n int) data.Split {
		n = min(n, s.Len())
		return data.Split{Images: s.Images[:n*s.Pixels()], Labels: s.Labels[:n]}
	}
	some := *d
	some.Train, some.Test = first(d.Train, training), first(d.Test, test)
	return &some
}

// Accuracies are those of the rows of a history, for a figure.
func Accuracies(h *train.History) (training, test []float64) {
	for _, e := range h.Epochs {
		training, test = append(training, e.TrainAcc), append(test, e.TestAcc)
	}
	return training, test
}
