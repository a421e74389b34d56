package cpu

import (
	"sync"

	"github.com/stheno/stheno/ir"
)

// hostKernel runs an op that the table does not know, through the function that it brought.
func hostKernel[T float](c *compiler[T], in *ir.Instr, out []T) kernel {
	args := make([]any, len(in.Args))
	for i, a := range in.Args {
		args[i] = c.mem[a]
	}
	failed, boxed := &c.exec.failed, any(out)
	return func(_, _, _ int) { failed.note(in.Host(boxed, args)) }
}

// failure keeps the first error of a run. Two ops may fail at the same time, on two threads.
type failure struct {
	mu  sync.Mutex
	err error
}

func (f *failure) note(err error) {
	if err == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		f.err = err
	}
}

// take gives the error and forgets it.
func (f *failure) take() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.err
	f.err = nil
	return err
}
