package train

import (
	"fmt"

	"stheno/backend"
	"stheno/data"
	"stheno/graph"
	"stheno/models"
)

// evalBatch is how many images are evaluated at once: enough for a fast product, few enough to stay in the cache.
const evalBatch = 500

// Evaluator counts how many images of a data set a model gets right.
type Evaluator struct {
	m     *models.Model
	d     *data.Dataset
	there map[*data.Split]backend.Feed // the splits in the engine's memory, where that is not the host's
}

// NewEvaluator checks that the model fits the data set.
func NewEvaluator(m *models.Model, d *data.Dataset) (*Evaluator, error) {
	if m.Net.In != d.Train.Pixels() || m.Net.Out != d.Classes {
		return nil, fmt.Errorf("the net has %d inputs and %d outputs; %s has %d pixels and %d classes", m.Net.In, m.Net.Out, d.Name, d.Train.Pixels(), d.Classes)
	}
	e := &Evaluator{m, d, map[*data.Split]backend.Feed{}}
	if feeder, ok := m.Engine().(backend.Feeder); ok {
		for _, s := range []*data.Split{&d.Train, &d.Test} {
			if s.Len() == 0 {
				continue
			}
			f, err := feeder.NewFeed(s.Images, s.Labels, d.Classes)
			if err != nil {
				e.Close()
				return nil, err
			}
			e.there[s] = f
		}
	}
	return e, nil
}

// Close frees the engine's copy of the data set, where it has one.
func (e *Evaluator) Close() {
	for _, f := range e.there {
		f.Close()
	}
	clear(e.there)
}

// Both is the accuracy on the training images and on the test images.
func (e *Evaluator) Both() (train, test float64, err error) {
	if train, err = e.Accuracy(&e.d.Train); err != nil {
		return 0, 0, err
	}
	test, err = e.Accuracy(&e.d.Test)
	return train, test, err
}

// Accuracy is the share of images whose largest score is at their label; 0 of an empty split.
func (e *Evaluator) Accuracy(s *data.Split) (float64, error) {
	right := 0
	for from := 0; from < s.Len(); from += evalBatch {
		n, err := e.count(s, from, min(from+evalBatch, s.Len()))
		if err != nil {
			return 0, err
		}
		right += n
	}
	return float64(right) / float64(max(s.Len(), 1)), nil
}

func (e *Evaluator) count(s *data.Split, from, to int) (int, error) {
	p, err := e.m.Program("scores", to-from)
	if err != nil {
		return 0, err
	}
	if err := newFeed(s, e.there[s], e.d.Classes, p.Var("x"), nil).drawRange(from, to); err != nil {
		return 0, err
	}
	if err := p.Run(); err != nil {
		return 0, err
	}
	return e.right(p, s.Labels[from:to])
}

// right compares the scores with the labels.
func (e *Evaluator) right(p *graph.Program, labels []byte) (int, error) {
	scores, err := p.OutputHost(0)
	if err != nil {
		return 0, err
	}
	if y, ok := scores.([]float32); ok {
		return matches(y, labels, e.d.Classes), nil
	}
	return matches(scores.([]float64), labels, e.d.Classes), nil
}

func matches[T float32 | float64](y []T, labels []byte, classes int) int {
	n := 0
	for i, l := range labels {
		if models.Argmax(y[i*classes:(i+1)*classes]) == int(l) {
			n++
		}
	}
	return n
}
