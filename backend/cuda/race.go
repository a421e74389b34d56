package cuda

import (
	"math"
	"time"
)

// race finds the fastest of several ways to the same result: it has them do the work in turns, a few times each, and then
// stays with the one whose best time is the shortest.
type race struct {
	best []time.Duration
	runs int
}

// tries is how often each way is timed, after a first run that warms it up.
const tries = 3

func newRace(ways int) *race {
	r := &race{best: make([]time.Duration, ways)}
	for i := range r.best {
		r.best[i] = math.MaxInt64
	}
	return r
}

// next is the way to take.
func (r *race) next() int {
	if r.open() {
		return r.runs % len(r.best)
	}
	return r.leader()
}

func (r *race) open() bool { return r.runs < len(r.best)*(1+tries) }

// leader is the fastest way so far, the first of equals.
func (r *race) leader() int {
	first := 0
	for i, d := range r.best {
		if d < r.best[first] {
			first = i
		}
	}
	return first
}

// took tells the race how long the way that it named needed.
func (r *race) took(d time.Duration) {
	if way := r.next(); r.runs >= len(r.best) {
		r.best[way] = min(r.best[way], d)
	}
	r.runs++
}
