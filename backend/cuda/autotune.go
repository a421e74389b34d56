package cuda

import (
	"math"
	"time"
)

// autotune finds the fastest of several ways to the same result: it has them do the work in turns, a few times each, and then
// stays with the one whose best time is the shortest.
type autotune struct {
	best []time.Duration
	runs int
}

// tries is how often each way is timed, after a first run that warms it up.
const tries = 3

func newAutotune(ways int) *autotune {
	a := &autotune{best: make([]time.Duration, ways)}
	for i := range a.best {
		a.best[i] = math.MaxInt64
	}
	return a
}

// next is the way to take.
func (a *autotune) next() int {
	if a.open() {
		return a.runs % len(a.best)
	}
	return a.leader()
}

// open says that there are ways still to be timed.
func (a *autotune) open() bool { return a.runs < len(a.best)*(1+tries) }

// leader is the fastest way so far, the first of equals.
func (a *autotune) leader() int {
	leader := 0
	for i, d := range a.best {
		if d < a.best[leader] {
			leader = i
		}
	}
	return leader
}

// took says how long the way that next named needed.
func (a *autotune) took(d time.Duration) {
	if way := a.next(); a.runs >= len(a.best) {
		a.best[way] = min(a.best[way], d)
	}
	a.runs++
}
