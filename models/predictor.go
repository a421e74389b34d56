package models

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"gorgonia.org/tensor"
)

// Batching says how a Predictor gathers samples of several callers.
type Batching struct {
	Most int           // samples that are run at once, at most; 0 is usualMost, and others are rounded up to a power of two
	Wait time.Duration // how long a sample waits for others to be run with it; 0 is not at all
}

// usualMost is where larger batches gain little: the weights of a layer are then read once for so many samples.
const usualMost = 64

// Predictor answers for a model to any number of goroutines. Samples that come while others are computed are gathered and run
// together; a lone caller computes its own, without another goroutine. In a steady state a prediction allocates nothing.
//
// Each size of a batch has a program of its own, 1, 2, 4 up to Batching.Most; what a batch lacks to the next size is computed for
// nobody. The rows of a net's output must not depend on one another, and its last bits may differ from one size to the next.
type Predictor struct {
	batching Batching
	answers  atomic.Pointer[Model] // what model does, for those who only look

	turn   sync.Mutex // held while a program runs, and to change the model
	model  *served    // nil once the predictor is closed
	reload sync.Mutex // one at a time

	queue queue
	done  chan struct{} // the worker has ended
}

// errNoSample is what a prediction of nothing returns.
var errNoSample = errors.New("no sample to predict: x is empty")

// NewPredictor makes a predictor of a model, which is the predictor's from then on: Close closes it. All programs are compiled.
func NewPredictor(m *Model, b Batching) (*Predictor, error) {
	if b.Most < 0 || b.Wait < 0 {
		return nil, fmt.Errorf("batches of %d samples, waited for %v: neither may be negative", b.Most, b.Wait)
	}
	if b.Most == 0 {
		b.Most = usualMost
	}
	s, err := serve(m, b.Most)
	if err != nil {
		return nil, err
	}
	b.Most = s.largest()
	p := &Predictor{batching: b, model: s, done: make(chan struct{})}
	p.queue.init(b)
	p.answers.Store(m)
	go p.work()
	return p, nil
}

// Net is the net that answers: its shape of a sample, its classes. It must not be changed.
func (p *Predictor) Net() *Net { return &p.answers.Load().Net }

// DType is the float type that the net computes in.
func (p *Predictor) DType() tensor.Dtype { return p.answers.Load().DType }

// Predict writes the model's output for x, one sample of Net.In numbers after the other, to y, which has Net.Out numbers for each.
// Numbers are converted where the model computes in float64.
//
// If the context ends while samples wait or are run together with others, its error is returned at once, and nothing is written to y
// any more. A lone caller's run, which has begun, is not cut off. After Close the error is ErrClosed.
func (p *Predictor) Predict(ctx context.Context, y, x []float32) error {
	return p.predict(ctx, floats{f32: y}, floats{f32: x})
}

// PredictFloat64 is Predict for float64. Numbers are converted where the model computes in float32.
func (p *Predictor) PredictFloat64(ctx context.Context, y, x []float64) error {
	return p.predict(ctx, floats{f64: y}, floats{f64: x})
}

func (p *Predictor) predict(ctx context.Context, y, x floats) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	n, err := p.samples(y, x)
	if err != nil {
		return err
	}
	if p.batching.Wait == 0 && n <= p.batching.Most && p.queue.waiting.Load() == 0 && p.turn.TryLock() {
		defer p.turn.Unlock()
		if p.model == nil {
			return ErrClosed
		}
		return p.model.run(y, x, n)
	}
	r, err := p.queue.put(y, x, n)
	if err != nil {
		return err
	}
	select {
	case <-r.ready:
		return p.queue.take(r)
	case <-ctx.Done():
		return p.queue.leave(r, ctx.Err())
	}
}

// samples is how many x has.
func (p *Predictor) samples(y, x floats) (int, error) {
	net := p.Net()
	n := x.len() / net.In
	switch {
	case x.len() == 0:
		return 0, errNoSample
	case x.len() != n*net.In:
		return 0, fmt.Errorf("x has %d numbers: the net reads samples of %d", x.len(), net.In)
	case y.len() != n*net.Out:
		return 0, fmt.Errorf("y has room for %d numbers: the net gives %d for each of %d samples", y.len(), net.Out, n)
	}
	return n, nil
}

// Reload lets the model of another file answer, as soon as all its programs are compiled; samples that come meanwhile are answered
// by the one before. No sample is lost, and none is answered by both. The file's net must read and give as many numbers; where it
// does not, or the file cannot be read, nothing changes.
func (p *Predictor) Reload(path string) error {
	p.reload.Lock()
	defer p.reload.Unlock()
	p.turn.Lock()
	if p.model == nil {
		p.turn.Unlock()
		return ErrClosed
	}
	engine := p.model.m.Engine()
	p.turn.Unlock()
	m, err := Load(path, engine)
	if err != nil {
		return err
	}
	if old := p.Net(); m.Net.In != old.In || m.Net.Out != old.Out {
		m.Close()
		return fmt.Errorf("%s: its net has %d inputs and %d outputs, the one that answers %d and %d: start another predictor", path, m.Net.In, m.Net.Out, old.In, old.Out)
	}
	s, err := serve(m, p.batching.Most)
	if err != nil {
		m.Close()
		return fmt.Errorf("%s: %w", path, err)
	}
	p.turn.Lock()
	old := p.model
	if old != nil {
		p.model = s
		p.answers.Store(m)
	}
	p.turn.Unlock()
	if old == nil { // closed meanwhile
		m.Close()
		return ErrClosed
	}
	old.m.Close()
	return nil
}

// Close takes no further sample, waits until those that have come are answered, and closes the model. Closing again only waits.
func (p *Predictor) Close() {
	p.queue.close()
	<-p.done
	p.turn.Lock()
	defer p.turn.Unlock()
	if p.model != nil {
		p.model.m.Close()
		p.model = nil
	}
}
