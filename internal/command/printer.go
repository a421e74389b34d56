package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"syscall"
	"time"

	"github.com/stheno/stheno/internal/output"
)

// Printer is the standard output of a command. After a write that failed nothing more is printed, but the work goes on.
type Printer struct {
	ctx context.Context
	w   io.Writer
	mu  sync.Mutex
	err error // of that write
}

// NewPrinter prints to w. A closed pipe is from then on no signal to the process but an error of Write. When the context has ended
// the printer waits for nobody: what can't be printed then is dropped.
func NewPrinter(ctx context.Context, w io.Writer) *Printer {
	ignorePipe()
	return &Printer{ctx: ctx, w: w}
}

// unread is how long the printer waits for a reader when the context has ended.
const unread = 100 * time.Millisecond

var errUnread = errors.New("nobody reads what is printed")

// Write prints, and always says that it did.
func (p *Printer) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return len(text), nil
	}
	done, late := make(chan error, 1), make(chan struct{})
	go func(text []byte) {
		_, err := p.w.Write(text)
		done <- err
	}(bytes.Clone(text))
	stop := context.AfterFunc(p.ctx, func() {
		time.Sleep(unread)
		close(late)
	})
	defer stop()
	select {
	case p.err = <-done:
	case <-late:
		p.err = errUnread
	}
	return len(text), nil
}

// Failed is err, and what went wrong with the printing. A reader that has gone, such as head, has had what it wanted.
func (p *Printer) Failed(err error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil || p.err == errUnread || errors.Is(p.err, syscall.EPIPE) {
		return err
	}
	return errors.Join(err, fmt.Errorf("standard output: %w: print to where there is room, or to /dev/null", output.Cause(p.err)))
}
