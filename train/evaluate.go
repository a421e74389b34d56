package train

import (
	"errors"
	"fmt"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/models"
)

// evalBatch is how many images are evaluated at once: enough for a fast product, few enough to stay in the cache.
const evalBatch = 500

// Evaluator counts how many images of a data set a model gets right. It is one goroutine's; others may use the model.
type Evaluator struct {
	m *models.Model
	d *data.Dataset
	// The splits in the engine's memory, where that is not the host's, and what counts there.
	there    map[*data.Split]*tables
	counters map[counterKey]*counter
	done     <-chan struct{} // closed when it is to stop; nil if never
}

var (
	errInterrupted = errors.New("the evaluation was interrupted")
	errNoEvaluator = errors.New("the evaluator is empty: make one with NewEvaluator")
)

type counterKey struct {
	split *data.Split
	batch int
}

// NewEvaluator checks that the data set is whole and that the model fits it. The test images may be missing.
func NewEvaluator(m *models.Model, d *data.Dataset) (*Evaluator, error) {
	if m == nil {
		return nil, errors.New("no model to evaluate: make one with models.New")
	}
	if err := d.Check(); err != nil {
		return nil, err
	}
	if d.Classes < 2 {
		return nil, fmt.Errorf("%s has only %d class: every answer would be right", d.Name, d.Classes)
	}
	if m.Net.In != d.Train.Pixels() || m.Net.Out != d.Classes {
		return nil, fmt.Errorf("the net has %d inputs and %d outputs; %s has %d pixels and %d classes", m.Net.In, m.Net.Out, d.Name, d.Train.Pixels(), d.Classes)
	}
	e := &Evaluator{m: m, d: d, there: map[*data.Split]*tables{}, counters: map[counterKey]*counter{}}
	if looper, ok := m.Engine().(backend.Looper); ok {
		for _, s := range []*data.Split{&d.Train, &d.Test} {
			if s.Len() == 0 {
				continue
			}
			t, err := newTables(looper, s)
			if err != nil {
				e.Close()
				return nil, err
			}
			e.there[s] = t
		}
	}
	return e, nil
}

// Close frees the engine's copy of the data set, where it has one.
func (e *Evaluator) Close() {
	for _, c := range e.counters {
		c.close()
	}
	for _, t := range e.there {
		t.close()
	}
	clear(e.counters)
	clear(e.there)
}

// Both is the accuracy on the training images and on the test images.
func (e *Evaluator) Both() (train, test float64, err error) {
	if e == nil || e.d == nil {
		return 0, 0, errNoEvaluator
	}
	if train, err = e.Accuracy(&e.d.Train); err != nil {
		return 0, 0, err
	}
	test, err = e.Accuracy(&e.d.Test)
	return train, test, err
}

// Accuracy is the share of images whose largest score, the first of equals, is at their label. An image with a NaN among
// its scores has no largest and is wrong.
func (e *Evaluator) Accuracy(s *data.Split) (float64, error) {
	if e == nil || e.d == nil {
		return 0, errNoEvaluator
	}
	if err := s.Check(e.m.Net.In, e.d.Classes); err != nil {
		return 0, fmt.Errorf("%s: %w", e.d.Name, err)
	}
	n := s.Len()
	if n == 0 {
		return 0, fmt.Errorf("%s: accuracy of no images", e.d.Name)
	}
	whole := n - n%evalBatch
	right, err := e.count(s, 0, whole, evalBatch)
	if err != nil {
		return 0, err
	}
	rest, err := e.count(s, whole, n, n-whole)
	return float64(right+rest) / float64(n), err
}

// count is how many of the images from, from+1, ... to-1, a whole number of batches, are right.
func (e *Evaluator) count(s *data.Split, from, to, batch int) (int, error) {
	if from == to {
		return 0, nil
	}
	if t := e.there[s]; t != nil {
		right, err := e.countThere(t, counterKey{s, batch}, from, to)
		if !errors.Is(err, backend.ErrNotRepeatable) {
			return right, err
		}
	}
	p, err := e.m.Program("scores", batch)
	if err != nil {
		return 0, err
	}
	defer p.Close()
	right := 0
	feed := newFeed(s, e.d.Classes, p.X, nil)
	for ; from < to; from += batch {
		select {
		case <-e.done:
			return 0, errInterrupted
		default:
		}
		err := e.m.Do(func() error { // a batch is one turn: other calls may set the program's images
			if err := feed.drawRange(from, from+batch); err != nil {
				return err
			}
			if err := p.Run(); err != nil {
				return err
			}
			n, err := e.right(p, s.Labels[from:from+batch])
			right += n
			return err
		})
		if err != nil {
			return 0, err
		}
	}
	return right, nil
}

// countThere counts without the host.
func (e *Evaluator) countThere(t *tables, key counterKey, from, to int) (right int, err error) {
	c := e.counters[key]
	if c == nil {
		if c, err = e.newCounter(t, key); err != nil {
			return 0, err
		}
		e.counters[key] = c
	}
	err = e.m.Do(func() (err error) {
		right, err = c.count(from, to)
		return err
	})
	return right, err
}

func (e *Evaluator) newCounter(t *tables, key counterKey) (c *counter, err error) {
	p, err := e.m.Program("hits", key.batch)
	if err != nil {
		return nil, err
	}
	most := key.split.Len() / key.batch
	err = e.m.Do(func() error {
		loop, err := t.newLoop(p.Executable, p.X, p.T, key.batch, most)
		c = &counter{p, loop, key.batch, make([]int, most*key.batch), make([]float64, most)}
		return err
	})
	if err != nil {
		p.Close()
		return nil, err
	}
	return c, nil
}

// right compares the scores with the labels.
func (e *Evaluator) right(p *models.Executable, labels []byte) (int, error) {
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
