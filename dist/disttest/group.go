// Package disttest has groups of goroutines in place of processes, and what every group must pass.
package disttest

import (
	"errors"
	"runtime"
	"sync"

	"github.com/stheno/stheno/dist"
)

// Run calls work once for each process of a group of so many, side by side, and returns the first error. When one fails, the operations of
// the others do too.
func Run(size int, work func(g dist.Group) error) error { return RunOn([]int{size}, work) }

// RunOn is Run for a group on several machines, each of which has so many of its processes.
func RunOn(machines []int, work func(g dist.Group) error) error {
	h := &hub{meetings: map[key]*meeting{}}
	var members []*member
	for i, size := range machines {
		for here := range size {
			members = append(members, &member{h: h, rank: h.size, machine: i, here: here, of: size})
			h.size++
		}
	}
	var wg sync.WaitGroup
	failed := make([]error, h.size)
	for rank, m := range members {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if failed[rank] = work(m); failed[rank] != nil {
				h.fail(rank)
			}
		}()
	}
	wg.Wait()
	return errors.Join(failed...)
}

// hub is where the members of a group meet.
type hub struct {
	mu       sync.Mutex
	size     int
	meetings map[key]*meeting
	lost     []int
}

func (h *hub) fail(rank int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lost = append(h.lost, rank)
}

// key is the n-th meeting of all, or of those of a machine, or the n-th message of an exchange.
type key struct {
	of                    string // what meets
	from, to, exchange, n int
}

const (
	ofAll     = "all"
	ofMachine = "a machine" // from is its number
	ofPair    = "a pair"
)

// meeting is a meeting's or a message's content.
type meeting struct {
	brought map[int]any
	left    int
}

// member is a goroutine's view of the group.
type member struct {
	h        *hub
	rank     int
	machine  int // its number
	here, of int // this one's number there, and how many there are
	met      int // meetings of all so far
	metHere  int // and of the machine's
	made     int // exchanges
}

func (m *member) Rank() int                 { return m.rank }
func (m *member) Size() int                 { return m.h.size }
func (m *member) Machine() (rank, size int) { return m.here, m.of }
func (m *member) String() string            { return "goroutines of one process" }
func (m *member) Abort(int)                 { m.h.fail(m.rank) }
func (m *member) Close() error              { return m.Barrier() }

func (m *member) Lost() []int {
	m.h.mu.Lock()
	defer m.h.mu.Unlock()
	return m.h.lost
}

// bring leaves something at a meeting.
func (m *member) bring(k key, who int, what any) {
	m.h.mu.Lock()
	defer m.h.mu.Unlock()
	if m.h.meetings[k] == nil {
		m.h.meetings[k] = &meeting{brought: map[int]any{}}
	}
	m.h.meetings[k].brought[who] = what
}

// take is what so many have brought, once all have; the last of `takers` ends the meeting.
func (m *member) take(k key, bringers, takers int) (map[int]any, bool, error) {
	m.h.mu.Lock()
	defer m.h.mu.Unlock()
	at := m.h.meetings[k]
	if at == nil || len(at.brought) < bringers {
		if len(m.h.lost) > 0 {
			return nil, false, &dist.LostError{Ranks: m.h.lost}
		}
		return nil, false, nil
	}
	if at.left++; at.left == takers {
		delete(m.h.meetings, k)
	}
	return at.brought, true, nil
}

// operation is a start, and a look that tells whether it has ended.
type operation struct {
	start func()
	look  func() (bool, error)
	done  bool
}

func (o *operation) Start() error {
	o.done = false
	o.start()
	return nil
}

func (o *operation) Done() (done bool, err error) {
	if !o.done {
		runtime.Gosched()
		o.done, err = o.look()
	}
	return o.done, err
}

// all is a meeting of all: each brings something, and gets what all have brought.
func (m *member) all(what func() any, then func(brought map[int]any)) *operation {
	var k key
	return &operation{
		start: func() {
			k = key{of: ofAll, n: m.met}
			m.met++
			m.bring(k, m.rank, what())
		},
		look: func() (bool, error) {
			brought, ok, err := m.take(k, m.h.size, m.h.size)
			if ok {
				then(brought)
			}
			return ok, err
		},
	}
}

func (m *member) Barrier() error {
	return dist.Do(m.all(func() any { return nil }, func(map[int]any) {}))
}

func (m *member) Broadcast(x []byte, from int) error {
	if err := dist.CheckRank(from, m.h.size); err != nil {
		return err
	}
	m.met++
	return m.broadcast(key{of: ofAll, n: m.met - 1}, m.rank, m.h.size, x, from)
}

func (m *member) BroadcastHere(x []byte, from int) error {
	if err := dist.CheckRank(from, m.of); err != nil {
		return err
	}
	m.metHere++
	return m.broadcast(key{of: ofMachine, from: m.machine, n: m.metHere - 1}, m.here, m.of, x, from)
}

// broadcast is a meeting to which one of so many brings something: it waits for no one.
func (m *member) broadcast(k key, who, size int, x []byte, from int) error {
	return dist.Do(&operation{
		start: func() {
			if who == from && size > 1 {
				m.bring(k, who, append([]byte(nil), x...))
			}
		},
		look: func() (bool, error) {
			if who == from {
				return true, nil
			}
			brought, ok, err := m.take(k, 1, size-1)
			if ok {
				copy(x, brought[from].([]byte))
			}
			return ok, err
		},
	})
}

func (m *member) Sum(x any) (dist.Operation, error) {
	switch x := x.(type) {
	case []float32:
		return total(m, x), nil
	case []float64:
		return total(m, x), nil
	}
	return nil, dist.CheckNumbers(x)
}

// total adds up from the last process to the first: in another order than dist.NewTree's.
func total[T float32 | float64](m *member, x []T) dist.Operation {
	return m.all(func() any { return append([]T(nil), x...) }, func(brought map[int]any) {
		copy(x, brought[m.h.size-1].([]T))
		for rank := m.h.size - 2; rank >= 0; rank-- {
			for i, v := range brought[rank].([]T) {
				x[i] += v
			}
		}
	})
}

func (m *member) Exchange(peer int, send, receive any) (dist.Operation, error) {
	if err := dist.CheckExchange(peer, m.rank, m.h.size, send, receive); err != nil {
		return nil, err
	}
	switch send := send.(type) {
	case []float32:
		return exchange(m, peer, send, receive.([]float32)), nil
	case []float64:
		return exchange(m, peer, send, receive.([]float64)), nil
	}
	panic("disttest: unreachable") // our own bug
}

func exchange[T float32 | float64](m *member, peer int, send, receive []T) dist.Operation {
	var in key
	m.made++
	made, n := m.made, 0
	return &operation{
		start: func() {
			in = key{ofPair, peer, m.rank, made, n}
			m.bring(key{ofPair, m.rank, peer, made, n}, m.rank, append([]T(nil), send...))
			n++
		},
		look: func() (bool, error) {
			brought, ok, err := m.take(in, 1, 1)
			if ok {
				copy(receive, brought[peer].([]T))
			}
			return ok, err
		},
	}
}
