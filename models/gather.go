package models

import (
	"sync"
	"sync/atomic"
	"time"
)

// queue holds the requests that wait for a worker, in the order in which they came.
type queue struct {
	waiting atomic.Int64 // samples that no run has taken yet

	mu          sync.Mutex
	closed      bool
	first, last *request
	free        *request      // those that were answered, for the next ones
	batch       []part        // of the run that goes on
	wake        chan struct{} // something has changed
	b           Batching
}

// request is one call of Predict that waits.
type request struct {
	y, x     floats
	n        int // samples
	taken    int // by runs
	computed int
	came     time.Time // where the queue waits
	left     bool      // the caller has gone
	err      error
	ready    chan struct{} // all is computed, or failed
	next     *request
}

// part are samples of a request that are in a run.
type part struct {
	r       *request
	from, n int
}

func (q *queue) init(b Batching) { q.b, q.wake = b, make(chan struct{}, 1) }

// put adds a request.
func (q *queue) put(y, x floats, n int) (*request, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return nil, ErrClosed
	}
	r := q.free
	if r == nil {
		r = &request{ready: make(chan struct{}, 1)}
	} else {
		q.free = r.next
	}
	*r = request{y: y, x: x, n: n, ready: r.ready}
	if q.b.Wait > 0 {
		r.came = time.Now()
	}
	if q.first == nil {
		q.first = r
	} else {
		q.last.next = r
	}
	q.last = r
	q.waiting.Add(int64(n))
	q.notify()
	return r, nil
}

func (q *queue) notify() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take is the answer of a request that is ready.
func (q *queue) take(r *request) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	err := r.err
	q.recycle(r)
	return err
}

// leave gives a request up, unless it is ready by now. Its samples are not read, and its answers not written, any more.
func (q *queue) leave(r *request, why error) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-r.ready:
		err := r.err
		q.recycle(r)
		return err
	default:
	}
	r.left, r.x, r.y = true, floats{}, floats{}
	q.waiting.Add(int64(r.taken - r.n))
	q.unlink(r)
	if r.computed == r.taken { // no run has any of it
		q.recycle(r)
	}
	return why
}

// unlink takes a request out of the list, if it is in it.
func (q *queue) unlink(r *request) {
	var before *request
	for at := q.first; at != nil; before, at = at, at.next {
		if at != r {
			continue
		}
		if before == nil {
			q.first = r.next
		} else {
			before.next = r.next
		}
		if q.last == r {
			q.last = before
		}
		return
	}
}

func (q *queue) recycle(r *request) {
	*r = request{ready: r.ready, next: q.free}
	q.free = r
}

// gather copies waiting samples, no more than the largest batch, to the input of a program that is large enough.
func (q *queue) gather(s *served) (which int, some bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	which = s.sized(min(int(q.waiting.Load()), q.b.Most))
	in := s.m.Net.In
	q.batch = q.batch[:0]
	for at := 0; q.first != nil && at < q.b.Most; {
		r := q.first
		n := min(r.n-r.taken, q.b.Most-at)
		s.x[which].set(at*in, r.x, r.taken*in, n*in)
		q.batch = append(q.batch, part{r, r.taken, n})
		r.taken += n
		at += n
		q.waiting.Add(int64(-n))
		if r.taken == r.n {
			q.first, r.next = r.next, nil
		}
	}
	return which, len(q.batch) > 0
}

// scatter hands out what a run has given, or its error, to those who still wait for it.
func (q *queue) scatter(y floats, out int, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	at := 0
	for i, p := range q.batch {
		q.batch[i].r = nil
		q.hand(p, y, at, out, err)
		at += p.n
	}
}

// hand is scatter for one request, whose samples start at a row of the run.
func (q *queue) hand(p part, y floats, row, out int, err error) {
	r := p.r
	r.computed += p.n
	switch {
	case r.left:
		if r.computed == r.taken {
			q.recycle(r)
		}
		return
	case err == nil:
		r.y.set(p.from*out, y, row*out, p.n*out)
	case r.err == nil:
		r.err = err
	}
	if r.computed == r.n {
		r.ready <- struct{}{}
	}
}

// close lets no further request in.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.notify()
}

// await waits until there is something to run: samples that have waited long enough, or enough of them. It is false once the queue is
// closed and empty.
func (q *queue) await(timer *time.Timer) bool {
	for {
		q.mu.Lock()
		first, closed := q.first, q.closed
		wait := time.Duration(0)
		if first != nil && !closed && int(q.waiting.Load()) < q.b.Most && q.b.Wait > 0 {
			wait = time.Until(first.came.Add(q.b.Wait))
		}
		q.mu.Unlock()
		switch {
		case first == nil && closed:
			return false
		case first == nil:
			<-q.wake
		case wait <= 0:
			return true
		default:
			timer.Reset(wait)
			select {
			case <-timer.C:
			case <-q.wake:
			}
		}
	}
}

// work runs batches until the queue is closed and empty.
func (p *Predictor) work() {
	defer close(p.done)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for p.queue.await(timer) {
		p.turn.Lock()
		if which, some := p.queue.gather(p.model); some {
			err := p.model.compute(which)
			var y floats
			if err == nil {
				y, err = p.model.output(which)
			}
			p.queue.scatter(y, p.model.m.Net.Out, err)
		}
		p.turn.Unlock()
	}
}
