//go:build !linux

package cpu

import (
	"sync"
	"sync/atomic"
)

// gate is where workers sleep.
type gate struct {
	mu   sync.Mutex
	cond sync.Cond
}

// wait sleeps until the word is not `seen`.
func (g *gate) wait(word *atomic.Uint32, seen uint32) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.cond.L = &g.mu
	for word.Load() == seen {
		g.cond.Wait()
	}
}

// open wakes n of those who wait for the word, which has changed before.
func (g *gate) open(_ *atomic.Uint32, n int) {
	g.mu.Lock() // one who has seen the old word waits already
	defer g.mu.Unlock()
	for range n {
		g.cond.Signal()
	}
}
