package dist

import (
	"fmt"
	"math/bits"
)

// shortTree is the length from which on a tree's levels exchange halves: shorter ones go whole, in half as many messages.
const shortTree = 2048

// NewTree makes an operation that adds x up over the processes in place, as Sum does, in one order: neighbours first, ((0+1)+(2+3)) + ((4+5)+(6+7)).
// Where each process has added up the like of its own parts before, the bits of the whole don't depend on the number of processes. That
// must be a power of two.
//
// Halves are exchanged and added level by level, then handed back (Rabenseifner, Optimization of Collective Reduction Operations, 2004):
// each process sends 2·(1 - 1/size) times the length of x.
func NewTree(g Group, x any) (Operation, error) {
	if size := g.Size(); size&(size-1) != 0 {
		return nil, errTree(size)
	}
	switch x := x.(type) {
	case []float32:
		return newTree(g, x)
	case []float64:
		return newTree(g, x)
	}
	return nil, CheckNumbers(x)
}

func errTree(size int) error {
	return fmt.Errorf("sums in a fixed order need 1, 2, 4, 8, ... processes, not %d", size)
}

// NewSum makes the operation that adds x up over the processes soonest: NewTree, or, where that cannot be, the connection's own Sum. Its bits
// can depend on the number of processes.
func NewSum(g Group, x any) (Operation, error) {
	if size := g.Size(); size&(size-1) == 0 {
		return NewTree(g, x)
	}
	return g.Sum(x)
}

// tree is a list of exchanges, most with an addition behind them.
type tree struct {
	levels []level
	at     int // the level that is under way
}

type level struct {
	exchange Operation
	add      func() // nil where what is received is the result
}

func newTree[T Float](g Group, x []T) (*tree, error) {
	t, scratch := &tree{}, make([]T, len(x))
	then := func(peer int, send, receive []T, into []T) error {
		op, err := g.Exchange(peer, send, receive)
		l := level{exchange: op}
		if into != nil {
			l.add = func() { plus(into, receive) }
		}
		t.levels = append(t.levels, l)
		return err
	}
	depth := bits.Len(uint(g.Size())) - 1
	if len(x) < shortTree {
		for l := range depth {
			if err := then(g.Rank()^1<<l, x, scratch, x); err != nil {
				return nil, err
			}
		}
		return t, nil
	}
	type half struct{ mine, other []T }
	var halves []half
	mine := x
	for l := range depth {
		h := half{mine[:len(mine)/2], mine[len(mine)/2:]}
		if g.Rank()>>l&1 == 1 {
			h.mine, h.other = h.other, h.mine
		}
		if err := then(g.Rank()^1<<l, h.other, scratch[:len(h.mine)], h.mine); err != nil {
			return nil, err
		}
		halves, mine = append(halves, h), h.mine
	}
	for l := depth - 1; l >= 0; l-- {
		if err := then(g.Rank()^1<<l, halves[l].mine, halves[l].other, nil); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// Start begins with the first level.
func (t *tree) Start() error {
	t.at = 0
	if len(t.levels) == 0 {
		return nil
	}
	return t.levels[0].exchange.Start()
}

// Done goes from level to level.
func (t *tree) Done() (bool, error) {
	for t.at < len(t.levels) {
		l := t.levels[t.at]
		if done, err := l.exchange.Done(); err != nil || !done {
			return false, err
		}
		if l.add != nil {
			l.add()
		}
		if t.at++; t.at < len(t.levels) {
			if err := t.levels[t.at].exchange.Start(); err != nil {
				return false, err
			}
		}
	}
	return true, nil
}
