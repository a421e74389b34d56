package dist

import (
	"errors"
	"math/bits"
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"
)

// memorySum adds up through memory. Each process brings its numbers there. When all have, it adds up its part of the elements, those of all
// processes, and leaves the sum there; when all have, it takes what the others have left. Of few numbers, each adds up all.
type memorySum[T Float] struct {
	g       Group
	x       []T
	of      [2][][]T    // the numbers of each process, of runs in turn
	at      []*progress // of each process
	scratch [][]T
	run     uint32
	stage   uint32
	crowd   bool      // there are more processes than cores
	asked   int       // in vain, since a look at the clock
	looked  time.Time // for processes that are gone
}

// progress is how far a process has come, in the memory that all share.
type progress struct {
	reached  atomic.Uint32 // stages, over all runs: it wraps around
	sleepers atomic.Uint32 // who wait for it
}

// before reports whether one number of stages is less than another, though they wrap around.
func before(reached, goal uint32) bool { return int32(reached-goal) < 0 }

// The stages of a run; between runs it is 0.
const (
	brought = iota + 1 // the numbers are in the memory
	added              // the sum of this process's part is
	taken              // those of the others are read
)

// sumBlock is how many elements are added up at once where more than two processes have them: they stay in the cache meanwhile.
const sumBlock = 2048

func newMemorySum[T Float](g Group, of []*progress, m *Shared, at [2]int, x []T) *memorySum[T] {
	s := &memorySum[T]{g: g, x: x, at: of, crowd: len(of) > runtime.NumCPU()}
	for i, from := range at {
		for _, of := range m.Of {
			s.of[i] = append(s.of[i], Slice[T](of, from, len(x)))
		}
	}
	for range 2 * bits.Len(uint(len(of))) {
		s.scratch = append(s.scratch, make([]T, min(sumBlock, len(x))))
	}
	return s
}

// Start brings the numbers.
func (s *memorySum[T]) Start() error {
	if s.stage != 0 {
		return errors.New("dist: the sum is under way: wait until it is done")
	}
	if mine := s.here()[s.g.Rank()]; !s.there(mine) {
		copy(mine, s.x)
	}
	s.looked = time.Now()
	s.reach(brought)
	return nil
}

// there reports whether the numbers are in the memory of this process by themselves.
func (s *memorySum[T]) there(mine []T) bool {
	return unsafe.SliceData(mine) == unsafe.SliceData(s.x)
}

// here is the memory of this run.
func (s *memorySum[T]) here() [][]T { return s.of[s.run%2] }

// goal is where this process is, and which it waits for the others to reach.
func (s *memorySum[T]) goal() uint32 { return s.run*taken + s.stage }

// reach tells the others.
func (s *memorySum[T]) reach(stage uint32) {
	s.stage = stage
	mine := s.at[s.g.Rank()]
	if mine.reached.Store(s.goal()); mine.sleepers.Load() > 0 {
		wake(&mine.reached)
	}
}

// late is a process that is behind this one, nil if none is.
func (s *memorySum[T]) late() *progress {
	for _, p := range s.at {
		if before(p.reached.Load(), s.goal()) {
			return p
		}
	}
	return nil
}

// sleep waits for one of the others.
func (s *memorySum[T]) sleep() {
	if p := s.late(); p != nil {
		p.sleepers.Add(1)
		if now := p.reached.Load(); before(now, s.goal()) {
			waitWhile(&p.reached, now, longest)
		}
		p.sleepers.Add(^uint32(0))
	}
}

func (s *memorySum[T]) crowded() bool { return s.crowd }

// Done goes from stage to stage, each when all have reached the one before.
func (s *memorySum[T]) Done() (bool, error) {
	for s.stage != 0 {
		if s.late() != nil {
			return false, s.lost()
		}
		s.next()
	}
	return true, nil
}

func (s *memorySum[T]) next() {
	rank, n := s.g.Rank(), len(s.x)
	switch {
	case s.stage == brought && n <= few:
		s.add(s.x, 0)
		s.end()
	case s.stage == brought:
		from, to := s.part(rank)
		s.add(s.here()[rank][from:to], from)
		s.reach(added)
	case s.stage == added:
		for i, of := range s.here() {
			if from, to := s.part(i); !s.there(of) { // what is there already others read
				copy(s.x[from:to], of[from:to])
			}
		}
		s.reach(taken)
	default: // nobody reads what this process has left
		s.end()
	}
}

func (s *memorySum[T]) end() {
	s.stage = 0
	s.run++
}

// part is what process i adds up: whole lines, since two cores do not write to one at the same speed.
func (s *memorySum[T]) part(i int) (from, to int) {
	at := func(i int) int { return len(s.x) * i / len(s.at) / lineOf * lineOf }
	if i == len(s.at)-1 {
		return at(i), len(s.x)
	}
	return at(i), at(i + 1)
}

// lineOf is how many numbers of the smaller type are in a line.
const lineOf = line / 4

// add leaves in to, which may be the memory of this process, the sums of all from an element on.
func (s *memorySum[T]) add(to []T, from int) {
	for len(to) > 0 {
		n := min(len(to), sumBlock)
		s.fold(to[:n], 0, len(s.at), from, 0)
		to, from = to[n:], from+n
	}
}

// fold adds up the numbers of processes first to last-1 in the order of NewTree, neighbours first. What it writes to may be the memory of
// one of them: it is written when all are read.
func (s *memorySum[T]) fold(to []T, first, last, from, level int) {
	of := s.here()
	switch last - first {
	case 1:
		copy(to, of[first][from:])
	case 2:
		sum(to, of[first][from:from+len(to)], of[first+1][from:from+len(to)])
	default:
		middle := first + 1<<(bits.Len(uint(last-first-1))-1)
		left, right := s.scratch[level][:len(to)], s.scratch[level+1][:len(to)]
		s.fold(left, first, middle, from, level+2)
		s.fold(right, middle, last, from, level+2)
		sum(to, left, right)
	}
}

// patience is how long a process waits before it looks whether another one is gone, and from one look to the next. The clock takes longer to
// read than what the others have reached.
const (
	patience     = 100 * time.Millisecond
	betweenLooks = 64
	longest      = time.Millisecond // that it sleeps
)

// lost is the error for processes that are waited for in vain.
func (s *memorySum[T]) lost() error {
	if s.asked++; s.asked%betweenLooks != 0 {
		return nil
	}
	if now := time.Now(); now.Sub(s.looked) > patience {
		s.looked = now
		if ranks := s.g.Lost(); len(ranks) > 0 {
			return &LostError{Ranks: ranks}
		}
	}
	return nil
}
