package models

import (
	"fmt"
	"sync/atomic"
)

// usualLimit is how many bytes a new model's programs may have: enough for predictions, losses and accuracies of several batch
// sizes, all of MNIST's test images among them.
const usualLimit = 512 << 20

// cache keeps the programs of a model's methods. It is for the caller whose turn on the model it is.
type cache struct {
	programs map[programKey]*cached
	limit    int // bytes
	clock    int // counts uses
}

type programKey struct {
	kind  string
	batch int
}

// cached is a program, when it was used last, and how many callers of Model.Program hold it.
type cached struct {
	*Executable
	used    int
	holders atomic.Int64
}

func newCache() cache { return cache{programs: map[programKey]*cached{}, limit: usualLimit} }

// find gives a program, which is then the last one used; nil if there is none.
func (c *cache) find(key programKey) *cached {
	p := c.programs[key]
	if p != nil {
		c.clock++
		p.used = c.clock
	}
	return p
}

// add keeps a program, and lets others go where there is no room.
func (c *cache) add(key programKey, p *Executable) *cached {
	c.programs[key] = &cached{Executable: p}
	added := c.find(key)
	c.shrink()
	return added
}

// shrink closes programs that nobody holds, those that were not used for longest first, until the rest fits. The last one used stays.
func (c *cache) shrink() {
	for c.bytes() > c.limit {
		key, ok := c.oldest()
		if !ok {
			return
		}
		c.programs[key].Executable.Executable.Close()
		delete(c.programs, key)
	}
}

// oldest is the first to go.
func (c *cache) oldest() (key programKey, ok bool) {
	for k, p := range c.programs {
		if p.holders.Load() == 0 && p.used < c.clock && (!ok || p.used < c.programs[key].used) {
			key, ok = k, true
		}
	}
	return key, ok
}

func (c *cache) bytes() int {
	total := 0
	for _, p := range c.programs {
		total += p.Bytes()
	}
	return total
}

// hold is the program for a caller who closes it.
func (p *cached) hold() *Executable {
	p.holders.Add(1)
	var once atomic.Bool
	return &Executable{p.Executable.Executable, p.X, p.T, func() {
		if !once.Swap(true) {
			p.holders.Add(-1)
		}
	}}
}

// Close gives the program back to the model, which may then close it to make room: it must not be used any more. Closing again does
// nothing.
func (p *Executable) Close() { p.giveBack() }

// LimitPrograms sets how many bytes the programs of the model's methods may have together, with their inputs: 512 MiB at first.
// Where a new one exceeds it, those that were not used for longest are closed, and compiled again when they are asked for. The last
// one used always stays, and so do those that callers of Program have not closed. Steps are not counted.
func (m *Model) LimitPrograms(bytes int) error {
	if bytes < 0 {
		return fmt.Errorf("a limit of %d bytes for the programs: it must be at least 0, which keeps only the last one used", bytes)
	}
	return m.Do(func() error {
		m.cache.limit = bytes
		m.cache.shrink()
		return nil
	})
}

// Programs is how many programs of its methods the model keeps, and their bytes on the engine. Of a closed model both are 0.
func (m *Model) Programs() (n, bytes int) {
	_ = m.Do(func() error { // a closed model has none
		n, bytes = len(m.cache.programs), m.cache.bytes()
		return nil
	})
	return n, bytes
}
