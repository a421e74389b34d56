package train

import (
	"errors"
	"fmt"

	"github.com/stheno/stheno/backend"
	"github.com/stheno/stheno/data"
	"github.com/stheno/stheno/dist"
	"github.com/stheno/stheno/models"
)

// Data is what a model is trained and evaluated on: a *data.Set, of sources of float rows, or a *data.Dataset, of images as bytes.
type Data interface {
	Set() (*data.Set, error)
}

// evalBatch is how many samples are evaluated at once: enough for a fast product, few enough to stay in the cache.
const evalBatch = 500

// Evaluator tells how well a model does on samples: the share of them whose class it gets right, or R² of regression. It is one
// goroutine's; others may use the model.
type Evaluator struct {
	m *models.Model
	d *data.Set
	// The splits in the engine's memory, where that is not the host's, and what counts there.
	there    map[*data.Split]*tables
	counters map[counterKey]*counter
	done     <-chan struct{} // closed when it is to stop; nil if never
	// The processes that share the work, and in how many parts it is cut: 0 is one a process. nil where there is none to share it.
	group dist.Group
	parts int
}

var (
	errInterrupted = errors.New("the evaluation was interrupted")
	errNoEvaluator = errors.New("the evaluator is empty: make one with NewEvaluator")
	errNoData      = errors.New("no data: take data.MNIST, data.Open a file or a folder, or fill in a data.Set")
)

type counterKey struct {
	split *data.Split
	batch int
}

// NewEvaluator checks that the data are whole and that the model fits them. The test samples may be missing.
func NewEvaluator(m *models.Model, from Data) (*Evaluator, error) {
	if m == nil {
		return nil, errors.New("no model to evaluate: make one with models.New")
	}
	if from == nil {
		return nil, errNoData
	}
	d, err := from.Set()
	if err != nil {
		return nil, err
	}
	if len(d.Classes) == 1 {
		return nil, fmt.Errorf("%s has only 1 class: every answer would be right", d.Name)
	}
	if m.Net.In != d.Train.Inputs() || m.Net.Out != d.Train.Outputs() {
		return nil, fmt.Errorf("the net has %d inputs and %d outputs; %s has %d inputs and %d %s", m.Net.In, m.Net.Out, d.Name,
			d.Train.Inputs(), d.Train.Outputs(), map[bool]string{false: "classes", true: "values to predict"}[d.Regression()])
	}
	e := &Evaluator{m: m, d: d, there: map[*data.Split]*tables{}, counters: map[counterKey]*counter{}}
	if looper, ok := m.Engine().(backend.Looper); ok {
		for _, s := range []*data.Split{data.Bytes(d.Train), data.Bytes(d.Test)} {
			if s == nil || s.Len() == 0 {
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

// Metric is what Score is: Accuracy, or R2 of regression.
func (e *Evaluator) Metric() string {
	if e != nil && e.d != nil && e.d.Regression() {
		return R2
	}
	return Accuracy
}

// Both is the score on the training samples and on the test samples.
func (e *Evaluator) Both() (train, test float64, err error) {
	if e == nil || e.d == nil {
		return 0, 0, errNoEvaluator
	}
	if train, err = e.Score(e.d.Train); err != nil {
		return 0, 0, err
	}
	test, err = e.Score(e.d.Test)
	return train, test, err
}

// Score of classification is the accuracy: the share of samples whose largest score, the first of equals, is at their class. A sample
// with a NaN among its scores has no largest and is wrong. Of regression it is R², the mean over the outputs of
// 1 − Σ(y−t)² / Σ(t−mean of t)²: 1 of perfect predictions, 0 of what always predicts the mean.
func (e *Evaluator) Score(s data.Source) (float64, error) {
	if e == nil || e.d == nil {
		return 0, errNoEvaluator
	}
	if err := e.check(s); err != nil {
		return 0, fmt.Errorf("%s: %w", e.d.Name, err)
	}
	if e.group != nil {
		return e.share(s)
	}
	sum := tallyOf(e.d)
	if err := e.tally(s, 0, s.Len(), sum); err != nil {
		return 0, err
	}
	return sum.score(), nil
}

// tally adds up the samples from, from+1, ... to-1.
func (e *Evaluator) tally(s data.Source, from, to int, sum tally) error {
	whole := to - (to-from)%evalBatch
	if err := e.count(s, from, whole, evalBatch, sum); err != nil {
		return err
	}
	return e.count(s, whole, to, to-whole, sum)
}

// check holds samples, which may be others than the set's own, to the model.
func (e *Evaluator) check(s data.Source) error {
	if s == nil {
		return errors.New("no samples to evaluate on")
	}
	if c, ok := s.(interface{ Check() error }); ok {
		if err := c.Check(); err != nil {
			return err
		}
	}
	switch {
	case s.Len() == 0:
		return errors.New("an evaluation of no samples")
	case s.Inputs() != e.m.Net.In || s.Outputs() != e.m.Net.Out:
		return fmt.Errorf("samples of %d inputs and %d outputs, the net has %d and %d", s.Inputs(), s.Outputs(), e.m.Net.In, e.m.Net.Out)
	}
	return nil
}

// count adds up the samples from, from+1, ... to-1, a whole number of batches.
func (e *Evaluator) count(s data.Source, from, to, batch int, sum tally) error {
	if from == to {
		return nil
	}
	if t, h := e.there[data.Bytes(s)], hitsOf(sum); t != nil && h != nil {
		right, err := e.countThere(t, counterKey{data.Bytes(s), batch}, from, to)
		if !errors.Is(err, backend.ErrNotRepeatable) {
			h.right += right
			h.of += to - from
			return err
		}
	}
	return e.each(s, from, to, batch, e.done, sum.add)
}

// hitsOf is a tally of hits; nil of others.
func hitsOf(sum tally) *hits {
	h, _ := sum.(*hits)
	return h
}

// each hands the scores and the targets of each batch of the samples from, from+1, ... to-1 to add, until done is closed.
func (e *Evaluator) each(s data.Source, from, to, batch int, done <-chan struct{}, add func(y, t any)) error {
	p, err := e.m.Program("scores", batch)
	if err != nil {
		return err
	}
	defer p.Close()
	feed := newFeed(s, batch, p.X, nil)
	for ; from < to; from += batch {
		select {
		case <-done:
			return errInterrupted
		default:
		}
		err := e.m.Do(func() error { // a batch is one turn: other calls may set the program's samples
			if err := feed.drawFrom(from); err != nil {
				return err
			}
			if err := p.Run(); err != nil {
				return err
			}
			y, err := p.OutputHost(0)
			if err == nil {
				add(y, feed.targets)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
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
